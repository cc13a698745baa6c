package engine

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// facts is what is known of one source, in memory. It only grows: a result that
// the server forgets stays. The loop owns it and leaves it alone while a poll
// reads it as [Known].
type facts struct {
	environments []rules.Environment
	deployments  []rules.Deployment
	index        map[resultKey]int // into deployments
	active       map[resultKey]struct{}
}

// resultKey names a deployment result; ids are unique within an environment.
type resultKey struct{ environment, id string }

func newFacts() *facts {
	return &facts{index: map[resultKey]int{}, active: map[resultKey]struct{}{}}
}

// Complete implements [Known].
func (f *facts) Complete(environmentID string) (from time.Time, exhausted, ok bool) {
	for _, e := range f.environments {
		if e.ID == environmentID {
			return e.CompleteFrom, e.Exhausted, true
		}
	}
	return time.Time{}, false, false
}

// Final implements [Known].
func (f *facts) Final(environmentID, resultID string) bool {
	key := resultKey{environmentID, resultID}
	_, known := f.index[key]
	_, active := f.active[key]
	return known && !active
}

// Active implements [Known].
func (f *facts) Active(environmentID string) []string {
	var ids []string
	for key := range f.active {
		if key.environment == environmentID {
			ids = append(ids, key.id)
		}
	}
	return ids
}

// with returns the environments as they will be with an answer.
func (f *facts) with(a Answer) []rules.Environment {
	g := facts{environments: slices.Clone(f.environments)}
	for _, e := range a.Environments {
		g.setEnvironment(e)
	}
	return g.environments
}

// merge takes in an answer.
func (f *facts) merge(a Answer) {
	for _, e := range a.Environments {
		f.setEnvironment(e)
	}
	for _, d := range a.Deployments {
		f.setDeployment(d)
	}
}

func (f *facts) setEnvironment(e rules.Environment) {
	for i := range f.environments {
		if f.environments[i].ID == e.ID {
			f.environments[i] = e
			return
		}
	}
	f.environments = append(f.environments, e)
}

func (f *facts) setDeployment(d rules.Deployment) {
	key := resultKey{d.EnvironmentID, d.ID}
	if i, ok := f.index[key]; ok {
		f.deployments[i] = d
	} else {
		f.index[key] = len(f.deployments)
		f.deployments = append(f.deployments, d)
	}
	if d.Final() {
		delete(f.active, key)
	} else {
		f.active[key] = struct{}{}
	}
}

// view returns the facts for judging, sharing memory.
func (f *facts) view() rules.Facts {
	return rules.Facts{Environments: f.environments, Deployments: f.deployments}
}
