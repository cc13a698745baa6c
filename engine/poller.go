package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
)

// A Poller polls the sources of a policy once, for a command.
type Poller struct {
	Policy *Policy
	// Known is what is known before, of each source that is.
	Known []source.Known
	// Open makes the source of that name.
	Open  func(name string) (source.Source, error)
	Clock Clock
	// ClockState tells how far the clock can be trusted; where it is not, the source's
	// Date has to agree, if it has one.
	ClockState func(time.Time) ClockStatus
	// Save writes what a poll changed; an error becomes a note and does not stop the polls.
	Save func(known *source.Known, changes source.Changes) error
	// Note is called with each note of a source.
	Note func(string)
}

// Poll polls each source, a first reading to its end, and returns what is then known. The
// error joins why sources could not be read whole: also then what is known is returned.
func (p *Poller) Poll(ctx context.Context) ([]source.Known, error) {
	var list []source.Known
	var errs []error
	for _, s := range p.Policy.Sources {
		known := source.Known{Key: s.Key}
		if i := slices.IndexFunc(p.Known, func(k source.Known) bool { return k.Key == s.Key }); i >= 0 {
			known = p.Known[i]
		}
		opened, err := p.Open(s.Name)
		for more := true; more; {
			more, err = p.poll(ctx, s, opened, err, &known, p.room(list, s.Key, &known))
		}
		list, errs = append(list, known), append(errs, err)
	}
	return list, errors.Join(errs...)
}

// room returns how many more runs the policy may keep, beside those of the sources before and
// after one.
func (p *Poller) room(before []source.Known, key source.Key, known *source.Known) int {
	room := MaxRuns - known.Size()
	for _, k := range before {
		room -= k.Size()
	}
	for _, k := range p.Known {
		isBefore := slices.ContainsFunc(before, func(b source.Known) bool { return b.Key == k.Key })
		if k.Key != key && !isBefore {
			room -= k.Size()
		}
	}
	return room
}

// poll polls a source once, unless it could not be opened for err, and updates what is
// known of it. It reports whether its first reading goes on.
func (p *Poller) poll(ctx context.Context, s PolicySource, opened source.Source, err error, known *source.Known, room int) (more bool, _ error) {
	began, uptime := p.Clock.Now()
	guard := clockGuard{trusted: true, latest: facts.Latest([]source.Known{*known}, began)}
	guard.step(began, uptime)
	guard.update(p.ClockState(began))
	var answer source.Answer
	if err == nil {
		answer, err = opened.Poll(ctx, known, began)
	}
	now, uptime := p.Clock.Now()
	switch {
	case ctx.Err() != nil:
		return false, errors.Join(err, ctx.Err())
	case guard.step(now, uptime).Abs() > clockSlack:
		return false, errors.Join(err, errClockSet)
	case !guard.confirms(began, now, answer.Date):
		return false, errors.Join(err, &source.Error{Kind: source.Clock, Err: guard.mismatch(began, answer.Date)})
	}
	next, changes, notes := facts.Merge(*known, facts.Poll{
		Answer: answer, Err: err, Began: began, Now: now,
		Selection: s.Selection, Interval: p.Policy.Longest(), Room: max(0, room),
	})
	for _, n := range slices.Concat(answer.Notes, notes) {
		p.Note(n.Text)
	}
	if err := p.Save(&next, changes); err != nil {
		p.Note(err.Error())
	}
	*known = next
	return answer.More && err == nil, err
}
