package source

import (
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Known is all that is known of one source. The zero Known, with its key, knows nothing.
// A Known that was handed out does not change any more: a merge makes another one,
// which shares what stayed the same. So any number of goroutines may read it.
type Known struct {
	Key
	// FirstRead is when the first poll began that read the source whole; zero: none
	// did yet.
	FirstRead time.Time
	// Good is when the last poll began that read the source whole, and Selection what
	// it selected, see [Selection.String].
	Good      time.Time
	Selection string
	// Failed is when the last poll went wrong, and Failure why, if that was after
	// Good; else zero and "".
	Failed  time.Time
	Failure string

	Environments []KnownEnvironment // by id
}

// A Key identifies a source: its name in the policy, and its address without the
// scheme, or the absolute path of its file.
type Key struct {
	Name    string
	Address string
}

// A KnownEnvironment is one of a source, with its deployments.
type KnownEnvironment struct {
	rules.Environment // Deployments are ordered by [CompareRuns]
	// Partial says that the first reading is not at its end: CompleteFrom is how far
	// it came.
	Partial bool
	// Read is when the last poll began that read it whole; zero: none did.
	Read time.Time
	// Gone says that the last complete list of the source lacked it, and Retired that
	// a person said that it is gone for good.
	Gone    bool
	Retired bool
	// Unusable are its records that cannot be judged, by id.
	Unusable []Unusable
	// FirstSeen is when it was first listed.
	FirstSeen time.Time
}

// CompareRuns orders the deployments of an environment: by id, then by start.
func CompareRuns(a, b rules.Deployment) int {
	if c := strings.Compare(a.ID, b.ID); c != 0 {
		return c
	}
	return a.Start().Compare(b.Start())
}

// Environment returns one of the source, nil if it is not known.
func (k *Known) Environment(id string) *KnownEnvironment {
	i := sort.Search(len(k.Environments), func(i int) bool { return k.Environments[i].ID >= id })
	if i == len(k.Environments) || k.Environments[i].ID != id {
		return nil
	}
	return &k.Environments[i]
}

// Runs returns the deployments of an environment with that id, the earliest first: a
// server may give an id out again.
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

// Has reports whether a deployment with that id is known.
func (e *KnownEnvironment) Has(id string) bool { return len(e.Runs(id)) > 0 }

// Active returns the ids that are to be read again, because they had not ended, in
// order.
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

// Changes are what is to be written of a source after a merge.
type Changes struct {
	Key
	// Source says that what Known holds beside Environments changed, but for Good and
	// Failed alone, which may be written later.
	Source bool
	// Environments are the ids of those that are new or of which anything but Read
	// and the deployments changed.
	Environments []string
	// Runs are deployments that are new or changed.
	Runs []rules.Deployment
	// Dropped are deployments that never ran, and that another record took the place
	// of. Only what names a run counts: EnvironmentID, ID and [rules.Deployment.Start].
	Dropped []rules.Deployment
}

// Empty reports whether nothing has to be written now.
func (c *Changes) Empty() bool {
	return !c.Source && len(c.Environments)+len(c.Runs)+len(c.Dropped) == 0
}

// All returns everything that is known as changes, for a history that has nothing of it.
func (k *Known) All() Changes {
	c := Changes{Key: k.Key, Source: true}
	for i := range k.Environments {
		c.Environments = append(c.Environments, k.Environments[i].ID)
		c.Runs = append(c.Runs, k.Environments[i].Deployments...)
	}
	return c
}

// Add takes in what changed later.
func (c *Changes) Add(later Changes) {
	c.Key, c.Source = later.Key, c.Source || later.Source
	for _, id := range later.Environments {
		if !slices.Contains(c.Environments, id) {
			c.Environments = append(c.Environments, id)
		}
	}
	// What was said of a run before holds no more.
	c.Runs = append(without(c.Runs, later), later.Runs...)
	c.Dropped = append(without(c.Dropped, later), later.Dropped...)
}

// without returns the runs of which the changes do not tell.
func without(list []rules.Deployment, c Changes) []rules.Deployment {
	type run struct {
		environmentID, id string
		start             int64
	}
	told := map[run]bool{}
	for _, changed := range [...][]rules.Deployment{c.Runs, c.Dropped} {
		for i := range changed {
			told[run{changed[i].EnvironmentID, changed[i].ID, changed[i].Start().Unix()}] = true
		}
	}
	var left []rules.Deployment
	for i := range list {
		if !told[run{list[i].EnvironmentID, list[i].ID, list[i].Start().Unix()}] {
			left = append(left, list[i])
		}
	}
	return left
}

// Size returns how many runs are known.
func (k *Known) Size() int {
	n := 0
	for i := range k.Environments {
		n += len(k.Environments[i].Deployments)
	}
	return n
}
