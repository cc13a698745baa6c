package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Memory is a [Store] that forgets with the program. The zero Memory is empty.
type Memory struct {
	mu      sync.Mutex
	sources map[string]*facts
}

// facts is what a Memory knows of one source. It only grows: a result that the
// server forgets stays.
type facts struct {
	good         time.Time
	environments []rules.Environment
	interrupted  []rules.Environment
	deployments  []rules.Deployment
	index        map[resultKey]int // into deployments
	active       map[resultKey]struct{}
}

// resultKey names a deployment result; ids are unique within an environment.
type resultKey struct{ environment, id string }

func keyOf(d *rules.Deployment) resultKey { return resultKey{d.EnvironmentID, d.ID} }

// facts returns those of a source; the caller holds the lock.
func (m *Memory) facts(source string) *facts {
	f := m.sources[source]
	if f == nil {
		f = &facts{index: map[resultKey]int{}, active: map[resultKey]struct{}{}}
		if m.sources == nil {
			m.sources = map[string]*facts{}
		}
		m.sources[source] = f
	}
	return f
}

// has reports whether anything is known of a source.
func (m *Memory) has(source string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sources[source] != nil
}

// answer returns all that is known of a source as an answer like another one.
func (m *Memory) answer(source string, like Answer) Answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.read(source)
	like.Environments, like.Interrupted = slices.Clone(f.environments), slices.Clone(f.interrupted)
	like.Deployments = slices.Clone(f.deployments)
	return like
}

// forget drops all that is known of a source.
func (m *Memory) forget(source string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sources, source)
}

// read returns what is known of a source, without making it known; the caller
// holds the lock and changes nothing.
func (m *Memory) read(source string) *facts {
	if f := m.sources[source]; f != nil {
		return f
	}
	return &facts{}
}

// Coverage implements [Reader].
func (m *Memory) Coverage(_ context.Context, source string) (Coverage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.read(source)
	return Coverage{slices.Clone(f.environments), f.good}, nil
}

// Each implements [Reader]. Deployments are whole.
func (m *Memory) Each(_ context.Context, source string, take func(*rules.Deployment, func() error) error) error {
	m.mu.Lock()
	all := slices.Clone(m.read(source).deployments)
	m.mu.Unlock()
	for i := range all {
		if err := take(&all[i], func() error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// Deployment implements [Reader].
func (m *Memory) Deployment(_ context.Context, source, environmentID, id string) (rules.Deployment, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.read(source)
	if i, ok := f.index[resultKey{environmentID, id}]; ok {
		return f.deployments[i], true, nil
	}
	return rules.Deployment{}, false, nil
}

// Known implements [Writer].
func (m *Memory) Known(_ context.Context, source string) Known { return &remembered{m, source} }

// Merge implements [Writer]. It does not fail.
func (m *Memory) Merge(_ context.Context, source string, a Answer, failure error, at time.Time) (Merged, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.facts(source)
	var merged Merged
	for _, e := range a.Environments {
		merged.Notes = append(merged.Notes, f.moves(e)...)
		setEnvironment(&f.environments, e)
		f.interrupted = slices.DeleteFunc(f.interrupted, func(i rules.Environment) bool { return i.ID == e.ID })
	}
	for _, e := range a.Interrupted {
		if !slices.ContainsFunc(f.environments, func(known rules.Environment) bool { return known.ID == e.ID }) {
			setEnvironment(&f.interrupted, e)
		}
	}
	for i := range a.Deployments {
		if f.set(&a.Deployments[i]) {
			merged.Deployments = append(merged.Deployments, a.Deployments[i])
		}
	}
	if failure == nil && !a.More {
		f.good = at
	}
	return merged, nil
}

// moves tells that an environment has another name, or the name of another one.
func (f *facts) moves(e rules.Environment) []Note {
	var notes []Note
	for _, was := range f.environments {
		sameName := was.Name == e.Name && was.Project == e.Project
		switch {
		case was.ID == e.ID && !sameName:
			notes = append(notes, RenamedNote(was, e))
		case was.ID != e.ID && sameName && !slices.ContainsFunc(f.environments, func(k rules.Environment) bool { return k.ID == e.ID }):
			notes = append(notes, RecreatedNote(was, e))
		}
	}
	return notes
}

// RenamedNote tells that an environment has another name now.
func RenamedNote(was, is rules.Environment) Note {
	text := fmt.Sprintf("environment %s/%s (id %s) is now %s/%s", was.Project, was.Name, was.ID, is.Project, is.Name)
	return Note{Topic: text, Text: text}
}

// RecreatedNote tells that there is an environment with the names of another one.
func RecreatedNote(was, is rules.Environment) Note {
	text := fmt.Sprintf("environment %s/%s was made anew: its id was %s and is %s; the results of both count", was.Project, was.Name, was.ID, is.ID)
	return Note{Topic: text, Text: text}
}

// setEnvironment puts an environment in the place of the one with its id, or at
// the end.
func setEnvironment(list *[]rules.Environment, e rules.Environment) {
	for i := range *list {
		if (*list)[i].ID == e.ID {
			(*list)[i] = e
			return
		}
	}
	*list = append(*list, e)
}

// set takes in a deployment and reports whether it is new or differs.
func (f *facts) set(d *rules.Deployment) bool {
	key := keyOf(d)
	i, ok := f.index[key]
	switch {
	case !ok:
		f.index[key] = len(f.deployments)
		f.deployments = append(f.deployments, *d)
	case f.deployments[i] == *d:
		return false
	default:
		f.deployments[i] = *d
	}
	if d.Final() {
		delete(f.active, key)
	} else {
		f.active[key] = struct{}{}
	}
	return true
}

// remembered is what a Memory knows of a source, as a poll asks.
type remembered struct {
	memory *Memory
	source string
}

// Complete implements [Known].
func (r *remembered) Complete(environmentID string) (from time.Time, exhausted, ok bool) {
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	f := r.memory.read(r.source)
	for _, e := range f.environments {
		if e.ID == environmentID {
			return e.CompleteFrom, e.Exhausted, true
		}
	}
	for _, e := range f.interrupted {
		if e.ID == environmentID {
			return e.CompleteFrom, false, false
		}
	}
	return time.Time{}, false, false
}

// Final implements [Known].
func (r *remembered) Final(environmentID, resultID string) bool {
	final, ok := r.result(environmentID, resultID)
	return final && ok
}

// result reports whether a result is known, and whether it has ended.
func (r *remembered) result(environmentID, resultID string) (final, ok bool) {
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	f, key := r.memory.read(r.source), resultKey{environmentID, resultID}
	_, known := f.index[key]
	_, active := f.active[key]
	return !active, known
}

// Active implements [Known].
func (r *remembered) Active(environmentID string) []string {
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	var ids []string
	for key := range r.memory.read(r.source).active {
		if key.environment == environmentID {
			ids = append(ids, key.id)
		}
	}
	return ids
}
