package rules

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// A NearMiss is a final deployment that counts and came close to a forbidden
// window without meeting it.
type NearMiss struct {
	Deployment Deployment
	Distance   time.Duration // from its interval to the window; 0 if it began at the window's end
	Before     bool          // it ended before the window, else it began after it
	Met        Met           // the window
}

// A nearMiss is one and where its interval begins.
type nearMiss struct {
	NearMiss
	start time.Time
}

// nearMisses are those that no later one came as close as, or closer: from any
// instant on, the first of them came closest. They are few: on average their
// number grows with the logarithm of the deployments.
type nearMisses []nearMiss // by start, and so by distance

// add takes in a deployment that met nothing. One that an exception names is not
// looked at: which windows hold for it is not simple.
func (n *nearMisses) add(j *Judge, d *Deployment, start, end time.Time) {
	if slices.ContainsFunc(j.exceptions, func(e exception) bool { return e.matches(d) }) {
		return
	}
	f := &j.forbidden
	m := nearMiss{start: start}
	m.Distance = -1
	back, second := -never, int64(0)
	if next := f.nextIn(end.Unix(), nil); next != never {
		m.Distance, m.Before, second = time.Unix(next, 0).Sub(end), true, next
		back = start.Unix() - (next - end.Unix()) - 1
	}
	if last, ok := f.overlap(back, start.Unix(), nil); ok {
		if distance := start.Sub(time.Unix(last, 0)); m.Distance < 0 || distance < m.Distance {
			m.Distance, m.Before, second = distance, false, last-1
		}
	}
	if m.Distance < 0 {
		return
	}
	list := *n
	i := sort.Search(len(list), func(i int) bool { return !list[i].start.Before(start) })
	if i < len(list) {
		switch other := &list[i]; {
		case other.Distance < m.Distance,
			other.Distance == m.Distance && (other.start.After(start) || before(&other.Deployment, d)):
			return
		}
	}
	m.Deployment = *d
	m.Met, _ = j.met(f, second, nil)
	first, last := i, i
	for last < len(list) && list[last].start.Equal(start) {
		last++
	}
	for first > 0 && list[first-1].Distance >= m.Distance {
		first--
	}
	*n = slices.Replace(list, first, last, m)
}

// before orders deployments by their ids.
func before(a, b *Deployment) bool {
	if a.ID != b.ID {
		return a.ID < b.ID
	}
	return strings.Compare(a.EnvironmentID, b.EnvironmentID) < 0
}

// since returns the closest of those that began at or after t; nil if none did.
func (n nearMisses) since(t time.Time) *NearMiss {
	for i := range n {
		if !n[i].start.Before(t) {
			m := n[i].NearMiss // an explanation may be completed
			return &m
		}
	}
	return nil
}
