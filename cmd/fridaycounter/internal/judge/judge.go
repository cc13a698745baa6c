// Package judge applies a policy to what is known of its sources: from the history, or from a
// poll made now.
package judge

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Options say what is judged.
type Options struct {
	Policy   policyfile.Policy
	Path     string // of the policy file: relative paths in the policy begin beside it
	History  string // path
	At       string // judge as of this instant, as [query.At] reads it; "" is now
	Poll     bool   // poll the sources although the history has something of each
	Getenv   func(string) string
	Progress io.Writer    // a terminal shows how far a first reading has come
	Note     func(string) // tells of an oddity
}

// A Case is what is known of a policy's sources, as of an instant.
type Case struct {
	Policy       policyfile.Policy
	At           time.Time
	Known        []source.Known
	Stored       bool // Known is of the history, and no source was polled
	Environments []rules.Environment
	Stale        map[string][]facts.Reason // why the number of a rule may be out of date, by rule in force
	Failure      error                     // why a source could not be read whole
}

// Verdict judges the case.
func (c *Case) Verdict() engine.Verdict { return c.Policy.Judge(c.Environments, c.At) }

// Gather returns what is known. If it polls the sources, it stores what they answer, unless another
// process writes to the history. Where a source cannot be read whole, the case has what is known
// all the same.
func Gather(ctx context.Context, o Options) (c Case, err error) {
	now := time.Now().Round(0) // without the monotonic reading, which would hide a step
	c.Policy = o.Policy
	if c.At, err = query.At(o.At, o.Policy.Zone, now); err != nil {
		return c, err
	}
	if o.At == "" {
		if err := host.CheckClock(now, build.Time()); err != nil {
			return c, err
		}
	}
	if !o.Poll {
		if c.Known, c.Stored, err = Stored(ctx, o.History, o.Policy.Policy); err != nil {
			return c, err
		}
	}
	if !c.Stored {
		if c.Known, c.Failure, err = o.poll(ctx); err != nil {
			return c, err
		}
	}
	if o.At == "" {
		if err := engine.CheckClock(c.Known, c.At); err != nil {
			return c, err
		}
		for _, e := range source.All(c.Failure) {
			if e.Kind == source.Clock {
				return c, e
			}
		}
	}
	fresh := 2 * o.Policy.Longest()
	if c.Stored {
		fresh += history.PollTimesEvery
	}
	c.Environments = o.Policy.Environments(c.Known)
	c.Stale = o.Policy.Stale(c.Known, now, fresh)
	return c, nil
}

// Stored returns what the history at a path has of a policy's sources. found is false where one
// was never read.
func Stored(ctx context.Context, path string, policy *engine.Policy) (known []source.Known, found bool, err error) {
	err = state.Read(ctx, path, func(file *history.Store) (err error) {
		known, err = state.Load(ctx, file, policy.Keys())
		return err
	})
	if state.Is(err, history.Missing) {
		return nil, false, nil
	}
	unread := func(k source.Known) bool { return k.FirstRead.IsZero() }
	return known, !slices.ContainsFunc(known, unread), err
}

// poll polls the sources. failure is why one could not be read whole.
func (o *Options) poll(ctx context.Context) (known []source.Known, failure, err error) {
	lockouts := new(rest.Lockouts)
	read := func(file *history.Store) (err error) {
		if known, err = state.Load(ctx, file, o.Policy.Keys()); err != nil {
			return err
		}
		refused, err := file.Lockouts(ctx)
		lockouts.Restore(refused)
		return err
	}
	file, err := state.OpenFile(ctx, o.History)
	if err == nil {
		defer file.Close()
		err = read(file)
	} else if state.Is(err, history.InUse, history.ReadOnly, history.Denied, history.Full, history.Busy) {
		if err = state.Read(ctx, o.History, read); state.Is(err, history.Missing) {
			err = nil
		}
	}
	if err != nil {
		return nil, nil, err
	}
	bar := newProgress(o.Progress)
	defer func() { _ = bar.Clear() }() // an error means that the terminal is gone
	show := func(p source.Progress) {
		bar.Describe(describe(p))
		_ = bar.Set(steps(p, time.Now()))
	}
	open := sources.Opener{
		Dir: filepath.Dir(o.Path), Getenv: o.Getenv, Lockouts: lockouts, Progress: show,
		ServiceCredential: host.FindUnit(host.Files{FS: os.DirFS("/")}, state.Team(o.Path)).Credential, // for root
	}
	poller := engine.Poller{
		Policy: o.Policy.Policy, Known: known, Note: o.Note,
		Clock: engine.NewRealClock(time.Now), ClockState: host.ClockState(build.Time(), false),
		Open: func(name string) (source.Source, error) { return open.Open(o.Policy.Config, name) },
		Save: func(known *source.Known, changes source.Changes) error {
			if file == nil {
				return nil
			}
			return file.Save(context.WithoutCancel(ctx), known, changes)
		},
	}
	known, failure = poller.Poll(ctx)
	if file != nil { // a refused login is stored, also where nothing else is
		if err := file.SaveLockouts(context.WithoutCancel(ctx), lockouts.Snapshot()); err != nil {
			o.Note(err.Error())
		}
	}
	return known, failure, ctx.Err()
}

// progressSteps is the length of a progress bar.
const progressSteps = 1000

// newProgress returns a bar that shows on a terminal how far a first reading has come. In a pipe it is
// silent.
func newProgress(w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions(progressSteps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetVisibility(host.IsTerminal(w)),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(false))
}

// describe says what is read.
func describe(p source.Progress) string {
	text := fmt.Sprintf("reading %s, %s", p.Environment, report.Plural(p.Results, "result"))
	if !p.Oldest.IsZero() {
		text += " back to " + p.Oldest.Format(time.DateOnly)
	}
	return text
}

// steps returns how many of progressSteps were read of the time from now back to where the reading
// ends.
func steps(p source.Progress, now time.Time) int {
	whole := now.Sub(p.Horizon)
	if p.Oldest.IsZero() || whole <= 0 {
		return 0
	}
	return int(progressSteps * min(max(float64(now.Sub(p.Oldest))/float64(whole), 0), 1))
}
