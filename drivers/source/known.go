package source

import (
	"net/netip"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Known is all that is known of one source. The zero Known, with its key, knows nothing. A
// Known never changes: a merge makes another one, which shares what stayed the same. So
// any number of goroutines may read it.
type Known struct {
	Key
	FirstRead    time.Time          // when the first poll began that read the source whole
	Good         time.Time          // when the last one did
	Selection    string             // what that one selected, see [Selection.String]
	Failed       time.Time          // when the last poll failed, if that was after Good
	Failure      string             // why
	Environments []KnownEnvironment // by id
}

// A Key identifies a source: by its name in the policy, and by its address without the
// scheme, or the absolute path of its file.
type Key struct{ Name, Address string }

// IsLoopback reports whether a host is this machine, without asking DNS.
func IsLoopback(host string) bool {
	addr, _ := netip.ParseAddr(host)
	return addr.IsLoopback() || strings.EqualFold(host, "localhost")
}

// A KnownEnvironment is one of a source, with its deployments.
type KnownEnvironment struct {
	rules.Environment            // Deployments are ordered by [CompareRuns]
	Partial           bool       // the first reading goes on, and came to CompleteFrom
	Read              time.Time  // when the last poll began that read it whole
	Gone              bool       // the last complete list of the source lacked it
	Retired           bool       // a person said that it is gone for good
	Unusable          []Unusable // records that cannot be judged, by id
	FirstSeen         time.Time  // when it was first listed
}

// CompareRuns orders the deployments of an environment: by id, then by start.
func CompareRuns(a, b rules.Deployment) int {
	if c := strings.Compare(a.ID, b.ID); c != 0 {
		return c
	}
	return a.Start().Compare(b.Start())
}

// Environment returns the environment of an id, nil if it is not known.
func (k *Known) Environment(id string) *KnownEnvironment {
	i, ok := sort.Find(len(k.Environments), func(i int) int { return strings.Compare(id, k.Environments[i].ID) })
	if !ok {
		return nil
	}
	return &k.Environments[i]
}

// Present returns the identity and present names of an environment.
func (e *KnownEnvironment) Present() rules.Environment {
	return rules.Environment{Source: e.Source, ID: e.ID, Name: e.Name, ProjectID: e.ProjectID, Project: e.Project}
}

// Size returns how many runs are known.
func (k *Known) Size() int {
	n := 0
	for i := range k.Environments {
		n += len(k.Environments[i].Deployments)
	}
	return n
}

// Runs returns the deployments of an id, the earliest first: a server may give an id out
// again.
func (e *KnownEnvironment) Runs(id string) []rules.Deployment {
	if e == nil {
		return nil
	}
	first := sort.Search(len(e.Deployments), func(i int) bool { return e.Deployments[i].ID >= id })
	last := first
	for last < len(e.Deployments) && e.Deployments[last].ID == id {
		last++
	}
	return e.Deployments[first:last]
}

// Has reports whether a deployment of an id is known.
func (e *KnownEnvironment) Has(id string) bool { return len(e.Runs(id)) > 0 }

// Active returns the ids of deployments that had not ended, in order.
func (e *KnownEnvironment) Active() []string {
	if e == nil {
		return nil
	}
	var ids []string
	for i := range e.Deployments {
		if d := &e.Deployments[i]; !d.Final() && !slices.Contains(ids, d.ID) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// Results returns how many ids are known of an environment.
func (e *KnownEnvironment) Results() int {
	if e == nil {
		return 0
	}
	n := 0
	for i := range e.Deployments {
		if i == 0 || e.Deployments[i].ID != e.Deployments[i-1].ID {
			n++
		}
	}
	return n
}
