package doctor

import (
	"context"
	"errors"
	"io/fs"

	"github.com/fridaycounter/fridaycounter/schema"
)

// checkCredential looks at whether the login can be read. It never shows it. Beside the
// service, a systemd credential is read where the service gets it from.
func (d *doctor) checkCredential(context.Context) Finding {
	if d.config == nil || d.config.Source.Bamboo == nil {
		d.rest = &Finding{}
		return Finding{}
	}
	where, ok := secretOf(d.config.Source.Bamboo.Auth)
	if !ok {
		d.server.readable = true
		return okay("none: anonymous")
	}
	text, hint := "the variable "+where.Env, "set it where the counter runs"
	open := d.opener()
	switch {
	case where.Credential != "":
		text, hint = "the systemd credential "+where.Credential, "the file behind LoadCredential= in the service"
		if d.Getenv("CREDENTIALS_DIRECTORY") != "" {
			break
		}
		switch dir, file := open.ServiceCredential(where.Credential); {
		case dir != "":
			text += ", from the running service"
		case file != "":
			text += ", from " + file
		default:
			return skipped("%s is only for the service, which is not installed here or hides it: ask there, as root", text)
		}
	case where.File != "":
		text, hint = "the file "+where.File, "let the file hold only the secret, and chmod 600 "+where.File
		if f, ok := d.unreadable(open.Path(where.File), "sudo chown "+d.user.name+" %s"); ok {
			return f
		}
	}
	_, err := open.Secret(where)
	if where.Credential != "" && errors.Is(err, fs.ErrPermission) {
		// As it should be: systemd reads it as root.
		return skipped("%s: only root and the service may read it: sudo fridaycounter doctor", text)
	}
	if err != nil {
		return failure(hint, "%v", err)
	}
	d.server.readable = true
	return okay("%s can be read", text)
}

// secretOf returns where the secret of a login is; false: it is anonymous.
func secretOf(auth schema.Auth) (schema.Credential, bool) {
	switch {
	case auth.Token != nil:
		return *auth.Token, true
	case auth.Basic != nil:
		return auth.Basic.Password, true
	}
	return schema.Credential{}, false
}
