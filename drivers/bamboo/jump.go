package bamboo

import "time"

// maxStride bounds a jump, in elements of the list.
const maxStride = 1 << 20

// jump skips pages in a stretch of the list of which every result is known: an
// interrupted reading goes on behind it, and so does one for an earlier horizon.
//
// New results only ever come above known ones. So below a known result all that
// began after edge is known too, and a page may be asked for further on: if it
// begins with such a result, nothing is missed between. Only what a page holds is
// believed, not its index: results that come and go meanwhile, and guesses that are
// wrong, cost requests at the most.
//
// Strides double at least, as long as pages are known, and one that was too far is
// halved at least, so that the edge takes some log(pages) requests to find. How
// close results stand in time mostly tells better where it is.
type jump struct {
	edge    time.Time // all that began after it is known; zero: no jumps
	newest  time.Time // start of the list's first element
	last    time.Time // start of the element that was read last
	base    int       // index at which to go on without a jump
	behind  int       // index behind the page that was read last
	length  int       // of that page
	stride  int       // from base
	least   int       // that a stride is to be
	limit   int       // lowest index found to be too far; 0: none
	far     time.Time // start of the element there; zero: not known
	flying  bool      // the page that is asked for next lies ahead
	skipped int       // elements that no page showed
}

// ahead returns the index at which to go on after a page of n known results, the
// last of which started at an instant.
func (j *jump) ahead(start, n int, last time.Time) int {
	j.base, j.behind, j.length, j.last = start+max(1, n-1), start+n, n, last
	if j.limit <= j.base {
		j.limit = 0
	}
	j.least = max(2*j.least, n)
	return j.aim()
}

// shorten returns the index at which to go on when a page lay too far, whose first
// result started at an instant; zero: it has none.
func (j *jump) shorten(far time.Time) int {
	j.limit, j.far = j.base+j.stride, far
	j.least = j.length
	return j.aim()
}

// aim sets the stride and returns where it leads.
func (j *jump) aim() int {
	j.least = min(j.least, maxStride)
	j.stride = max(j.least, j.guess())
	if j.limit > 0 {
		j.stride = min(j.stride, (j.limit-j.base)/2)
	}
	if j.flying = j.stride >= j.length; !j.flying {
		return j.base
	}
	return j.base + j.stride
}

// guess returns how many elements ahead the edge is, or rather less, by how close
// results stand before the limit, or else so far. 0 is no guess.
func (j *jump) guess() int {
	elements, span := j.base, j.newest.Sub(j.last)
	if j.limit > 0 && !j.far.IsZero() {
		elements, span = j.limit-j.base, j.last.Sub(j.far)
	}
	if span <= 0 {
		return 0
	}
	guess := float64(elements) * float64(j.last.Sub(j.edge)) / float64(span)
	return int(min(guess*7/8, maxStride))
}

// land ends a jump with a page that is taken.
func (j *jump) land(overlaps bool) {
	j.flying = false
	if !overlaps {
		j.skipped += j.base + j.stride - j.behind
	}
}

// lands reports whether a page that was jumped to joins what was read, with only
// known results between.
func (r *reading) lands(results []wireResult) bool {
	// One newer than the last stands above the jump: the list has grown by more.
	return len(results) > 0 && r.isCovered(&results[0]) && !results[0].start().After(r.last)
}

// knowsAll reports whether a page lies whole in the stretch that may be jumped over.
func (r *reading) knowsAll(results []wireResult) bool {
	for i := range results {
		if !r.isCovered(&results[i]) {
			return false
		}
	}
	return true
}

// isCovered reports whether a result is known, and with it all that stands between
// it and the edge.
func (r *reading) isCovered(e *wireResult) bool {
	return !r.jump.edge.IsZero() && e.start().After(r.jump.edge) && (r.seen[e.ID] || r.knows(e.ID.String()))
}

// knows reports whether a result was known before the poll.
func (r *reading) knows(id string) bool {
	return r.active[id] || r.known.Final(r.env.ID, id)
}
