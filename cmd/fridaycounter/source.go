package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// firstBatch is how many results of an environment a first reading brings in one
// poll: what a power cut can lose.
const firstBatch = 2000

// opener makes the source that a configuration names.
type opener struct {
	dir      string // of counter.cue: a relative path begins here
	getenv   func(string) string
	latches  *bamboo.Latches       // of refused logins, for all clients
	progress func(bamboo.Progress) // of first contact; may be nil
	keep     func(context.Context) // keeps the latches, after each poll; may be nil

	// beside returns where a systemd credential can be read that this process was not
	// given: in a directory or a file; nil: nowhere.
	beside func(name string) (dir, file string)
}

// historyFrom returns how far back a policy reads its source: by default two years before
// now, or zero, which means that to the driver, where now is zero.
func historyFrom(c *schema.Config, zone *time.Location, now time.Time) time.Time {
	switch d := c.History.From; {
	case !d.IsZero():
		return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
	case now.IsZero():
		return now
	}
	return now.AddDate(-2, 0, 0)
}

// source implements the Open of engine.Options.
func (o *opener) source(c *schema.Config) (engine.Source, error) {
	if f := c.Source.File; f != nil {
		source, err := jsonl.Open(jsonl.Opts{Path: o.path(f.Path), Environments: f.Environments})
		return &fileSource{file: source, path: f.Path}, err
	}
	b := c.Source.Bamboo
	zone, err := c.Location()
	if err != nil {
		return nil, err
	}
	opts := bamboo.Opts{
		URL: b.URL, Projects: b.Projects, Environments: b.Environments,
		Credential: o.credential(b.Auth),
		Insecure:   b.Insecure, Timeout: b.Timeout, HistoryFrom: historyFrom(c, zone, time.Time{}),
		UserAgent: "fridaycounter/" + version(),
		Latches:   o.latches, Batch: firstBatch,
	}
	if b.CAFile != "" {
		opts.CAFile = o.path(b.CAFile)
	}
	client, err := bamboo.New(opts)
	if err != nil {
		return nil, err
	}
	return &bambooSource{client, o.progress, o.keep}, nil
}

func (o *opener) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(o.dir, p)
}

// credential returns what reads the login anew for each poll; nil is anonymous.
func (o *opener) credential(a schema.Auth) func() (bamboo.Credential, error) {
	switch {
	case a.Token != nil:
		return func() (bamboo.Credential, error) {
			secret, err := o.secret(*a.Token)
			return bamboo.Token(secret), err
		}
	case a.Basic != nil:
		return func() (bamboo.Credential, error) {
			secret, err := o.secret(a.Basic.Password)
			return bamboo.Basic(a.Basic.Username, secret), err
		}
	}
	return nil
}

func (o *opener) secret(c schema.Credential) (string, error) {
	dir := o.getenv("CREDENTIALS_DIRECTORY")
	switch {
	case c.Credential != "":
		if dir == "" && o.beside != nil {
			var file string
			if dir, file = o.beside(c.Credential); file != "" {
				return bamboo.ReadSecretFile(file, "")
			}
		}
		return bamboo.ReadSystemdSecret(dir, c.Credential)
	case c.File != "":
		return bamboo.ReadSecretFile(o.path(c.File), dir)
	case c.Env != "":
		return bamboo.ReadSecretEnv(c.Env, o.getenv)
	}
	return "", fmt.Errorf("auth names no credential, file or env")
}

// bambooSource is a Bamboo as the engine sees a source.
type bambooSource struct {
	client   *bamboo.Client
	progress func(bamboo.Progress)
	keep     func(context.Context)
}

// Poll implements engine.Source.
func (s *bambooSource) Poll(ctx context.Context, known engine.Known, now time.Time) (engine.Answer, error) {
	a, err := s.client.Poll(ctx, known, now, s.progress)
	if s.keep != nil {
		s.keep(context.WithoutCancel(ctx))
	}
	answer := engine.Answer{Environments: a.Environments, Interrupted: a.Interrupted, Deployments: a.Deployments, More: a.More, Date: a.ServerDate}
	if a.Server != "" {
		answer.Server = "Bamboo " + a.Server
	}
	for _, n := range a.Notes {
		answer.Notes = append(answer.Notes, engine.Note{Topic: string(n.Kind) + " " + n.Subject, Text: n.Text})
	}
	return answer, trouble(err)
}

// fileSource is a file of deployments as the engine sees a source.
type fileSource struct {
	file *jsonl.Source
	path string
	had  []rules.Environment // of the last poll
}

// Poll implements engine.Source. The file is read whole each time. An environment
// that is no longer in it is an error.
func (s *fileSource) Poll(ctx context.Context, known engine.Known, _ time.Time) (engine.Answer, error) {
	f, err := s.file.Read(ctx)
	if err != nil {
		return engine.Answer{}, trouble(err)
	}
	for _, e := range s.had {
		if !slices.ContainsFunc(f.Environments, func(now rules.Environment) bool { return now.ID == e.ID }) {
			err = &engine.Trouble{Kind: engine.TroubleMissing, Err: fmt.Errorf("%s has no deployment to %s any more; what it had stays known", s.path, e.Name)}
		}
	}
	if err == nil {
		s.had = f.Environments
	}
	for i := range f.Environments {
		extend(&f.Environments[i], f.Deployments, known)
	}
	return engine.Answer{Environments: f.Environments, Deployments: f.Deployments}, err
}

// extend gives an environment the coverage that is known of it, if the file still
// has a deployment that is known too: lines were taken out at its beginning.
func extend(e *rules.Environment, deployments []rules.Deployment, known engine.Known) {
	from, _, ok := known.Complete(e.ID)
	if !ok || from.IsZero() || !from.Before(e.CompleteFrom) {
		return
	}
	active := known.Active(e.ID)
	for i := range deployments {
		d := &deployments[i]
		if d.EnvironmentID == e.ID && (slices.Contains(active, d.ID) || known.Final(e.ID, d.ID)) {
			e.CompleteFrom = from
			return
		}
	}
}
