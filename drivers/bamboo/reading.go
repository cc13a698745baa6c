package bamboo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	firstPage  = 25  // Bamboo's default; enough for a steady poll
	laterPages = 100 // asked for, not relied on
	maxRepeats = 3   // pages in a row that bring nothing new

	// A deployment that was running at the horizon began before it.
	longest = 7 * 24 * time.Hour
)

// reading is one environment's list of results, newest first, as far as it was
// read in one poll.
//
// Pages are joined by overlap: each is asked for from the last element that was
// read, not from the one behind it, so that results added meanwhile show as
// already seen, and results removed meanwhile cannot open a hole between pages or
// before the end. Known stretches are jumped over, see [jump]. Nothing is derived
// from the answer's size.
type reading struct {
	*poll
	env   rules.Environment
	index int
	total int

	from      time.Time // coverage known before
	exhausted bool
	first     bool // the list was never read whole: from is where that was cut off
	steady    bool // a known result on a page means that the rest is known

	horizon   time.Time
	seen      map[wireID]bool
	active    map[string]bool // known results that were running, not met yet
	found     []rules.Deployment
	oldest    time.Time // earliest start met
	last      time.Time // start of the element before the cursor
	told      time.Time // earliest start that progress told
	unordered bool
	met       bool // a known result
	stopped   bool // the list is whole, but the server is not to be asked on
	more      bool // the list goes on in the next poll
	pages     int
	claimed   int64 // the size that the first page said; 0: none

	at   cursor
	jump jump
}

// run reads the list and the running results that it did not show, and sets the
// environment's coverage. After an error only what [reading.interrupted] allows is
// to be used: facts from newer pages would hide, in the next poll, that older ones
// are missing.
func (r *reading) run(ctx context.Context) error {
	r.horizon = r.client.opts.HistoryFrom
	if r.horizon.IsZero() {
		r.horizon = r.now.AddDate(-2, 0, 0)
	}
	from, exhausted, ok := r.known.Complete(r.env.ID)
	deeper := ok && !exhausted && r.horizon.Before(from) && !r.client.deepened[r.env.ID]
	r.from, r.exhausted, r.first = from, ok && exhausted, !ok
	r.steady = ok && !from.IsZero() && !deeper
	r.begin()
	switch {
	case from.IsZero():
	case deeper:
		r.jump.edge = from
	case !ok:
		r.jump.edge = from.Add(-longest)
	}
	if err := r.list(ctx); err != nil || r.more {
		r.client.turned[r.env.ID] += r.pages
		return err
	}
	delete(r.client.turned, r.env.ID)
	r.client.deepened[r.env.ID] = true
	r.reread(ctx)
	return nil
}

// begin goes to the head of the list, with nothing read and nothing to jump over.
func (r *reading) begin() {
	r.seen, r.found = map[wireID]bool{}, nil
	r.last, r.oldest = time.Time{}, time.Time{}
	r.met, r.unordered = false, false
	r.active = map[string]bool{}
	for _, id := range r.known.Active(r.env.ID) {
		r.active[id] = true
	}
	r.at, r.jump = cursor{back: 1}, jump{}
}

// list pages until the list ends, the horizon is passed, or known results begin.
func (r *reading) list(ctx context.Context) error {
	for r.pages < r.client.opts.MaxPages {
		page, err := r.page(ctx, r.at.start)
		if err != nil {
			return err
		}
		results := *page.Results
		if r.claimed == 0 {
			r.claimed = int64(page.Size)
		}
		if joined, err := r.join(results); err != nil {
			return err
		} else if !joined {
			continue
		}
		if len(results) == 0 {
			return r.ended(int64(page.Size))
		}
		known := r.knowsAll(results)
		fresh, err := r.take(results)
		if err != nil {
			return err
		}
		r.report()
		switch {
		case r.unordered && r.jump.skipped > 0:
			r.begin() // what was jumped over may be anything
		case r.reached():
			return nil
		case r.batched():
			r.more = true
			return nil
		case !r.advance(len(results), fresh, known):
			return r.incomplete("the pages repeat themselves")
		}
	}
	return r.incomplete(fmt.Sprintf("stopped after %d pages", r.pages))
}

// report tells how far the reading has come.
func (r *reading) report() {
	if r.told.IsZero() || !r.oldest.IsZero() && r.oldest.Before(r.told) {
		r.told = r.oldest
	}
	r.progress(Progress{
		Environment: r.env.Name, Index: r.index, Total: r.total, Pages: r.pages,
		Results: len(r.seen), Now: r.now, Oldest: r.told, Horizon: r.horizon,
	})
}

// page asks for one page.
func (r *reading) page(ctx context.Context, start int) (*wirePage, error) {
	size := firstPage
	if r.pages > 0 || !r.steady {
		size = laterPages
	}
	r.pages++
	// Which of the two names this call heeds is not documented.
	query := url.Values{
		"start-index": {strconv.Itoa(start)},
		"max-result":  {strconv.Itoa(size)},
		"max-results": {strconv.Itoa(size)},
	}
	path := "deploy/environment/" + r.env.ID + "/results"
	page := new(wirePage)
	if err := r.get(ctx, path, query, page); err != nil {
		return nil, err
	}
	if page.Results == nil {
		return nil, &StatusError{Status: http.StatusOK, URL: r.client.show(path), Version: r.client.version,
			Why: "the answer has no results"}
	}
	return page, nil
}

// take adds a page's results that were not seen before and counts them. On an
// error nothing of the page is taken.
func (r *reading) take(results []wireResult) (fresh int, err error) {
	before := *r
	if slices.ContainsFunc(results, r.saw) {
		r.last = time.Time{} // the page tells what its results follow
	}
	for i := range results {
		e := &results[i]
		isNew := !r.seen[e.ID]
		if isNew {
			fresh++
			if err := r.add(e); err != nil {
				*r = before
				return 0, err
			}
		}
		r.follow(e.start(), isNew)
	}
	return fresh, nil
}

func (r *reading) saw(e wireResult) bool { return r.seen[e.ID] }

// add adds one result.
func (r *reading) add(e *wireResult) error {
	r.seen[e.ID] = true
	d, notes, err := r.deployment(e, r.env)
	if err != nil {
		if r.oldest.IsZero() || !r.oldest.Before(r.horizon.Add(-longest)) {
			return err
		}
		r.note(Note{NoteSkipped, e.ID.String(), fmt.Sprintf("%v; it began before the horizon and is left out", err)})
		return nil
	}
	for _, n := range notes {
		r.note(n)
	}
	r.found = append(r.found, d)
	r.met = r.met || r.knows(d.ID)
	delete(r.active, d.ID)
	return nil
}

// follow notes the start of the next element of the list, zero if it has none.
func (r *reading) follow(start time.Time, isNew bool) {
	if start.IsZero() {
		return
	}
	// A server that does not page, or begins again at its end, is not unordered.
	if isNew && !r.last.IsZero() && start.After(r.last) {
		r.unordered = true
		r.note(Note{NoteUnordered, r.env.ID, fmt.Sprintf("environment %q: the list is not newest first; it is read whole", r.env.Name)})
	}
	r.last = start
	if r.jump.newest.IsZero() {
		r.jump.newest = start
	}
	if r.oldest.IsZero() || start.Before(r.oldest) {
		r.oldest = start
	}
}
