package bamboo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// longest is the longest that a deployment is taken to run: one that was running at an
// instant began at most so long before.
const longest = 7 * 24 * time.Hour

// reading is one environment's list of results, newest first, as far as it is read in one
// poll.
//
// A first reading, and one that goes deeper, reads what is new at the head, and one page a
// poll below what is known: where as many results are listed as are known. It joins there
// by overlap, see [reading.walk].
//
// A list that is not newest first, as when the start of one result was rewritten, is read
// whole in each poll.
type reading struct {
	*poll
	entry   source.Environment
	known   *source.KnownEnvironment // nil: nothing is known
	first   bool                     // the list was never read whole
	lower   bool                     // there may be results below what is known
	reach   time.Time                // known without a gap down to this start; zero: nothing is
	lowest  time.Time                // start of the oldest run down to there; zero: none
	horizon time.Time

	goal   goal
	seen   map[string]time.Time // results met in this poll: by id, the date that tells two runs apart
	oldest time.Time            // start of the oldest run met, or known above; zero: none
	met    int                  // results that are known, see [reading.knows]
	novel  int                  // runs that are not
	listed bool                 // any result met has an id that was known
	goesOn bool                 // in the next poll, below
}

// errUnordered is of a list that is not newest first, by more than the second to which
// old servers have dates.
var errUnordered = errors.New("the list is not newest first")

// run reads the list, and notes in r.entry how far it came. After an error the answer holds none of its
// deployments: newer ones alone would hide, in the next poll, that older ones are missing.
func (r *reading) run(ctx context.Context) error {
	r.first = r.known == nil || r.known.Partial || r.known.Read.IsZero()
	r.horizon = r.client.opts.HistoryFrom
	if r.horizon.IsZero() {
		r.horizon = r.now.AddDate(-2, 0, 0)
	}
	r.lower = r.first || !r.known.Exhausted && r.horizon.Before(r.known.CompleteFrom) && !r.client.finished[r.entry.ID]
	before := len(r.answer.Deployments)
	s, err := r.read(ctx)
	if errors.Is(err, errUnordered) {
		r.note("unordered "+r.entry.ID, "environment %q: the list is not newest first; it is read whole", r.entry.Name)
		r.answer.Deployments = r.answer.Deployments[:before]
		r.seen, r.oldest = map[string]time.Time{}, time.Time{}
		if s, err = r.walk(ctx, 0, wholeList); err == nil && s != atEnd {
			err = fmt.Errorf("%w, and longer than was read: nothing is known completely", errUnordered)
		}
	}
	if err == nil {
		err = r.settle(ctx, s)
	}
	if err != nil {
		r.answer.Deployments = r.answer.Deployments[:before]
	}
	return err
}

// read reads from the head until known results begin, and then one page below them, if the
// reading is not at its end.
func (r *reading) read(ctx context.Context) (stop, error) {
	n := r.stretch()
	if n > 0 || !r.lower {
		if s, err := r.walk(ctx, 0, toKnown); err != nil || s != atGoal || !r.lower {
			return s, err
		}
	}
	r.oldest = earlier(r.oldest, r.lowest)
	return r.walk(ctx, max(0, n+r.novel-1), onePage)
}

// earlier returns the earlier of two instants; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// stretch sets how far the list is known without a gap, and returns how many results that
// are.
func (r *reading) stretch() int {
	if r.known == nil || r.known.CompleteFrom.IsZero() {
		return 0
	}
	reach, n, last := r.known.CompleteFrom.Add(-longest), 0, ""
	for i := range r.known.Deployments {
		d := &r.known.Deployments[i]
		start := cmp.Or(d.Started, d.Start())
		if start.Before(reach) {
			continue
		}
		if d.ID != last {
			n, last = n+1, d.ID
		}
		if d.Ran() {
			r.lowest = earlier(r.lowest, start)
		}
	}
	if n > 0 {
		r.reach = reach
	}
	return n
}

// knows reports whether a result is known, and with it what the list has below. An import
// may have brought newer ones, with a gap below: in a list that was read whole only those
// count that had begun by then.
func (r *reading) knows(e *wireResult) bool {
	if !r.known.Has(e.ID.text) {
		return false
	}
	start := e.start(r.now)
	if r.first || r.goal == onePage {
		return !r.reach.IsZero() && !start.IsZero() && !start.Before(r.reach)
	}
	return !start.After(r.known.Read)
}

// settle sets how the environment was read, after a walk that ended so.
func (r *reading) settle(ctx context.Context, s stop) error {
	isEmpty := r.met+r.novel == 0
	if isEmpty && r.known.Results() > 0 { // users without permission are answered so
		if _, err := r.wireEnvironment(ctx, r.entry.ID); err != nil {
			return err
		}
	}
	if s == cutShort && r.oldest.IsZero() {
		return errors.New("the list goes on, or its pages repeat themselves, and no result of it is a run")
	}
	if s == cutShort && r.goal == toKnown && r.known.Results() > 0 {
		return errors.New("the list was not read down to what is known")
	}
	e := &r.entry
	e.Reading = source.ReadWhole
	r.goesOn = r.lower && (s == atGoal || s == lost)
	if r.goesOn && r.client.turned[e.ID] >= r.client.opts.MaxPages {
		s, r.goesOn = cutShort, false
	}
	switch {
	case s == lost, s == atGoal && r.goal == toKnown:
		e.From, e.Exhausted = r.known.CompleteFrom, r.known.Exhausted
	case s == atGoal:
		e.From = r.oldest.Add(longest)
		if !r.reach.IsZero() && r.known.CompleteFrom.Before(e.From) {
			e.From = r.known.CompleteFrom
		}
	case s == atHorizon:
		e.From = r.horizon
	default:
		e.From, e.Exhausted = r.oldest, s == atEnd
	}
	if s == cutShort {
		r.note("incomplete history "+e.ID, "environment %q: history is incomplete before %s: the list goes on, or its pages repeat themselves",
			e.Name, e.From.Format(time.DateOnly))
	}
	if r.goesOn {
		r.answer.More = true
	} else {
		r.client.finished[e.ID] = true
	}
	if r.first && r.goesOn {
		e.Reading = source.ReadPart
	}
	if !r.first {
		e.Deeper = !e.From.IsZero() && e.From.Before(r.known.CompleteFrom)
	}
	if !r.first && !r.listed && r.known.Results() > 0 && r.novel > 0 {
		r.note("gap "+e.ID, "environment %q: no known result is listed any more: some may have come and gone since the last poll", e.Name)
	}
	return nil
}

// take adds the results of a page that were not met before in this poll, and returns how
// many. The error is errUnordered.
func (r *reading) take(page []wireResult) (fresh int, err error) {
	var last time.Time
	for i := range page {
		e := &page[i]
		id, start := e.ID.text, e.start(r.now)
		was, again := r.seen[id]
		isKnown := r.known.Has(id)
		r.listed = r.listed || isKnown
		ran := false
		if !again || !was.Equal(e.ran()) { // an id may be given to two runs
			ran = r.add(e, r.entry.Environment) && !start.IsZero()
		}
		switch {
		case r.knows(e):
			r.met++
		case ran && !again: // what never ran moves nothing: a page of it would come again
			r.novel++
		}
		if !again && id != "" {
			fresh++
			r.seen[id] = e.ran()
		}
		if start.IsZero() {
			continue
		}
		// A server that begins again at its end is not unordered.
		begins := again || isKnown && r.goal == onePage
		if !begins && r.goal != wholeList && !last.IsZero() && start.After(last.Add(time.Second)) {
			return fresh, errUnordered
		}
		last = start
		if ran {
			r.oldest = earlier(r.oldest, start)
		}
	}
	return fresh, nil
}
