package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
)

// lookAtFile reads the file of deployments.
func (d *doctor) lookAtFile(ctx context.Context) []finding {
	const check = "file"
	path := d.beside(d.config.Source.File.Path)
	if abs, err := filepath.Abs(path); err == nil && d.user.other {
		if err := d.host.may(d.user, abs, mayRead); err != nil {
			return []finding{failure(check, "sudo chmod a+r "+path, "%v", err)}
		}
	}
	source, err := jsonl.Open(jsonl.Opts{Path: path, Environments: d.config.Source.File.Environments})
	if err != nil {
		return []finding{failure(check, "", "%v", err)}
	}
	facts, err := source.Read(ctx)
	var bad *jsonl.LineError
	var missing *jsonl.MissingError
	switch {
	case errors.As(err, &bad):
		return []finding{failure(check, "correct the line: one bad line refuses the file", "%v", bad)}
	case errors.As(err, &missing):
		return []finding{failure(check, "source: file: environments in counter.cue, or the script that writes the file", "%v", err)}
	case errors.Is(err, fs.ErrNotExist):
		return []finding{failure(check, "let the CI append to it, or correct source: file: path in counter.cue", "%v", err)}
	case err != nil:
		return []finding{failure(check, d.asUser(), "%v", err)}
	}
	var newest time.Time
	for i := range facts.Deployments {
		if at := facts.Deployments[i].Started; at.After(newest) {
			newest = at
		}
	}
	if newest.IsZero() {
		return []finding{warning(check, "let the CI append a line for each deployment", "%s has no deployment yet", path)}
	}
	return []finding{okay(check, "%s: %s, %s; the newest began %s ago", path,
		plural(len(facts.Deployments), "deployment"), plural(len(facts.Environments), "environment"), since(d.host.now().Sub(newest)))}
}
