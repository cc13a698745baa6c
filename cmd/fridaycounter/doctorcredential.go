package main

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/fridaycounter/fridaycounter/schema"
)

// bambooAuth is how doctor logs in: as the service does, as far as it can.
type bambooAuth struct {
	auth   schema.Auth
	getenv func(string) string
}

// serviceCredentials is where systemd puts the running service's.
const serviceCredentials = "/run/credentials/fridaycounter.service"

// credential looks at whether the login can be read. It never shows it. Beside the
// service, a systemd credential is read where the service gets it from.
func (d *doctor) credential(b schema.Bamboo) (finding, bambooAuth) {
	login := bambooAuth{b.Auth, d.getenv}
	where := authPlace(&login.auth)
	if where == nil {
		return okay(checkCredential, "none: anonymous"), login
	}
	text, ok := d.serviceCredential(where, &login)
	if !ok {
		return skipped(checkCredential, "%s is only for the service, which is not installed here or hides it: ask there, as root", text), login
	}
	open := opener{dir: d.dir(), getenv: login.getenv}
	if where.File != "" && d.user.other && *authPlace(&b.Auth) == *where { // not one that systemd reads
		if abs, err := filepath.Abs(open.path(where.File)); err == nil {
			if err := d.host.may(d.user, abs, mayRead); err != nil {
				return failure(checkCredential, "sudo chown "+d.user.name+" "+abs, "%v", err), login
			}
		}
	}
	_, err := open.secret(*where)
	if authPlace(&b.Auth).Credential != "" && errors.Is(err, fs.ErrPermission) {
		// As it should be: systemd reads it as root.
		return skipped(checkCredential, "%s: only root and the service may read it: sudo fridaycounter doctor", text), login
	}
	if err != nil {
		return failure(checkCredential, credentialHint(*where), "%v", err), login
	}
	return okay(checkCredential, "%s can be read", text), login
}

// serviceCredential describes where a secret is. Beside the service it puts in the place
// of a systemd credential where the service gets it from; ok is false if that is not to
// be seen.
func (d *doctor) serviceCredential(where *schema.Credential, login *bambooAuth) (text string, ok bool) {
	text = describeCredential(*where)
	name := where.Credential
	if name == "" || d.getenv("CREDENTIALS_DIRECTORY") != "" {
		return text, true
	}
	switch dir, file := d.host.credential(d.unit, name); {
	case dir != "":
		login.getenv = d.withCredentials
		return text + ", from the running service", true
	case file != "":
		*where = schema.Credential{File: file}
		return text + ", from " + file, true
	}
	return text, false
}

// credential returns where a systemd credential of the service can be read beside it, by
// those who may: in the running service's directory, or else in the file that systemd
// reads. Both are empty where neither is to be seen.
func (h *system) credential(u unit, name string) (dir, file string) {
	if h.exists(path.Join(serviceCredentials, name)) {
		return serviceCredentials, ""
	}
	if file := u.credentials[name]; file != "" && h.exists(file) {
		return "", file
	}
	return "", ""
}

// authPlace returns where the secret is, to be changed; nil is anonymous. It makes auth
// its own copy.
func authPlace(auth *schema.Auth) *schema.Credential {
	switch {
	case auth.Token != nil:
		token := *auth.Token
		auth.Token = &token
		return auth.Token
	case auth.Basic != nil:
		basic := *auth.Basic
		auth.Basic = &basic
		return &auth.Basic.Password
	}
	return nil
}

func describeCredential(c schema.Credential) string {
	switch {
	case c.Credential != "":
		return "the systemd credential " + c.Credential
	case c.File != "":
		return "the file " + c.File
	}
	return "the variable " + c.Env
}

func credentialHint(c schema.Credential) string {
	switch {
	case c.Credential != "":
		return "the file behind LoadCredential= in the service"
	case c.File != "":
		return "let the file hold only the secret, and chmod 600 " + c.File
	}
	return "set it where the counter runs"
}

// withCredentials is the environment with the running service's credentials.
func (d *doctor) withCredentials(name string) string {
	if name == "CREDENTIALS_DIRECTORY" {
		return serviceCredentials
	}
	return d.getenv(name)
}
