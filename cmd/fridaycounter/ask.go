package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// instant reads --at; empty means now.
func instant(at string, now time.Time) (time.Time, error) {
	if at == "" {
		return now, nil
	}
	t, err := parseInstant(at)
	if err != nil {
		return time.Time{}, err
	}
	if t.After(now) {
		return time.Time{}, fmt.Errorf("--at %s is in the future: nothing is known of it", at)
	}
	return t, nil
}

// asked is what a command has that polled once.
type asked struct {
	court *engine.Court
	facts rules.Facts
	as    time.Time // judge as of
}

// askAt asks now, for judging as of --at.
func (p *program) askAt(ctx context.Context, at string) (asked, error) {
	now := time.Now().Round(0)
	as, err := instant(at, now)
	if err != nil {
		return asked{}, err
	}
	a, err := p.ask(ctx, now)
	a.as = as
	return a, err
}

// ask evaluates the file and polls its source at now.
func (p *program) ask(ctx context.Context, now time.Time) (asked, error) {
	path := p.configPath()
	court, config, err := p.court(ctx, path)
	if err != nil {
		return asked{}, err
	}
	open := opener{dir: filepath.Dir(path), getenv: p.getenv, latches: new(bamboo.Latches)}
	facts, err := p.askSource(ctx, config, open, now)
	return asked{court: court, facts: facts}, err
}

// askSource polls a configuration's source at now, with a progress bar on a terminal.
func (p *program) askSource(ctx context.Context, config *schema.Config, open opener, now time.Time) (rules.Facts, error) {
	bar := newProgress(p.stderr)
	defer bar.finish()
	open.progress = bar.update
	source, err := open.source(config)
	if err != nil {
		return rules.Facts{}, err
	}
	return engine.Ask(ctx, config, source, now, func(note string) {
		fmt.Fprintf(p.stderr, "fridaycounter: note: %s\n", note)
	})
}

func parseInstant(at string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return time.Time{}, fmt.Errorf("--at %q is not a time: want RFC 3339, like 2026-03-13T16:40:00-07:00", at)
	}
	return t, nil
}
