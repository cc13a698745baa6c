package bamboo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// errUnordered is of a list that is not newest first, by more than the second to which old
// servers have dates.
var errUnordered = errors.New("the list is not newest first")

// resultList is one environment's list of results, newest first, as far as one poll reads it.
//
// The first contact, and one that goes deeper, takes several polls. Each reads what is new
// at the head, and one page below what is known: it begins at the index that is the number
// of known results, and joins there by overlap, see [resultList.readPages].
//
// A list that is not newest first, as when the start of one result was rewritten, is read
// whole in each poll.
type resultList struct {
	*poll
	entry       source.Environment
	known       *source.KnownEnvironment
	first       bool      // the list was never read whole
	deeper      bool      // there may be results below what is known
	knownTo     time.Time // known without a gap down to this start; zero: nothing is
	oldestKnown time.Time // start of the oldest run down to there; zero: none

	goal        goal
	seen        map[string]time.Time // results read in this poll: by id, the date that tells two runs apart
	oldest      time.Time            // start of the oldest run read, or known above; zero: none
	knownSeen   int                  // results read that are known, see [resultList.isKnown]
	newRuns     int                  // runs read that are not
	knownListed bool                 // a result that was read has an id that was known
	unfinished  bool                 // the next poll reads on below
}

// read reads the list, and notes in entry how far. After an error the answer holds none of
// its deployments: newer ones alone would hide, in the next poll, that older ones are missing.
func (l *resultList) read(ctx context.Context) error {
	l.first = l.known.Partial || l.known.Read.IsZero()
	l.deeper = l.first || !l.known.Exhausted && l.Horizon.Before(l.known.CompleteFrom) && !l.client.finished[l.entry.ID]
	before := len(l.Answer.Deployments)
	end, err := l.readNew(ctx)
	if errors.Is(err, errUnordered) {
		l.Note("unordered "+l.entry.ID, "environment %q: the list is not newest first; it is read whole", l.entry.Name)
		l.Answer.Deployments = l.Answer.Deployments[:before]
		l.seen, l.oldest = map[string]time.Time{}, time.Time{}
		if end, err = l.readPages(ctx, 0, wholeList); err == nil && end != atEnd {
			err = fmt.Errorf("%w, and longer than was read: nothing is known completely", errUnordered)
		}
	}
	if err == nil {
		err = l.finish(ctx, end)
	}
	if err != nil {
		l.Answer.Deployments = l.Answer.Deployments[:before]
	}
	return err
}

// readNew reads from the head until known results begin, and then one page below them, if
// there may be more.
func (l *resultList) readNew(ctx context.Context) (ending, error) {
	n := l.countKnown()
	if n > 0 || !l.deeper {
		if end, err := l.readPages(ctx, 0, untilKnown); err != nil || end != atGoal || !l.deeper {
			return end, err
		}
	}
	l.oldest = earlier(l.oldest, l.oldestKnown)
	return l.readPages(ctx, max(0, n+l.newRuns-1), onePage)
}

// earlier returns the earlier of two instants; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// countKnown finds how far down the list is known without a gap, and returns how many
// results that are.
func (l *resultList) countKnown() int {
	if l.known.CompleteFrom.IsZero() {
		return 0
	}
	knownTo, n, last := l.known.CompleteFrom.Add(-source.Longest), 0, ""
	for i := range l.known.Deployments {
		d := &l.known.Deployments[i]
		start := cmp.Or(d.Started, d.Start())
		if start.Before(knownTo) {
			continue
		}
		if d.ID != last {
			n, last = n+1, d.ID
		}
		if d.Ran() {
			l.oldestKnown = earlier(l.oldestKnown, start)
		}
	}
	if n > 0 {
		l.knownTo = knownTo
	}
	return n
}

// isKnown reports whether a result is known, and with it what the list has below. An import
// may have brought newer ones, with a gap below: in a list that was read whole only those
// count that had begun by then.
func (l *resultList) isKnown(r *wireResult) bool {
	if !l.known.Has(r.ID.text) {
		return false
	}
	start := r.listDate(l.Now)
	if l.first || l.goal == onePage {
		return !l.knownTo.IsZero() && !start.IsZero() && !start.Before(l.knownTo)
	}
	return !start.After(l.known.Read)
}

// addPage adds the results of a page that this poll did not read before, and returns how
// many. The error is errUnordered.
func (l *resultList) addPage(page []wireResult) (fresh int, err error) {
	var last time.Time
	for i := range page {
		r := &page[i]
		id, start := r.ID.text, r.listDate(l.Now)
		was, repeated := l.seen[id]
		idKnown := l.known.Has(id)
		l.knownListed = l.knownListed || idKnown
		ran := false
		if !repeated || !was.Equal(r.runStart()) { // an id may be given to two runs
			ran = l.add(r, l.entry.Environment) && !start.IsZero()
		}
		switch {
		case l.isKnown(r):
			l.knownSeen++
		case ran && !repeated: // what never ran does not count: the next poll would read the same page
			l.newRuns++
		}
		if !repeated && id != "" {
			fresh++
			l.seen[id] = r.runStart()
		}
		if start.IsZero() {
			continue
		}
		// A server that begins again at its end is not unordered.
		restarts := repeated || idKnown && l.goal == onePage
		if !restarts && l.goal != wholeList && !last.IsZero() && start.After(last.Add(time.Second)) {
			return fresh, errUnordered
		}
		last = start
		if ran {
			l.oldest = earlier(l.oldest, start)
		}
	}
	return fresh, nil
}

// finish notes in entry how the environment was read, when the pages ended so.
func (l *resultList) finish(ctx context.Context, end ending) error {
	if l.knownSeen+l.newRuns == 0 && l.known.Results() > 0 { // users without permission get an empty list
		if _, err := l.environmentByID(ctx, l.entry.ID); err != nil {
			return err
		}
	}
	if end == cutShort && l.oldest.IsZero() {
		return errors.New("the list goes on, or its pages repeat themselves, and no result of it is a run")
	}
	if end == cutShort && l.goal == untilKnown && l.known.Results() > 0 {
		return errors.New("the list was not read down to what is known")
	}
	e := &l.entry
	l.unfinished = l.deeper && (end == atGoal || end == notJoined)
	if l.unfinished && l.client.pages[e.ID] >= l.client.maxPages {
		end, l.unfinished = cutShort, false
	}
	switch {
	case end == notJoined, end == atGoal && l.goal == untilKnown:
		e.From, e.Exhausted = l.known.CompleteFrom, l.known.Exhausted
	case end == atGoal:
		e.From = l.oldest.Add(source.Longest)
		if !l.knownTo.IsZero() && l.known.CompleteFrom.Before(e.From) {
			e.From = l.known.CompleteFrom
		}
	case end == atHorizon:
		e.From = l.Horizon
	default:
		e.From, e.Exhausted = l.oldest, end == atEnd
	}
	if end == cutShort {
		l.Note("incomplete history "+e.ID, "environment %q: history is incomplete before %s: the list goes on, or its pages repeat themselves",
			e.Name, e.From.Format(time.DateOnly))
	}
	e.Reading = source.ReadWhole
	if l.unfinished {
		l.Answer.More = true
	} else {
		l.client.finished[e.ID] = true
	}
	switch {
	case l.first && l.unfinished:
		e.Reading = source.ReadPart
	case !l.first:
		e.Deeper = !e.From.IsZero() && e.From.Before(l.known.CompleteFrom)
		if !l.knownListed && l.known.Results() > 0 && l.newRuns > 0 {
			l.Note("gap "+e.ID, "environment %q: none of the known results is listed any more: deployments since the last poll may be missing", e.Name)
		}
	}
	return nil
}
