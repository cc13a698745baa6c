package jsonl

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// maxRuns bounds the deployments of one file: a policy keeps no more.
const maxRuns = 200_000

var errTooMany = fmt.Errorf("is one deployment more than %d: move older ones to another file", maxRuns)

var seed = maphash.MakeSeed()

// hash returns short keys for a run, and for all lines of its id. An unusable line is of no
// run, and has the key of its id for both.
func hash(d *rules.Deployment, now time.Time) (run, id uint64) {
	id = maphash.Comparable(seed, source.Ref{EnvironmentID: d.EnvironmentID, ID: d.ID})
	if !usable(d, now) {
		return id, id
	}
	return maphash.Comparable(seed, [2]uint64{id, uint64(d.Start().Unix())}), id
}

// records are deployments in the order of their lines, without superseded ones.
type records struct {
	now  time.Time
	list []rules.Deployment
	last map[uint64]int // the last record by hash; of a run: that does not repeat an older one
}

// newRecords makes room for n runs: growing a list takes more than twice its memory.
func newRecords(n int, now time.Time) *records {
	return &records{now, make([]rules.Deployment, 0, n), make(map[uint64]int, 2*n)}
}

// add adds the deployment of a line.
func (r *records) add(d *rules.Deployment) error {
	run, id := hash(d, r.now)
	at, again := r.last[run]
	if again && run != id {
		old := &r.list[at]
		switch denied := old.Ran() && !d.Ran(); {
		case old.Final() && !d.Final() && old.Ran(), d.Final() && sameRecord(old, d):
			return nil
		case !old.Final() && !denied && r.last[id] == at:
			d.Version, d.URL = cmp.Or(old.Version, d.Version), cmp.Or(d.URL, old.URL)
			d.Project, d.Environment = cmp.Or(old.Project, d.Project), old.Environment // as first seen
			*old = *d
			return nil
		}
	}
	// An unusable line replaces another one. A record that repeats an older one says only
	// that its run is the last of the id, and the next record replaces it.
	end, more := r.last[id]
	last := id
	if more {
		last, _ = hash(&r.list[end], r.now)
	}
	if !more || (last == id) != (run == id) || last != id && r.last[last] == end {
		if end = len(r.list); end == maxRuns {
			return errTooMany
		}
		r.list = append(r.list, rules.Deployment{})
	}
	if !again || !sameRecord(&r.list[at], d) {
		r.last[run] = end
	}
	r.list[end], r.last[id] = *d, end
	return nil
}

// sameRecord reports whether two records of a run say the same of its state and dates.
func sameRecord(a, b *rules.Deployment) bool {
	return a.State == b.State && a.LifeCycle == b.LifeCycle &&
		a.Started.Equal(b.Started) && a.Executed.Equal(b.Executed) && a.Finished.Equal(b.Finished)
}

// vanished returns the known running or waiting runs of an environment without a line.
func (r *records) vanished(k *source.KnownEnvironment) (gone []source.Ref) {
	if k == nil {
		return nil
	}
	for i := range k.Deployments {
		d := &k.Deployments[i]
		run, id := hash(d, r.now)
		_, has := r.last[run]
		at, other := r.last[id]
		if !d.Final() && !has && (!other || r.list[at].Final() && usable(&r.list[at], r.now)) {
			gone = append(gone, source.Ref{EnvironmentID: k.ID, ID: d.ID})
		}
	}
	return gone
}
