package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// lookAtPolicy finds the policy, as run reads it. Where the file is refused, the other
// checks go by the copy that run has kept of it.
func (d *doctor) lookAtPolicy(ctx context.Context) finding {
	saved := watch.Read(d.path)
	if saved.Err != nil {
		return failure("name a file that can be read with --config, or make one with: fridaycounter init .", "%v", saved.Err)
	}
	config, err := d.evaluator().Evaluate(ctx, d.path, saved.Data)
	if refused, ok := errors.AsType[*schema.Error](err); ok {
		var texts []string
		for _, m := range refused.Diagnostics {
			texts = append(texts, m.String())
		}
		found := failure("fridaycounter vet "+d.path, "it is refused: %s", few(texts, 3, "; "))
		if policy, err := d.policyInForce(ctx, d.path); err == nil {
			d.config = policy.Config
			found.Found += "; the checks below go by the last good copy"
		}
		return found
	}
	if err != nil {
		return failure("fridaycounter vet "+d.path, "%v", err)
	}
	d.config = config
	if err := d.unreadable(d.path); err != nil {
		return failure("sudo chmod a+r "+d.path, "%v", err)
	}
	if saved.Warning != nil {
		return warning("mount its directory", "%s: %v", d.path, saved.Warning)
	}
	return okay("%s, SHA-256 %.12s: %s", d.path, config.Hash, engine.Describe(config))
}

// doctorWait is how long a history may be locked by others.
const doctorWait = 2 * time.Second

// lookAtState looks at the directory of the history: whose it is, and whether the subject
// may write it, or make it.
func (d *doctor) lookAtState(context.Context) finding {
	const elsewhere = "name a directory on a disk that can be written with --state"
	path, err := d.historyPath()
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		d.skipRest("there is no state directory")
		return failure("name one with --state", "%v", err)
	}
	dir := filepath.Dir(path)
	there, toBe := dir, "" // the directory, or the nearest above it that is there
	info, err := d.host.Stat(there)
	for errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		there, toBe = filepath.Dir(there), dir+" is not there and cannot be made: "
		info, err = d.host.Stat(there)
	}
	if err == nil && !info.IsDir() {
		d.skipRest("there is no state directory")
		return failure(elsewhere, "%s%s is not a directory", toBe, there)
	}
	why := d.host.refuses(there)
	switch {
	case err != nil:
		return failure(asUser, "%v", err)
	case why != "" && toBe == "":
		return warning(elsewhere, "%s: run goes on from memory, and knows nothing after a restart", why)
	case toBe == "":
		return d.stateRights(path, info)
	case why == "":
		if err = d.host.may(d.user, there, mayWrite|mayEnter); err == nil {
			return okay("%s is not there yet: run makes it", dir)
		}
	}
	d.skipRest("there is no state directory")
	if err != nil {
		return failure(fmt.Sprintf("sudo install -d -o %s -m 0750 %s, or --state", d.user.name, dir), "%s%v", toBe, err)
	}
	return failure(elsewhere, "%s%s", toBe, why)
}

// stateRights tells whether the subject may write a history and its directory.
func (d *doctor) stateRights(path string, info fs.FileInfo) finding {
	dir := filepath.Dir(path)
	err := d.host.may(d.user, dir, mayRead|mayWrite|mayEnter)
	if err == nil && d.host.Exists(path) {
		err = d.host.may(d.user, path, mayRead|mayWrite)
	}
	switch whose := dir + ", " + d.host.mode(info); {
	case err == nil:
		return okay("%s: %s may write", whose, d.user.name)
	case !d.user.other && d.host.may(d.user, path, mayRead) == nil:
		return warning(asUser, "%s: %s may read, not write: %v", whose, d.user.name, err)
	case d.user.name == serviceUser:
		return failure(fmt.Sprintf("sudo chown -R %s: %s", serviceUser, dir), "%v", err)
	}
	return failure(asUser+", or your own directory with --state", "%v", err)
}

// withHistory calls f with the history, opened by open.
func (d *doctor) withHistory(ctx context.Context, open func(context.Context, string, history.Opts) (*history.Store, error), f func(*history.Store) error) error {
	path, err := d.historyPath()
	if err != nil {
		return err
	}
	file, err := open(ctx, path, history.Opts{Wait: doctorWait})
	if err != nil {
		return err
	}
	return errors.Join(f(file), file.Close())
}

// lookAtHistory reads the history, and tells how old the last good poll is.
func (d *doctor) lookAtHistory(ctx context.Context) finding {
	var policy *engine.Policy
	var known []source.Known
	err := d.withHistory(ctx, history.OpenRead, func(file *history.Store) (err error) {
		if d.config == nil {
			return nil
		}
		if policy, err = engine.NewPolicy(d.config, d.dir()); err == nil {
			known, err = load(ctx, file, policy)
		}
		return err
	})
	switch {
	case isKind(err, history.Missing):
		return okay("there is none yet: run begins it")
	case err != nil:
		return historyTrouble(err)
	case policy == nil:
		return okay("it can be read; without a policy, its source is not known")
	}
	return d.freshness(policy, known)
}

// historyTrouble is what a history's error says, and what to do.
func historyTrouble(err error) finding {
	e, ok := errors.AsType[*history.Error](err)
	if !ok {
		return failure("fridaycounter history check", "%v", err)
	}
	text := strings.TrimSuffix(e.Error(), "; "+e.Hint())
	if e.Kind == history.Busy || e.Kind == history.Denied {
		return warning(e.Hint(), "%s", text)
	}
	return failure(e.Hint(), "%s", text)
}

// freshness judges the last polls. Their marks are up to an hour old.
func (d *doctor) freshness(policy *engine.Policy, known []source.Known) finding {
	good := known[0].Good
	if good.IsZero() {
		return warning("fridaycounter once", "it is sound, and knows no whole answer of this source yet")
	}
	now := d.host.now()
	text := fmt.Sprintf("it is sound, and the last good poll was %s ago", since(now.Sub(good)))
	most := 2*policy.Longest() + marksAge(true)
	if now.Sub(good) > most {
		return warning("is run running? journalctl -u fridaycounter -n 50", "%s", text)
	}
	because := policy.Stale(known, now, most)
	for _, c := range policy.Rules {
		for _, r := range because[c.Rule().Name] {
			return warning("fridaycounter explain says more", "%s, but the number may be out of date: %s", text, r.Text)
		}
	}
	return okay("%s", text)
}

// since says a time as a person does.
func since(t time.Duration) string {
	switch {
	case t < 2*time.Minute:
		return fmt.Sprintf("%d s", max(0, t/time.Second)) // 0: the clock was set back
	case t < 2*time.Hour:
		return fmt.Sprintf("%d minutes", t/time.Minute)
	case t < 48*time.Hour:
		return fmt.Sprintf("%d hours", t/time.Hour)
	}
	return fmt.Sprintf("%d days", t/(24*time.Hour))
}

// lookAtFile reads the file of deployments.
func (d *doctor) lookAtFile(ctx context.Context) finding {
	if d.config == nil || d.config.Source.File == nil {
		return finding{}
	}
	path := d.opener().Path(d.config.Source.File.Path)
	if err := d.unreadable(path); err != nil {
		return failure("sudo chmod a+r "+path, "%v", err)
	}
	var answer source.Answer
	file, err := jsonl.Open(jsonl.Opts{Path: path, Environments: d.config.Source.File.Environments})
	if err == nil {
		answer, err = file.Poll(ctx, nil, d.host.now())
	}
	bad, isBad := errors.AsType[*jsonl.LineError](err)
	switch {
	case isBad:
		return failure("correct the line: one bad line refuses the file", "%v", bad)
	case err != nil && source.KindOf(err) == source.Missing:
		return failure("source: file: environments in counter.cue, or the script that writes the file", "%v", err)
	case errors.Is(err, fs.ErrNotExist):
		return failure("let the CI append to it, or correct source: file: path in counter.cue", "%v", err)
	case err != nil:
		return failure(asUser, "%v", err)
	}
	var newest time.Time
	for i := range answer.Deployments {
		if at := answer.Deployments[i].Started; at.After(newest) && !at.After(d.host.now()) {
			newest = at
		}
	}
	if newest.IsZero() {
		return warning("let the CI append a line for each deployment", "%s has no deployment yet", path)
	}
	return okay("%s: %s, %s; the newest began %s ago", path,
		plural(len(answer.Deployments), "deployment"), plural(len(answer.Environments), "environment"), since(d.host.now().Sub(newest)))
}
