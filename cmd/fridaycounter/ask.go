package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// asked is what a command judges. It must be closed.
type asked struct {
	court  *engine.Court
	config *schema.Config
	dir    string    // of the policy file
	as     time.Time // judge as of
	store  engine.Store
	docket *engine.Docket
	polls  history.Polls // of the history; zero where the source was asked just now

	disk    *diskStore // nil: there is none
	latches *bamboo.Latches
}

func (a *asked) close() error { return a.disk.close() }

// askNow polls the source, and judges what it says together with what is stored.
func (p *program) askNow(ctx context.Context, at string) (asked, error) {
	return p.ask(ctx, p.configPath(), at, true, p.court)
}

// askStored judges what is stored. Where nothing is, it asks the source. A policy that
// is refused now is judged by the copy that is in force.
func (p *program) askStored(ctx context.Context, at string) (asked, error) {
	return p.ask(ctx, p.configPath(), at, false, p.courtInForce)
}

// ask evaluates the policy at path by read, and judges its source as of --at. The
// caller closes what is returned without an error.
func (p *program) ask(ctx context.Context, path, at string, poll bool,
	read func(ctx context.Context, path string) (*engine.Court, *schema.Config, error)) (asked, error) {
	now := clock()
	court, config, err := read(ctx, path)
	if err != nil {
		return asked{}, err
	}
	a := asked{court: court, config: config, dir: filepath.Dir(path)}
	if a.as, err = instant(at, court.Zone(), now); err != nil {
		return asked{}, err
	}
	if at == "" {
		if err := rightClock(now); err != nil {
			return asked{}, err
		}
	}
	err = p.judge(ctx, &a, poll)
	if err == nil && at == "" {
		err = a.docket.CheckClock(a.as)
	}
	if err != nil {
		return asked{}, errors.Join(err, a.close())
	}
	return a, nil
}

// courtInForce evaluates a policy, or its last good copy if it is refused.
func (p *program) courtInForce(ctx context.Context, path string) (*engine.Court, *schema.Config, error) {
	court, config, err := p.court(ctx, path)
	if _, refused := errors.AsType[*schema.Error](err); refused {
		return p.inForce(ctx, path, err)
	}
	return court, config, err
}

// inForce returns the last good policy that run has kept of a file that is refused
// now: that is the one which the wall shows.
func (p *program) inForce(ctx context.Context, path string, refusal error) (*engine.Court, *schema.Config, error) {
	state, err := p.historyPath()
	if err != nil {
		return nil, nil, err
	}
	file, err := history.OpenRead(ctx, state, history.Opts{})
	if err != nil {
		return nil, nil, refusal
	}
	disk := &diskStore{file: file, path: state, now: clock, note: p.note}
	defer disk.close()
	last, err := newLastGood(disk, path)
	if err != nil {
		return nil, nil, err
	}
	kept, err := last.Load()
	if err != nil {
		return nil, nil, refusal
	}
	config, err := p.evaluator().Evaluate(ctx, path, kept.File)
	if err != nil {
		return nil, nil, refusal
	}
	p.note(fmt.Sprintf("%s is refused, so this is by the last good copy of it, which is in force; fridaycounter vet says what is wrong", path))
	court, err := engine.NewCourt(config)
	return court, config, err
}

// judge reads what is stored, and polls if that is asked for or nothing is stored.
func (p *program) judge(ctx context.Context, a *asked, poll bool) error {
	path, err := p.historyPath()
	if err != nil {
		return err
	}
	if !poll {
		if poll, err = p.useStored(ctx, a, path); err != nil {
			return err
		}
	}
	if poll {
		if err := p.keep(ctx, a, path); err != nil {
			return err
		}
		if err := p.poll(ctx, a); err != nil {
			return err
		}
	}
	a.docket, err = a.court.Read(ctx, a.store, a.config, a.dir, a.as)
	return err
}

// useStored opens the history for reading. It reports whether the source has to be
// asked, because nothing is known of it.
func (p *program) useStored(ctx context.Context, a *asked, path string) (ask bool, err error) {
	file, err := history.OpenRead(ctx, path, history.Opts{})
	if isKind(err, history.Missing) {
		return true, nil
	} else if err != nil {
		return false, err
	}
	a.use(file, p.note)
	if a.polls, err = file.Polls(ctx, engine.SourceKey(a.config, a.dir)); err == nil && a.polls.Good.IsZero() {
		ask, err = true, a.close()
		a.polls = history.Polls{}
	}
	return ask, err
}

// keep opens the history for writing what is about to be asked. Where run or another
// command writes, or nobody can, it is kept in memory beside what is stored.
func (p *program) keep(ctx context.Context, a *asked, path string) error {
	file, err := history.Open(ctx, path, history.Opts{})
	if isKind(err, history.Held) || isKind(err, history.ReadOnly) || isKind(err, history.Denied) || isKind(err, history.Full) || isKind(err, history.Busy) {
		file, err = history.OpenRead(ctx, path, history.Opts{})
		if isKind(err, history.Missing) {
			a.store, a.latches = new(engine.Memory), new(bamboo.Latches)
			return nil
		}
	}
	if err != nil {
		return err
	}
	a.use(file, p.note)
	return loadLatches(ctx, file, a.latches)
}

// use makes an open history the store.
func (a *asked) use(file *history.Store, note func(string)) {
	a.disk = &diskStore{file: file, path: file.Path(), now: time.Now, note: note}
	a.store, a.latches = engine.NewSpare(a.disk), new(bamboo.Latches)
}

func isKind(err error, kind history.Kind) bool {
	e, ok := errors.AsType[*history.Error](err)
	return ok && e.Kind == kind
}

// poll asks the source, with a progress bar on a terminal.
func (p *program) poll(ctx context.Context, a *asked) error {
	bar := newProgress(p.stderr)
	defer bar.finish()
	open := opener{dir: a.dir, getenv: p.getenv, latches: a.latches, progress: bar.update, beside: besideService}
	if a.disk != nil {
		open.keep = func(ctx context.Context) {
			if err := a.disk.saveLatches(ctx, a.latches); err != nil {
				p.note(err.Error())
			}
		}
	}
	source, err := open.source(a.config)
	if err != nil {
		return err
	}
	return engine.Ask(ctx, a.config, a.dir, a.store, source, engine.NewRealClock(time.Now), newClockGuard(false).state, p.note)
}

// besideService returns where root can read a credential of the installed service.
func besideService(name string) (dir, file string) {
	h := newSystem()
	return h.credential(h.unit(), name)
}

// note tells of an oddity.
func (p *program) note(text string) { fmt.Fprintf(p.stderr, "fridaycounter: note: %s\n", text) }
