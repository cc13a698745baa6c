// Package sources makes the sources that a policy names, with their logins.
package sources

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/schema"
)

// An Opener makes sources.
type Opener struct {
	Dir      string // of counter.cue: a relative path begins here
	Getenv   func(string) string
	Lockouts *rest.Lockouts        // refused logins, of all sources
	Progress func(bamboo.Progress) // of a first reading; may be nil

	// ServiceCredential returns where a systemd credential of the installed service can be read, a
	// directory or a file, if this process was not given it; nil: nowhere.
	ServiceCredential func(name string) (dir, file string)
}

// Open implements the Open of engine.Options.
func (o *Opener) Open(c *schema.Config, _ string) (source.Source, error) {
	if f := c.Source.File; f != nil {
		return jsonl.New(o.Path(f.Path), f.Environments), nil
	}
	return o.Bamboo(c)
}

// Bamboo makes the client of a configuration's Bamboo.
func (o *Opener) Bamboo(c *schema.Config) (*bamboo.Client, error) {
	b := c.Source.Bamboo
	zone, err := c.Location()
	if err != nil {
		return nil, err
	}
	server := rest.Opts{
		URL: b.URL, Credential: o.credential(b.Auth), Insecure: b.Insecure, Timeout: b.Timeout,
		UserAgent: "fridaycounter/" + build.Version(), Lockouts: o.Lockouts,
	}
	if b.CAFile != "" {
		server.CAFile = o.Path(b.CAFile)
	}
	return bamboo.New(bamboo.Opts{
		Opts: server, Selection: source.Selection{Projects: b.Projects, Environments: b.Environments},
		HistoryFrom: c.History.Begin(zone, time.Time{}), Progress: o.Progress,
	})
}

// Path returns a path that the policy names.
func (o *Opener) Path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(o.Dir, p)
}

// credential returns what reads the login anew for each poll; nil is anonymous.
func (o *Opener) credential(a schema.Auth) func() (rest.Credential, error) {
	switch {
	case a.Token != nil:
		return func() (rest.Credential, error) {
			secret, err := o.Secret(*a.Token)
			return rest.Token(secret), err
		}
	case a.Basic != nil:
		return func() (rest.Credential, error) {
			secret, err := o.Secret(a.Basic.Password)
			return rest.Basic(a.Basic.Username, secret), err
		}
	}
	return nil
}

// Secret reads the secret of a login.
func (o *Opener) Secret(c schema.Credential) (string, error) {
	dir := o.Getenv("CREDENTIALS_DIRECTORY")
	switch {
	case c.Credential != "":
		if dir == "" && o.ServiceCredential != nil {
			var file string
			if dir, file = o.ServiceCredential(c.Credential); file != "" {
				return rest.ReadSecretFile(file, "")
			}
		}
		return rest.ReadSystemdSecret(dir, c.Credential)
	case c.File != "":
		return rest.ReadSecretFile(o.Path(c.File), dir)
	case c.Env != "":
		return rest.ReadSecretEnv(c.Env, o.Getenv)
	}
	return "", fmt.Errorf("auth names no credential, file or env")
}
