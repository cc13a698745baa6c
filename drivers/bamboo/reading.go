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
	maxActive  = 50  // running results of an environment that are asked for one by one

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
		return nil, &StatusError{Status: http.StatusOK, URL: r.client.show(path), Version: r.client.serverVersion(),
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
	d, notes, err := r.client.deployment(e, r.env)
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
// answer's size, which is only believed when it says that there is more.
func (r *reading) ended(claimed int64) error {
	if len(r.seen) == 0 {
		switch {
		case !r.from.IsZero():
			return &MissingError{Environments: []string{r.env.Name}, Why: "its list is empty, but results of it are known"}
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
	if claimed > int64(len(r.seen)) {
		return r.incomplete(fmt.Sprintf("the list ended after %d of %d results", len(r.seen), claimed))
	}
	r.cover(r.oldest, true)
	return nil
}

// incomplete sets the coverage of a list that goes on, or may go on.
func (r *reading) incomplete(why string) error {
	if r.unordered || r.oldest.IsZero() {
		return fmt.Errorf("bamboo: %s, and the list is not newest first: nothing is known completely", why)
	}
	r.note(Note{NoteIncomplete, r.env.ID, fmt.Sprintf("environment %q: history is incomplete before %s: %s",
		r.env.Name, r.oldest.Format(time.DateOnly), why)})
	r.cover(r.oldest, false)
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

// reread asks for the known running results that the pages did not show. What
// cannot be read stays as it is known, and is an error that makes it stale.
func (r *reading) reread(ctx context.Context) {
	ids := make([]string, 0, len(r.active))
	for id := range r.active {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for i, id := range ids {
		if i == maxActive {
			r.fail(r.env, fmt.Errorf("bamboo: %d more results that were running were not asked for again", len(ids)-i))
			return
		}
		if err := r.rereadOne(ctx, id); err != nil {
			r.fail(r.env, err)
			if r.stops(ctx, err) {
				r.stopped = true
				return
			}
		}
	}
}

func (r *reading) rereadOne(ctx context.Context, id string) error {
	vanished := func(err error) error {
		return &MissingError{Environments: []string{r.env.Name}, Err: err,
			Why: fmt.Sprintf("its result %s vanished while it ran and counts as running until it is excepted", id)}
	}
	if at, ok := r.client.gone[id]; ok && isHeld(at, r.now) {
		return vanished(nil)
	}
	var result wireResult
	err := r.get(ctx, "deploy/result/"+id, nil, &result)
	var answer *StatusError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		r.client.gone[id] = r.now
		return vanished(err)
	}
	if err != nil {
		return err
	}
	delete(r.client.gone, id)
	if result.ID.String() != id {
		return fmt.Errorf("bamboo: GET %s: the answer is of result %s", r.client.show("deploy/result/"+id), result.ID)
	}
	d, notes, err := r.client.deployment(&result, r.env)
	if err != nil {
		return err
	}
	for _, n := range notes {
		r.note(n)
	}
	r.found = append(r.found, d)
	return nil
}
