package bamboo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const (
	firstPage  = 25  // Bamboo's default; enough for a steady poll
	laterPages = 100 // asked for, not relied on
	maxRepeats = 3   // pages in a row that bring nothing new
)

// A goal is where a walk down the list ends, unless the list does before.
type goal int

const (
	toKnown   goal = iota // where known results begin
	onePage               // after a page that brought something new
	wholeList             // at its end
)

// A stop is why a walk ended.
type stop int

const (
	atGoal    stop = iota
	atHorizon      // older results are not asked for
	atEnd          // of the list
	cutShort       // the list may go on
	lost           // the start does not join what is known
)

// walk reads pages, the first of them at an index. Pages are joined by overlap: each is
// asked for from the last element that was read, not from the one behind it, so that
// results added meanwhile show as already seen, and results removed meanwhile cannot open
// a hole between pages or before the end. Where a page does not join, the walk steps back.
func (r *reading) walk(ctx context.Context, start int, to goal) (stop, error) {
	r.goal, r.met = to, 0
	back, repeats, taken := 1, 0, false
	most, bottom := 0, 0 // results on a page, and index below the lowest one, so far
	for pages := range r.client.opts.MaxPages {
		page, err := r.page(ctx, start, pages)
		if err != nil {
			return 0, err
		}
		if to == onePage {
			r.client.turned[r.entry.ID]++
		}
		results := page.Results
		n := len(results)
		switch {
		case n == 0 && (start == 0 || repeats > 0 || most == 1):
			return r.end(bottom, string(page.Size))
		case start == 0 && !taken && (to != onePage || r.reach.IsZero()):
		case taken && most == 1 && n == 1: // pages of one cannot overlap and move on
		case r.joins(results):
		case start == 0 && !taken:
			return lost, nil
		case start == 0:
			return 0, errors.New("the list was replaced while it was read")
		default:
			start, back = max(0, start-back), 2*back
			continue
		}
		taken = true
		novel := r.novel
		fresh, err := r.take(results)
		if err != nil {
			return 0, err
		}
		if s, ok := r.arrived(r.novel > novel); ok {
			return s, nil
		}
		back, most, bottom = 1, max(most, n), max(bottom, start+n)
		if fresh > 0 {
			start, repeats = start+max(1, n-1), 0
			continue
		}
		// The end of the list, or a server that does not page: ask behind.
		start, repeats = start+n, repeats+1
		if repeats == maxRepeats {
			break
		}
	}
	if !taken {
		return lost, nil
	}
	return cutShort, nil
}

// arrived reports whether a walk ends with the page that was just read, and why. novel
// says that it brought something new.
func (r *reading) arrived(novel bool) (stop, bool) {
	if r.goal == onePage {
		r.client.opts.Progress(Progress{
			Environment: r.entry.Name, Results: r.known.Results() + r.novel, Oldest: r.oldest, Horizon: r.horizon,
		})
	}
	switch {
	case r.goal == toKnown && r.met > 0:
		return atGoal, true
	case r.goal == wholeList || r.oldest.IsZero():
		return 0, false
	case r.goal == toKnown: // or all that is listed below may be unlisted
		known := r.reach
		if !r.lower {
			known = r.known.CompleteFrom
		}
		return atGoal, r.oldest.Before(known)
	case r.oldest.Before(r.horizon.Add(-longest)):
		return atHorizon, true
	}
	return atGoal, novel
}

// end is the stop at an empty page. The size that it claims is only believed when it says
// that there is more than was listed.
func (r *reading) end(listed int, size string) (stop, error) {
	claimed, _ := strconv.ParseInt(size, 10, 64)
	if claimed <= int64(listed) {
		return atEnd, nil
	}
	if len(r.seen) == 0 {
		return 0, fmt.Errorf("the list is empty, though its size is said to be %d", claimed)
	}
	return cutShort, nil
}

// joins reports whether no result can be missing between those that were read, or are
// known, and a page. After older results it does not join: the list begins anew there.
func (r *reading) joins(page []wireResult) bool {
	for i := range page {
		if _, again := r.seen[page[i].ID.text]; !again && !(r.goal == onePage && r.knows(&page[i])) {
			continue
		}
		if i == 0 || r.goal == wholeList {
			return true
		}
		above := page[i-1].start(r.now)
		return above.IsZero() || !page[i].start(r.now).After(above.Add(time.Second))
	}
	return false
}

func (r *reading) page(ctx context.Context, start, before int) (*wirePage, error) {
	size := strconv.Itoa(laterPages)
	if r.goal == toKnown && before == 0 {
		size = strconv.Itoa(firstPage)
	}
	// Which of the two names this call heeds is not documented.
	query := map[string][]string{"start-index": {strconv.Itoa(start)}, "max-result": {size}, "max-results": {size}}
	call := "deploy/environment/" + r.entry.ID + "/results"
	page := new(wirePage)
	if err := r.get(ctx, call, query, page); err != nil {
		return nil, err
	}
	if page.Results == nil {
		return nil, &rest.StatusError{Status: http.StatusOK, URL: r.show(call), Length: -1, Why: "the answer has no results"}
	}
	return page, nil
}
