package bamboo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const (
	firstPage  = 25  // Bamboo's default; enough for a steady poll
	laterPages = 100 // asked for, not relied on
	maxRepeats = 3   // pages in a row that bring nothing new
)

// A goal is where reading pages ends, unless the list does before.
type goal int

const (
	untilKnown goal = iota // where known results begin
	onePage                // after a page that brought something new
	wholeList              // at its end
)

// An ending is why the pages were not read on.
type ending int

const (
	atGoal    ending = iota
	atHorizon        // older results are not asked for
	atEnd            // of the list
	cutShort         // the list may go on
	notJoined        // the first page does not join what is known
)

// readPages reads pages from an index of the list on. Pages are joined by overlap: each is
// asked for from the last element that was read, not from the one behind it, so that
// results added meanwhile show as already seen, and results removed meanwhile cannot open
// a hole between pages or before the end. Where a page does not join, an earlier one is read.
func (l *resultList) readPages(ctx context.Context, start int, to goal) (ending, error) {
	l.goal, l.knownSeen = to, 0
	back, repeats, joined := 1, 0, false
	most, bottom := 0, 0 // results on a page, and index below the lowest one, so far
	for n := range l.client.maxPages {
		page, err := l.page(ctx, start, to == untilKnown && n == 0)
		if err != nil {
			return 0, err
		}
		if to == onePage {
			l.client.pages[l.entry.ID]++
		}
		size := len(page.Results)
		switch first := start == 0 && !joined; {
		case size == 0 && (start == 0 || repeats > 0 || most == 1):
			return l.emptyPage(bottom, string(page.Size))
		case first && (to != onePage || l.knownTo.IsZero()):
		case joined && most == 1 && size == 1: // pages of one cannot overlap and move on
		case l.joins(page.Results):
		case first:
			return notJoined, nil
		case start == 0:
			return 0, errors.New("the list was replaced while it was read")
		default:
			start, back = max(0, start-back), 2*back
			continue
		}
		joined = true
		runs := l.newRuns
		fresh, err := l.addPage(page.Results)
		if err != nil {
			return 0, err
		}
		if end, ok := l.reached(l.newRuns > runs); ok {
			return end, nil
		}
		back, most, bottom = 1, max(most, size), max(bottom, start+size)
		if fresh > 0 {
			start, repeats = start+max(1, size-1), 0
			continue
		}
		// The end of the list, or a server that does not page: ask behind.
		start, repeats = start+size, repeats+1
		if repeats == maxRepeats {
			break
		}
	}
	if !joined {
		return notJoined, nil
	}
	return cutShort, nil
}

// reached reports whether the page that was just read is the last, and why. newRuns says
// that it brought some.
func (l *resultList) reached(newRuns bool) (ending, bool) {
	if l.goal == onePage {
		l.Opts.Progress(source.Progress{
			Environment: l.entry.Name, Results: l.known.Results() + l.newRuns, Oldest: l.oldest, Horizon: l.Horizon,
		})
	}
	switch {
	case l.goal == untilKnown && l.knownSeen > 0:
		return atGoal, true
	case l.goal == wholeList || l.oldest.IsZero():
		return 0, false
	case l.goal == untilKnown: // or all that is listed below may be unlisted
		known := l.knownTo
		if !l.deeper {
			known = l.known.CompleteFrom
		}
		return atGoal, l.oldest.Before(known)
	case l.oldest.Before(l.Horizon.Add(-source.Longest)):
		return atHorizon, true
	}
	return atGoal, newRuns
}

// emptyPage says what an empty page means. The size that it claims is only believed when it
// says that there is more than was listed.
func (l *resultList) emptyPage(listed int, size string) (ending, error) {
	claimed, _ := strconv.ParseInt(size, 10, 64)
	switch {
	case claimed <= int64(listed):
		return atEnd, nil
	case len(l.seen) == 0:
		return 0, fmt.Errorf("the list is empty, though its size is said to be %d", claimed)
	}
	return cutShort, nil
}

// joins reports whether no result can be missing between those that were read, or are
// known, and a page. After older results it does not join: the list begins anew there.
func (l *resultList) joins(page []wireResult) bool {
	for i := range page {
		if _, repeated := l.seen[page[i].ID.text]; !repeated && !(l.goal == onePage && l.isKnown(&page[i])) {
			continue
		}
		if i == 0 || l.goal == wholeList {
			return true
		}
		above := page[i-1].listDate(l.Now)
		return above.IsZero() || !page[i].listDate(l.Now).After(above.Add(time.Second))
	}
	return false
}

// page asks for one page.
func (l *resultList) page(ctx context.Context, start int, short bool) (*wirePage, error) {
	size := strconv.Itoa(laterPages)
	if short {
		size = strconv.Itoa(firstPage)
	}
	// Which of the two names the server goes by is not documented.
	query := map[string][]string{"start-index": {strconv.Itoa(start)}, "max-result": {size}, "max-results": {size}}
	call := "deploy/environment/" + l.entry.ID + "/results"
	page := new(wirePage)
	if err := l.get(ctx, call, query, page); err != nil {
		return nil, err
	}
	if page.Results == nil {
		return nil, &rest.StatusError{Status: http.StatusOK, URL: l.show(call), Length: -1, Why: "the answer has no results"}
	}
	return page, nil
}
