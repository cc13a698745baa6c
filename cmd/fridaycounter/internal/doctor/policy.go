package doctor

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// checkPolicy reads the policy as run does. If the file is refused, the other checks go by its
// last good copy.
func (d *doctor) checkPolicy(ctx context.Context) Finding {
	saved := watch.Read(d.Policy)
	if errors.Is(saved.Err, watch.ErrHome) {
		return failure("move it to /etc/fridaycounter", "%v", saved.Err)
	}
	if saved.Err != nil {
		return failure(unreadHint(d.Policy, saved.Err), "%v", saved.Err)
	}
	config, err := policyfile.Evaluator().Evaluate(ctx, d.Policy, saved.Data)
	if refused, ok := errors.AsType[*schema.Error](err); ok {
		var mistakes []string
		for _, m := range refused.Diagnostics {
			mistakes = append(mistakes, m.String())
		}
		f := failure("fridaycounter vet "+d.Policy, "it is refused: %s", list(mistakes, 3, "; "))
		if policy, ok := policyfile.LastGood(ctx, d.Policy, d.historyPath()); ok {
			d.config = policy.Config
			f.Found += "; the checks below use the last good copy"
		}
		return f
	}
	if err != nil {
		return failure("fridaycounter vet "+d.Policy, "%v", err)
	}
	d.config = config
	if f, ok := d.unreadable(d.Policy, "sudo chmod a+r %s"); ok {
		return f
	}
	if saved.Warning != nil {
		return warning("mount its directory in place of the file", "%s: %v", d.Policy, saved.Warning)
	}
	f := okay("%s, SHA-256 %.12s: %s", d.Policy, config.Hash, report.Describe(config))
	if names := policyfile.Siblings(d.Policy, config.Package); len(names) > 0 {
		f.Found += "; files of the same package are not read: " + strings.Join(names, ", ")
	}
	return f
}

// unreadHint says what to do about a policy that cannot be read.
func unreadHint(path string, err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "sudo chmod a+r " + path + ", and a+x for each directory above it"
	case errors.Is(err, source.ErrNotRegular):
		return "put a file in its place, or name one with --config"
	}
	return "name a file that can be read with --config, or make one with: fridaycounter init ."
}
