package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// asked is what a command judges.
type asked struct {
	policy       policyfile.Policy
	as           time.Time // judge as of
	known        []source.Known
	stored       bool // known is of the history, and nobody was asked
	environments []rules.Environment
	because      map[string][]facts.Reason // why numbers may have been overtaken, by rule in force; empty: none may
	failure      error                     // why the source could not be asked whole, where it was asked
}

// judgeInForce judges by the policy in force what is stored, as of --at. Where nothing is,
// it asks the source.
func (p *program) judgeInForce(ctx context.Context, at string) (asked, error) {
	policy, err := p.policyInForce(ctx, p.configPath())
	if err != nil {
		return asked{}, err
	}
	a, err := p.judge(ctx, policy, at, false)
	return a, cmp.Or(err, a.failure)
}

// judge judges what is known of a policy's sources, as of --at. It asks them where poll says
// so or nothing is stored; why that failed is in the answer.
func (p *program) judge(ctx context.Context, policy policyfile.Policy, at string, poll bool) (asked, error) {
	now := clock()
	a := asked{policy: policy}
	var err error
	if a.as, err = query.At(at, policy.Zone, now); err != nil {
		return a, err
	}
	if at == "" {
		if err := host.CheckClock(now, builtAt()); err != nil {
			return a, err
		}
	}
	if !poll {
		if a.known, a.stored, err = p.stored(ctx, policy.Policy); err != nil {
			return a, err
		}
	}
	if !a.stored {
		if err := p.poll(ctx, &a); err != nil {
			return a, err
		}
	}
	if at == "" {
		if err := engine.CheckClock(a.known, a.as); err != nil {
			return a, err
		}
		for e := range source.All(a.failure) {
			if e.Kind == source.Clock {
				return a, e
			}
		}
	}
	a.environments = policy.Environments(a.known)
	a.because = policy.Stale(a.known, clock(), 2*policy.Longest()+marksAge(a.stored))
	return a, nil
}

// marksAge is how old the marks of polls in the history may be: they are written at most
// once an hour.
func marksAge(stored bool) time.Duration {
	if stored {
		return time.Hour
	}
	return 0
}

// stale reports whether the number of a rule may have been overtaken.
func (a *asked) stale(rule string) bool { return a.because[rule] != nil }

func (a *asked) verdict() engine.Verdict { return a.policy.Judge(a.environments, a.as) }

// stored returns what is stored of a policy's sources. found is false where nothing is
// known of one.
func (p *program) stored(ctx context.Context, policy *engine.Policy) (known []source.Known, found bool, err error) {
	err = p.readHistory(ctx, func(file *history.Store) (err error) {
		known, err = load(ctx, file, policy)
		return err
	})
	if isKind(err, history.Missing) {
		return nil, false, nil
	}
	unread := func(k source.Known) bool { return k.FirstRead.IsZero() }
	return known, !slices.ContainsFunc(known, unread), err
}

// poll asks the policy's sources, with a progress bar on a terminal, and keeps what they
// say. Where run or another command writes, or nobody can, it is judged and not kept.
func (p *program) poll(ctx context.Context, a *asked) error {
	path, err := p.historyPath()
	if err != nil {
		return err
	}
	lockouts := new(rest.Lockouts)
	read := func(file *history.Store) (err error) {
		if a.known, err = load(ctx, file, a.policy.Policy); err != nil {
			return err
		}
		return restore(ctx, file, lockouts)
	}
	file, err := history.Open(ctx, path, history.Opts{})
	if err == nil {
		defer file.Close()
		err = read(file)
	} else if isKind(err, history.Held, history.ReadOnly, history.Denied, history.Full, history.Busy) {
		file = nil
		if err = p.readHistory(ctx, read); isKind(err, history.Missing) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	bar := newProgress(p.stderr)
	defer bar.finish()
	open := sources.Opener{Dir: filepath.Dir(p.configPath()), Getenv: p.getenv, Lockouts: lockouts, Progress: bar.update, ServiceCredential: besideService}
	asking := engine.Asking{
		Policy: a.policy.Policy, Known: a.known, Clock: engine.NewRealClock(time.Now), ClockState: host.ClockState(build.Time(), false), Note: p.note,
		Open: func(name string) (source.Source, error) { return open.Open(a.policy.Config, name) },
		Save: func(known *source.Known, changes source.Changes) error {
			if file == nil {
				return nil
			}
			return file.Save(context.WithoutCancel(ctx), known, changes)
		},
	}
	a.known, a.failure = asking.Ask(ctx)
	if file != nil { // a refused login is kept, whatever came of the rest
		if err := file.SaveLockouts(context.WithoutCancel(ctx), lockouts.Snapshot()); err != nil {
			p.note(err.Error())
		}
	}
	return ctx.Err()
}

// besideService returns where root can read a credential of the installed service.
func besideService(name string) (dir, file string) {
	files := host.Files{FS: os.DirFS("/")}
	return host.FindUnit(files).Credential(files, name)
}

func (p *program) note(text string) {
	fmt.Fprintf(p.stderr, "fridaycounter: note: %s\n", printable(text))
}
