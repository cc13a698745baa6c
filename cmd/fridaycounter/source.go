package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/schema"
)

// opener makes the sources that a configuration names.
type opener struct {
	dir      string // of counter.cue: a relative path begins here
	getenv   func(string) string
	lockouts *rest.Lockouts        // refused logins, of all sources
	progress func(bamboo.Progress) // of a first reading; may be nil
	keep     func(context.Context) // keeps the lockouts, after each poll; may be nil

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
func (o *opener) source(c *schema.Config, _ string) (source.Source, error) {
	if f := c.Source.File; f != nil {
		return jsonl.Open(jsonl.Opts{Path: o.path(f.Path), Environments: f.Environments})
	}
	client, err := o.bamboo(c)
	if err != nil || o.keep == nil {
		return client, err
	}
	return kept{client, o.keep}, nil
}

// bamboo makes the client of a configuration's Bamboo.
func (o *opener) bamboo(c *schema.Config) (*bamboo.Client, error) {
	b := c.Source.Bamboo
	zone, err := c.Location()
	if err != nil {
		return nil, err
	}
	server := rest.Opts{
		URL: b.URL, Credential: o.credential(b.Auth), Insecure: b.Insecure, Timeout: b.Timeout,
		UserAgent: "fridaycounter/" + version(), Lockouts: o.lockouts,
	}
	if b.CAFile != "" {
		server.CAFile = o.path(b.CAFile)
	}
	return bamboo.New(bamboo.Opts{
		Opts: server, Selection: source.Selection{Projects: b.Projects, Environments: b.Environments},
		HistoryFrom: historyFrom(c, zone, time.Time{}), Progress: o.progress,
	})
}

// kept is a source after each poll of which the refused logins are kept.
type kept struct {
	source.Source
	keep func(context.Context)
}

// Poll implements source.Source.
func (k kept) Poll(ctx context.Context, known *source.Known, now time.Time) (source.Answer, error) {
	a, err := k.Source.Poll(ctx, known, now)
	k.keep(context.WithoutCancel(ctx))
	return a, err
}

func (o *opener) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(o.dir, p)
}

// credential returns what reads the login anew for each poll; nil is anonymous.
func (o *opener) credential(a schema.Auth) func() (rest.Credential, error) {
	switch {
	case a.Token != nil:
		return func() (rest.Credential, error) {
			secret, err := o.secret(*a.Token)
			return rest.Token(secret), err
		}
	case a.Basic != nil:
		return func() (rest.Credential, error) {
			secret, err := o.secret(a.Basic.Password)
			return rest.Basic(a.Basic.Username, secret), err
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
				return rest.ReadSecretFile(file, "")
			}
		}
		return rest.ReadSystemdSecret(dir, c.Credential)
	case c.File != "":
		return rest.ReadSecretFile(o.path(c.File), dir)
	case c.Env != "":
		return rest.ReadSecretEnv(c.Env, o.getenv)
	}
	return "", fmt.Errorf("auth names no credential, file or env")
}
