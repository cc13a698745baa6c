package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// fakeStore is a Store in memory. It writes what the changes name and nothing else, so
// that what they leave out is missing after a restart.
type fakeStore struct {
	mu       sync.Mutex
	sources  map[source.Key]source.Known
	lastGood LastGood
	saves    int // calls of Save that wrote
	takes    time.Duration
	stuck    chan struct{} // calls wait for it, whatever their context says
	loadErr  error         // of LastGood and Load
	saveErr  error         // of SaveLastGood and Save
	damaged  bool          // the next Save begins a new file
}

// change changes how the store behaves from the next call on.
func (s *fakeStore) change(how func(*fakeStore)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how(s)
}

// wait takes as long as the store does.
func (s *fakeStore) wait() {
	s.mu.Lock()
	takes, stuck := s.takes, s.stuck
	s.mu.Unlock()
	time.Sleep(takes)
	if stuck != nil {
		<-stuck
	}
}

func (s *fakeStore) Load(_ context.Context, key source.Key) (source.Known, error) {
	s.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loadErr != nil {
		return source.Known{}, s.loadErr
	}
	return s.known(key), nil
}

// known returns what is stored of a source.
func (s *fakeStore) known(key source.Key) source.Known {
	known, ok := s.sources[key]
	if !ok {
		known.Key = key
	}
	known.Environments = slices.Clone(known.Environments)
	for i := range known.Environments {
		known.Environments[i].Deployments = slices.Clone(known.Environments[i].Deployments)
	}
	return known
}

// stored is known for the test.
func (s *fakeStore) stored(key source.Key) source.Known {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known(key)
}

func (s *fakeStore) Save(_ context.Context, known *source.Known, changes source.Changes) (bool, error) {
	s.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saveErr != nil {
		return false, s.saveErr
	}
	if s.damaged {
		s.damaged, s.sources, s.lastGood = false, nil, LastGood{}
		return true, nil
	}
	if s.sources == nil {
		s.sources = map[source.Key]source.Known{}
	}
	s.sources[known.Key] = written(s.known(known.Key), known, changes)
	s.saves++
	return false, nil
}

// written returns what is stored after changes to it.
func written(have source.Known, is *source.Known, c source.Changes) source.Known {
	have.Good, have.Failed = is.Good, is.Failed
	if c.Source {
		have.FirstRead, have.Selection, have.Failure = is.FirstRead, is.Selection, is.Failure
	}
	for _, id := range c.Environments {
		e := *is.Environment(id)
		e.Deployments = nil
		if was := have.Environment(id); was != nil {
			e.Deployments = was.Deployments
			*was = e
			continue
		}
		at, _ := slices.BinarySearchFunc(have.Environments, id, func(e source.KnownEnvironment, id string) int { return strings.Compare(e.ID, id) })
		have.Environments = slices.Insert(have.Environments, at, e)
	}
	for i := range have.Environments {
		if e := is.Environment(have.Environments[i].ID); e != nil {
			have.Environments[i].Read = e.Read
		}
	}
	for _, d := range c.Dropped {
		e := have.Environment(d.EnvironmentID)
		e.Deployments = slices.DeleteFunc(e.Deployments, func(o rules.Deployment) bool { return source.CompareRuns(d, o) == 0 })
	}
	for _, d := range c.Runs {
		e := have.Environment(d.EnvironmentID)
		at, found := slices.BinarySearchFunc(e.Deployments, d, source.CompareRuns)
		if found {
			e.Deployments[at] = d
		} else {
			e.Deployments = slices.Insert(e.Deployments, at, d)
		}
	}
	return have
}

func (s *fakeStore) LastGood(context.Context) (LastGood, error) {
	s.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastGood, s.loadErr
}

func (s *fakeStore) SaveLastGood(_ context.Context, g LastGood) error {
	s.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saveErr == nil {
		s.lastGood = g
	}
	return s.saveErr
}

// file returns the last good file.
func (s *fakeStore) file() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.lastGood.File)
}
