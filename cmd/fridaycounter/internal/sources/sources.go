// Package sources makes the sources that a policy names, with their logins.
package sources

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/httpjson"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Choose returns the name of a source that a person gave, or that of the only one for "".
func Choose(c *schema.Config, name string) (string, error) {
	switch names := c.SourceNames(); {
	case name == "" && len(names) == 1:
		return names[0], nil
	case name == "":
		return "", fmt.Errorf("the policy has several sources: name one of %s", strings.Join(names, ", "))
	case c.Source(name) == nil:
		return "", c.NoSource(name)
	}
	return name, nil
}

// An Opener makes sources.
type Opener struct {
	Dir      string // of counter.cue: a relative path begins here
	Getenv   func(string) string
	Lockouts *rest.Lockouts        // refused logins, of all sources
	Progress func(source.Progress) // of a first reading; may be nil
	Mapped   func(mapping.Record)  // of each record that an http source read; may be nil

	// ServiceCredential returns where a systemd credential of the installed service can be read, a
	// directory or a file, if this process was not given it; nil: nowhere.
	ServiceCredential func(name string) (dir, file string)
}

// Open implements the Open of engine.Options.
func (o *Opener) Open(c *schema.Config, name string) (source.Source, error) {
	s := c.Source(name)
	if s.Kind == "file" {
		return jsonl.New(o.Path(s.Path), s.Environments), nil
	}
	zone, err := c.Location()
	if err != nil {
		return nil, err
	}
	server := o.server(s)
	server.HistoryFrom = c.History.Begin(zone, time.Time{})
	if s.Kind == "bamboo" {
		return bamboo.New(server)
	}
	server.Headers, server.FollowOnHost = s.Headers, true
	return httpjson.New(httpjson.Opts{Opts: server, Feeds: s.Feeds, Mapped: o.Mapped})
}

// server returns how to ask the server of a source, and for what.
func (o *Opener) server(s *schema.Source) rest.Opts {
	server := rest.Opts{
		URL: s.URL, Credential: o.credential(s.Auth), CAFile: o.Path(s.CAFile), Insecure: s.Insecure, Timeout: s.Timeout,
		UserAgent: "fridaycounter/" + build.Version(), Lockouts: o.Lockouts,
		Selection: s.Selection, Progress: o.Progress,
	}
	if h := s.Auth.Header; h != nil {
		server.TokenHeader = h.Name
	}
	return server
}

// Path returns a path that the policy names; "" where it names none.
func (o *Opener) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(o.Dir, p)
}

// SecretOf returns where the secret of a login is; nil: it is anonymous.
func SecretOf(a schema.Auth) *schema.Credential {
	switch {
	case a.Token != nil:
		return a.Token
	case a.Header != nil:
		return &a.Header.Value
	case a.Basic != nil:
		return &a.Basic.Password
	}
	return nil
}

// credential returns what reads the login anew for each poll; nil is anonymous.
func (o *Opener) credential(a schema.Auth) func() (rest.Credential, error) {
	where := SecretOf(a)
	if where == nil {
		return nil
	}
	return func() (rest.Credential, error) {
		secret, err := o.Secret(*where)
		if a.Basic != nil {
			return rest.Basic(a.Basic.Username, secret), err
		}
		return rest.Token(secret), err
	}
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
