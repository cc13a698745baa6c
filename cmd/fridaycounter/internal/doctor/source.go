package doctor

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// checkFile reads the file of deployments.
func (t *target) checkFile(ctx context.Context) Finding {
	path := t.open.Path(t.source.Path)
	if f, ok := t.unreadable(path, "sudo chmod a+r %s"); ok {
		return f
	}
	answer, err := jsonl.New(path, t.source.Environments).Poll(ctx, nil, t.Machine.now())
	badLine, isBadLine := errors.AsType[*jsonl.LineError](err)
	switch {
	case isBadLine:
		return failure("correct the line: one bad line refuses the file", "%v", badLine)
	case err != nil && source.KindOf(err) == source.Missing:
		return failure("correct "+t.place("environments")+" in counter.cue, or the script that writes the file", "%v", err)
	case errors.Is(err, fs.ErrNotExist):
		return failure("let the CI create it, or correct "+t.place("path")+" in counter.cue", "%v", err)
	case errors.Is(err, fs.ErrPermission):
		return failure(asServiceUser, "%v", err)
	case err != nil:
		return failure("correct "+t.place("path")+" in counter.cue, or the script that writes the file", "%v", err)
	}
	var newest time.Time
	for i := range answer.Deployments {
		if at := answer.Deployments[i].Started; at.After(newest) && !at.After(t.Machine.now()) {
			newest = at
		}
	}
	if newest.IsZero() {
		return warning("let the CI append a line for each deployment", "%s has no deployment yet", path)
	}
	return okay("%s: %s, %s; the newest began %s ago", path, report.Plural(len(answer.Deployments), "deployment"),
		report.Plural(len(answer.Environments), "environment"), report.Duration(t.Machine.now().Sub(newest)))
}

func (t *target) checkCredential(context.Context) Finding {
	return t.checkSecret(sources.SecretOf(t.source.Auth))
}

// checkSecret looks at whether a secret can be read, and never shows it. A systemd credential
// that this process was not given is read where the service gets it from.
func (t *target) checkSecret(where *schema.Credential) Finding {
	if where == nil {
		return okay("none: requests are anonymous")
	}
	t.unsent = "without the credential nothing is sent"
	text, hint := "the variable "+where.Env, "set it where the counter runs"
	switch {
	case where.File != "":
		text, hint = "the file "+where.File, "let the file hold only the secret, and chmod 600 "+where.File
		if f, ok := t.unreadable(t.open.Path(where.File), "sudo chown "+t.Machine.user.name+" %s"); ok {
			return f
		}
	case where.Credential != "":
		text, hint = "the systemd credential "+where.Credential, "correct the file behind LoadCredential= of the service"
		if t.Getenv("CREDENTIALS_DIRECTORY") == "" {
			dir, file := t.open.ServiceCredential(where.Credential)
			if dir == "" && file == "" {
				return skipped("%s is only for the service, which is not installed here or hides it: ask there, as root", text)
			}
			text += ", from " + cmp.Or(file, "the running service")
		}
	}
	_, err := t.open.Secret(*where)
	switch {
	case err == nil:
		t.unsent = ""
		return okay("%s can be read", text)
	case where.Credential != "" && errors.Is(err, fs.ErrPermission):
		return skipped("%s: only root and the service may read it: sudo fridaycounter doctor", text) // as it should be
	case where.File != "" && errors.Is(err, fs.ErrNotExist):
		hint = "make the file with only the secret in it, or correct " + t.place("auth") + " in counter.cue"
	}
	return failure(hint, "%v", err)
}

// checkPolicy reads the policy as run does. If the file is refused, the other checks go by its
// last good copy.
func (d *doctor) checkPolicy(ctx context.Context) Finding {
	saved := watch.Read(d.Policy)
	if saved.Err != nil {
		return failure(unreadHint(d.Policy, saved.Err), "%v", saved.Err).skipping("there is no policy")
	}
	if schema.IsWall(d.Policy, saved.Data) {
		return d.checkWall(ctx, saved.Data)
	}
	policy, err := policyfile.ReadInForce(ctx, d.Policy, nil, d.History)
	d.policy = policy.Policy
	if err = cmp.Or(policy.Refused, err); err != nil {
		f := failure("fridaycounter vet "+d.Policy, "%v", err)
		if refused, ok := errors.AsType[*schema.Error](err); ok {
			f.Found = "it is refused: " + list(strings.Split(refused.Error(), "\n"), 3, "; ")
		}
		if d.policy == nil {
			return f.skipping("there is no policy")
		}
		f.Found += "; the checks below use the last good copy"
		return f
	}
	if f, ok := d.unreadable(d.Policy, "sudo chmod a+r %s"); ok {
		return f
	}
	if saved.Warning != nil {
		return warning("mount its directory in place of the file", "%s: %v", d.Policy, saved.Warning)
	}
	f := okay("%s, SHA-256 %.12s: %s", d.Policy, policy.Config.Hash, report.Describe(policy.Config))
	if names := policyfile.Siblings(d.Policy, policy.Config.Package); len(names) > 0 {
		f.Found += "; files of the same package are not read: " + strings.Join(names, ", ")
	}
	return f
}

// unreadHint says what to do about a policy that cannot be read.
func unreadHint(path string, err error) string {
	switch {
	case errors.Is(err, watch.ErrHome):
		return "move it to /etc/fridaycounter"
	case errors.Is(err, fs.ErrPermission):
		return "sudo chmod a+r " + path + ", and a+x for each directory above it"
	case errors.Is(err, source.ErrNotRegular):
		return "put a file in its place, or name one with --config"
	}
	return "name a file that can be read with --config, or make one with: fridaycounter init ."
}
