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
	list := make([]source.Known, len(p.Policy.Sources))
	for i, s := range p.Policy.Sources {
		list[i].Key = s.Key
		if k := p.Policy.known(p.Known, i); k != nil {
			list[i] = *k
		}
	}
	var errs []error
	for i, s := range p.Policy.Sources {
		t := new(poll)
		for more := true; more; more = t.Answer.More && t.Err == nil {
			t.Poll = facts.Poll{Selection: s.Selection, Interval: p.Policy.Longest(), Room: p.Policy.room(list)}
			t.known = list[i]
			list[i], t.Err = p.poll(ctx, t)
		}
		errs = append(errs, t.Err)
	}
	return list, errors.Join(errs...)
}

// poll polls a source once, and returns what is then known of it.
func (p *Poller) poll(ctx context.Context, t *poll) (source.Known, error) {
	began, uptime := p.Clock.Now()
	guard := clockGuard{trusted: true, latest: facts.Latest([]source.Known{t.known}, began)}
	guard.step(began, uptime)
	guard.update(p.ClockState(began), began)
	t.Began = began
	t.run(ctx, func() (source.Source, error) { return p.Open(t.known.Name) }, p.Clock)
	switch {
	case ctx.Err() != nil:
		return t.known, errors.Join(t.Err, ctx.Err())
	case guard.step(p.Clock.Now()).Abs() > clockSlack:
		return t.known, errors.Join(t.Err, errClockSet)
	}
	if err := guard.confirm(&t.Poll); err != nil {
		return t.known, errors.Join(t.Err, err)
	}
	next, changes, notes := facts.Merge(t.known, t.Poll)
	for _, n := range slices.Concat(t.Answer.Notes, notes) {
		p.Note(n.Text)
	}
	if err := p.Save(&next, changes); err != nil {
		p.Note(err.Error())
	}
	return next, t.Err
}
