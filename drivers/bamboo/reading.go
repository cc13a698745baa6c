package bamboo

import (
	"context"
	"errors"
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
// already seen, and results removed meanwhile cannot open a hole between pages.
// Nothing is derived from the answer's size.
type reading struct {
	*poll
	env   rules.Environment
	index int
	total int

	from      time.Time // coverage known before
	exhausted bool
	steady    bool // a known result on a page means that the rest is known

	horizon   time.Time
	seen      map[wireID]bool
	active    map[string]bool // known results that were running, not met yet
	found     []rules.Deployment
	oldest    time.Time // earliest start met
	last      time.Time // start of the element read last
	unordered bool
	met       bool // a known result
	stopped   bool // the list is whole, but the server is not to be asked on
	pages     int
	claimed   int64 // the size that the first page said; 0: none
}

// run reads the list and the running results that it did not show, and sets the
// environment's coverage. On an error nothing of the environment is to be used:
// facts from newer pages would hide, in the next poll, that older ones are missing.
func (r *reading) run(ctx context.Context) error {
	r.horizon = r.client.opts.HistoryFrom
	if r.horizon.IsZero() {
		r.horizon = r.now.AddDate(-2, 0, 0)
	}
	r.seen = map[wireID]bool{}
	r.active = map[string]bool{}
	for _, id := range r.known.Active(r.env.ID) {
		r.active[id] = true
	}
	from, exhausted, ok := r.known.Complete(r.env.ID)
	if ok {
		r.from, r.exhausted = from, exhausted
	}
	deeper := !exhausted && r.horizon.Before(from) && !r.client.deepened[r.env.ID]
	r.steady = ok && !from.IsZero() && !deeper
	if err := r.list(ctx); err != nil {
		return err
	}
	r.client.deepened[r.env.ID] = true
	r.reread(ctx)
	return nil
}

// list pages until the list ends, the horizon is passed, or known results begin.
func (r *reading) list(ctx context.Context) error {
	repeats, back := 0, 1
	bare := true // the next page need not overlap
	for start := 0; r.pages < r.client.opts.MaxPages; {
		page, err := r.page(ctx, start)
		if err != nil {
			return err
		}
		results := *page.Results
		if r.claimed == 0 {
			r.claimed = int64(page.Size)
		}
		if len(results) == 0 {
			return r.ended(int64(page.Size))
		}
		if !bare && !r.overlaps(results) {
			if start == 0 {
				return errors.New("bamboo: the list was replaced while it was read")
			}
			start, back = max(0, start-back), 2*back
			continue
		}
		// Pages of one element cannot overlap and move on.
		bare, back = len(results) == 1, 1
		fresh, err := r.take(results)
		if err != nil {
			return err
		}
		r.progress(Progress{
			Environment: r.env.Name, Index: r.index, Total: r.total,
			Pages: r.pages, Results: len(r.seen), Oldest: r.oldest, Horizon: r.horizon,
		})
		if r.reached() {
			return nil
		}
		if fresh == 0 {
			// The end of the list, or a server that does not page: ask behind.
			if repeats++; repeats == maxRepeats {
				return r.incomplete("the pages repeat themselves")
			}
			start += len(results)
			continue
		}
		repeats = 0
		start += max(1, len(results)-1)
	}
	return r.incomplete(fmt.Sprintf("stopped after %d pages", r.pages))
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

func (r *reading) overlaps(results []wireResult) bool {
	return slices.ContainsFunc(results, func(e wireResult) bool { return r.seen[e.ID] })
}

// take adds a page's results that were not seen before and counts them.
func (r *reading) take(results []wireResult) (fresh int, err error) {
	// What stands before the overlap came after the pages that were read.
	joint := slices.IndexFunc(results, func(e wireResult) bool { return r.seen[e.ID] })
	for i := range results {
		e := &results[i]
		if r.seen[e.ID] {
			continue
		}
		fresh++
		if err := r.add(e); err != nil {
			return 0, err
		}
		if i > joint {
			r.follow(e.start())
		}
	}
	return fresh, nil
}

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
	if r.known.Final(r.env.ID, d.ID) || r.active[d.ID] {
		r.met = true
	}
	delete(r.active, d.ID)
	return nil
}

// follow notes the start of the next element of the list.
func (r *reading) follow(start time.Time) {
	if start.IsZero() {
		return
	}
	if !r.last.IsZero() && start.After(r.last) {
		r.unordered = true
		r.note(Note{NoteUnordered, r.env.ID, fmt.Sprintf("environment %q: the list is not newest first; it is read whole", r.env.Name)})
	}
	r.last = start
	if r.oldest.IsZero() || start.Before(r.oldest) {
		r.oldest = start
	}
}
