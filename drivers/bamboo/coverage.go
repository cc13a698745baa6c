package bamboo

import (
	"errors"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// reached reports whether all that was asked for has been read, and sets the
// coverage.
func (r *reading) reached() bool {
	switch {
	case r.unordered || r.oldest.IsZero():
		return false
	case r.steady && (r.met || r.oldest.Before(r.from)):
		r.cover(r.from, r.exhausted)
	case !r.steady && r.oldest.Before(r.horizon.Add(-longest)):
		r.cover(r.horizon, false)
	default:
		return false
	}
	return true
}

// ended sets the coverage of a list that was read to its end. claimed is the
// last answer's size. Sizes are only believed when they say that there is more, and
// did so at the beginning too: what came meanwhile is for the next poll.
func (r *reading) ended(claimed int64) error {
	if len(r.seen) == 0 {
		switch {
		case !r.from.IsZero():
			return &MissingError{Environments: []string{r.login.scrub(r.env.Name)}, Why: "its list is empty, but results of it are known"}
		case claimed > 0:
			return fmt.Errorf("bamboo: the list is empty, though its size is said to be %d", claimed)
		}
		r.cover(time.Time{}, true)
		return nil
	}
	if r.oldest.IsZero() {
		return errors.New("bamboo: no result of the list has a date")
	}
	if !r.from.IsZero() && !r.met && r.oldest.After(r.from) {
		r.note(Note{NoteGap, r.env.ID, fmt.Sprintf("environment %q: no known result is listed any more: its history begins anew", r.env.Name)})
	}
	listed := int64(len(r.seen) + r.jump.skipped)
	if claimed = min(claimed, r.claimed); claimed > listed {
		return r.incomplete(fmt.Sprintf("the list ended after %d of %d results", listed, claimed))
	}
	r.cover(r.oldest, true)
	return nil
}

// incomplete sets the coverage of a list that goes on, or may go on.
func (r *reading) incomplete(why string) error {
	if r.unordered || r.oldest.IsZero() {
		return fmt.Errorf("bamboo: %s, and the list is not newest first: nothing is known completely", why)
	}
	r.cover(r.oldest, false)
	r.note(Note{NoteIncomplete, r.env.ID, fmt.Sprintf("environment %q: history is incomplete before %s: %s",
		r.env.Name, r.env.CompleteFrom.Format(time.DateOnly), why)})
	return nil
}

// cover sets the coverage. What was known before holds on, if the pages reach it.
func (r *reading) cover(from time.Time, exhausted bool) {
	if r.met && !r.from.IsZero() {
		switch from.Compare(r.from) {
		case 1:
			from, exhausted = r.from, r.exhausted
		case 0:
			exhausted = exhausted || r.exhausted
		}
	}
	r.env.CompleteFrom, r.env.Exhausted = from, exhausted
}

// interrupted returns the environment with the coverage of a first reading that an
// error cut off, and false if nothing is gained by it. What began after the oldest
// start met is known, and what ran later but began before has ended by then.
func (r *reading) interrupted() (rules.Environment, bool) {
	if !r.first || r.unordered || r.oldest.IsZero() {
		return rules.Environment{}, false
	}
	env := r.env
	env.CompleteFrom = r.oldest.Add(longest)
	if !r.from.IsZero() {
		// Newer results that do not reach down to the known ones would hide the
		// hole between.
		if !r.met && r.oldest.After(r.jump.edge) {
			return rules.Environment{}, false
		}
		if r.from.Before(env.CompleteFrom) {
			env.CompleteFrom = r.from
		}
	}
	return env, env.CompleteFrom.Before(r.now)
}

// batched reports whether enough of a first reading was read for one poll, and the
// next one gains by it. A list that seems to have no end comes to one in this poll.
func (r *reading) batched() bool {
	o := &r.client.opts
	if o.Batch == 0 || len(r.found) < o.Batch || r.pages+r.client.turned[r.env.ID] >= o.MaxPages {
		return false
	}
	cut, ok := r.interrupted()
	return ok && (r.from.IsZero() || cut.CompleteFrom.Before(r.from))
}
