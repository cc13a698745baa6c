package history_test

import (
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// The loop, a poll and a page of the status may use a store at the same time.
func TestConcurrent(t *testing.T) {
	s, path := fresh(t)
	const rounds = 30
	var group sync.WaitGroup
	often := func(what string, f func(i int) error) {
		group.Go(func() {
			for i := range rounds {
				if err := f(i); err != nil {
					t.Errorf("%s: %v", what, err)
					return
				}
			}
		})
	}
	often("merge", func(i int) error {
		a := history.Answer{Environments: []rules.Environment{production()}, Deployments: []rules.Deployment{deployed(strconv.Itoa(i), noon)}}
		_, err := s.Merge(ctx, "bamboo", a, noon.Add(time.Duration(i)*time.Minute))
		return err
	})
	often("last good", func(i int) error {
		return s.SaveLastGood(ctx, history.LastGood{Hash: strconv.Itoa(i)})
	})
	for range 2 {
		often("scan", func(int) error {
			list, err := readAll(s, "bamboo")
			for _, d := range list {
				if d != deployed(d.ID, noon) {
					return errors.New("half a deployment: " + d.ID)
				}
			}
			return err
		})
	}
	known := s.Known(ctx, "bamboo")
	often("known", func(i int) error {
		known.Final("7", strconv.Itoa(i))
		known.Complete("7")
		known.Active("7")
		return known.Err()
	})
	often("polls", func(int) error {
		_, err := s.Polls(ctx, "bamboo")
		return err
	})
	often("reader", func(int) error {
		r, err := history.OpenRead(ctx, path, history.Opts{})
		if err != nil {
			return err
		}
		return errors.Join(r.Check(ctx), r.Close())
	})
	group.Wait()
	if got := len(all(t, s, "bamboo")); got != rounds {
		t.Errorf("got %d deployments, want %d", got, rounds)
	}
	closed(t, s)
}

// A reader that stands still holds a writer up for as long as it was told, no longer.
func TestBusy(t *testing.T) {
	path := filepath.Join(memory(t), "history.db")
	s, err := history.Open(ctx, path, history.Opts{Wait: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
	r := openRead(t, path)
	for range r.Scan(ctx, "bamboo", history.Filter{}) {
		_, err := s.Merge(ctx, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("2", noon)}}, noon)
		wantKind(t, err, history.Busy, path)
	}
	merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("2", noon)}}, noon)
	closed(t, s)
}
