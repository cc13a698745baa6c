package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
)

// Asking is how a command asks the sources of a policy.
type Asking struct {
	Policy *Policy
	// Known is what is known before, of each source that is.
	Known []source.Known
	// Open makes the source of that name.
	Open  func(name string) (source.Source, error)
	Clock Clock
	// ClockState tells how far the clock can be trusted; where it is not, the source's
	// Date has to agree, if it has one.
	ClockState func(time.Time) ClockStatus
	// Save writes what a poll changed; an error is told and does not stop the asking.
	Save func(known *source.Known, changes source.Changes) error
	// Note tells of an oddity.
	Note func(string)
}

// Ask polls each source, a first reading to its end, and returns what is then known. The
// error joins why sources could not be asked whole: also then what is known is returned.
func (a *Asking) Ask(ctx context.Context) ([]source.Known, error) {
	var list []source.Known
	var errs []error
	for _, s := range a.Policy.Sources {
		known := source.Known{Key: s.Key}
		for _, k := range a.Known {
			if k.Key == s.Key {
				known = k
			}
		}
		known, err := a.ask(ctx, s, known)
		list = append(list, known)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return list, errors.Join(errs...)
}

func (a *Asking) now() time.Time {
	now, _ := a.Clock.Now()
	return now
}

// ask polls one source, until its first reading is at its end.
func (a *Asking) ask(ctx context.Context, s PolicySource, known source.Known) (source.Known, error) {
	opened, err := a.Open(s.Name)
	for more := true; more; {
		guard := clockGuard{trusted: true, latest: latest([]source.Known{known}, a.now())}
		began, uptime := a.Clock.Now()
		guard.step(a.Clock, began, uptime)
		guard.update(a.ClockState(began))
		var answer source.Answer
		if err == nil {
			answer, err = opened.Poll(ctx, &known, began)
		}
		now, uptime := a.Clock.Now()
		step := guard.step(a.Clock, now, uptime)
		switch {
		case ctx.Err() != nil:
			return known, errors.Join(err, ctx.Err())
		case step.Abs() > clockSlack:
			return known, errors.Join(err, errClockSet)
		case !guard.confirms(began, now, answer.Date):
			return known, errors.Join(err, &source.Error{Kind: source.Clock, Err: guard.doubt(began, answer.Date)})
		}
		next, changes, notes := facts.Merge(known, facts.Poll{
			Answer: answer, Err: err, Began: began, Now: now,
			Selection: s.Selection, Interval: a.Policy.Longest(), Room: max(0, MaxRuns-known.Size()),
		})
		known = next
		for _, n := range slices.Concat(answer.Notes, notes) {
			a.Note(n.Text)
		}
		if err := a.Save(&known, changes); err != nil {
			a.Note(err.Error())
		}
		more = answer.More && err == nil
	}
	return known, err
}
