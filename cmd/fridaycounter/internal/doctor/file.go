package doctor

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// checkFile reads the file of deployments.
func (d *doctor) checkFile(ctx context.Context) Finding {
	if d.config == nil || d.config.Source.File == nil {
		return Finding{}
	}
	path := d.opener().Path(d.config.Source.File.Path)
	if f, ok := d.unreadable(path, "sudo chmod a+r %s"); ok {
		return f
	}
	var answer source.Answer
	file, err := jsonl.Open(jsonl.Opts{Path: path, Environments: d.config.Source.File.Environments})
	if err == nil {
		answer, err = file.Poll(ctx, nil, d.Machine.now())
	}
	badLine, isBadLine := errors.AsType[*jsonl.LineError](err)
	switch {
	case isBadLine:
		return failure("correct the line: one bad line refuses the file", "%v", badLine)
	case err != nil && source.KindOf(err) == source.Missing:
		return failure("source: file: environments in counter.cue, or the script that writes the file", "%v", err)
	case errors.Is(err, fs.ErrNotExist):
		return failure("let the CI append to it, or correct source: file: path in counter.cue", "%v", err)
	case errors.Is(err, fs.ErrPermission):
		return failure(asServiceUser, "%v", err)
	case err != nil:
		return failure("correct source: file: path in counter.cue, or the script that writes the file", "%v", err)
	}
	var newest time.Time
	for i := range answer.Deployments {
		if at := answer.Deployments[i].Started; at.After(newest) && !at.After(d.Machine.now()) {
			newest = at
		}
	}
	if newest.IsZero() {
		return warning("let the CI append a line for each deployment", "%s has no deployment yet", path)
	}
	return okay("%s: %s, %s; the newest began %s ago", path, report.Plural(len(answer.Deployments), "deployment"),
		report.Plural(len(answer.Environments), "environment"), duration(d.Machine.now().Sub(newest)))
}
