package bamboo

import (
	"errors"
	"slices"
	"time"
)

// cursor is the place in the list.
type cursor struct {
	start   int  // index from which the next page is asked for
	back    int  // how far to step back if that page does not join
	longest int  // results on a page so far
	short   bool // the page before had fewer: the list ended there
	repeats int  // pages in a row that brought nothing new
}

// join reports whether no result can be missing between those that were read and
// a page. Else it sets the cursor to another one.
func (r *reading) join(results []wireResult) (bool, error) {
	overlaps := r.overlaps(results)
	switch {
	case r.jump.flying:
		if !overlaps && !r.lands(results) {
			var far time.Time
			if len(results) > 0 {
				far = results[0].start()
			}
			r.at.start = r.jump.shorten(far)
			return false, nil
		}
		r.jump.land(overlaps)
	case overlaps, r.at.longest <= 1: // pages of one cannot overlap and move on
	case len(results) == 0 && r.at.short:
	case r.at.start == 0:
		return false, errors.New("bamboo: the list was replaced while it was read")
	default:
		r.at.start, r.at.back = max(0, r.at.start-r.at.back), 2*r.at.back
		return false, nil
	}
	return true, nil
}

// overlaps reports whether results of a page were seen, so that what stands around
// them follows on them. After older ones they do not: the list begins anew there.
func (r *reading) overlaps(results []wireResult) bool {
	i := slices.IndexFunc(results, r.saw)
	if i < 1 {
		return i == 0
	}
	above := results[i-1].start()
	return above.IsZero() || !results[i].start().After(above)
}

// advance sets the cursor behind a page of n results, fresh of them not seen
// before. known says that all were known before the poll, and so may be those that
// follow. It returns false if the list does not go on.
func (r *reading) advance(n, fresh int, known bool) bool {
	r.at.back, r.at.longest = 1, max(r.at.longest, n)
	r.at.short = n < r.at.longest
	if fresh == 0 {
		// The end of the list, or a server that does not page: ask behind.
		r.at.repeats++
		r.at.start += n
		return r.at.repeats < maxRepeats
	}
	r.at.repeats = 0
	if known && !r.unordered {
		r.at.start = r.jump.ahead(r.at.start, n, r.last)
	} else {
		r.at.start += max(1, n-1)
	}
	return true
}
