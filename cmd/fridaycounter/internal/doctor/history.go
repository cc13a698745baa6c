package doctor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
)

// maxWait is how long a history may be locked by others.
const maxWait = 2 * time.Second

// withHistory calls f with the history, opened by open.
func (d *doctor) withHistory(ctx context.Context, open func(context.Context, string, history.Opts) (*history.Store, error), f func(*history.Store) error) error {
	path, err := d.historyPath()
	if err != nil {
		return err
	}
	file, err := open(ctx, path, history.Opts{Wait: maxWait})
	if err != nil {
		return err
	}
	return errors.Join(f(file), file.Close())
}

// checkHistory reads the history, and says how old the last good poll is.
func (d *doctor) checkHistory(ctx context.Context) Finding {
	var policy *engine.Policy
	var known []source.Known
	err := d.withHistory(ctx, history.OpenRead, func(file *history.Store) (err error) {
		if d.config == nil {
			return nil
		}
		if policy, err = engine.NewPolicy(d.config, filepath.Dir(d.Policy)); err == nil {
			known, err = state.Load(ctx, file, policy.Keys())
		}
		return err
	})
	switch {
	case state.Is(err, history.Missing):
		return okay("there is none yet: run begins it")
	case err != nil:
		return historyFailure(err)
	case policy == nil:
		return okay("it can be read; without a policy, its source is not known")
	}
	return d.freshness(policy, known)
}

// historyFailure says what is wrong with a history, and what to do.
func historyFailure(err error) Finding {
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

// markEvery is how old the marks of polls in the history may be: they are written once an hour.
const markEvery = time.Hour

// freshness judges the last polls. It tells the first reason of the first rule that has one.
func (d *doctor) freshness(policy *engine.Policy, known []source.Known) Finding {
	good := known[0].Good
	if good.IsZero() {
		return warning("fridaycounter once", "it is sound, and knows no whole answer of this source yet")
	}
	now := d.Machine.now()
	text := fmt.Sprintf("it is sound, and the last good poll was %s ago", duration(now.Sub(good)))
	most := 2*policy.Longest() + markEvery
	if now.Sub(good) > most {
		return warning("is run running? journalctl -u fridaycounter -n 50", "%s", text)
	}
	reasons := policy.Stale(known, now, most)
	for _, c := range policy.Rules {
		for _, r := range reasons[c.Rule().Name] {
			return warning("fridaycounter explain says more", "%s, but the number may be out of date: %s", text, r.Text)
		}
	}
	return okay("%s", text)
}

// duration returns a duration as a person says it.
func duration(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", max(0, d/time.Second)) // 0: the clock was set back
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
