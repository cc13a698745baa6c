package history_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// The loop, a save and a page of the status may use a store at the same time.
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
	other := source.Key{Name: "other"}
	often("save", func(i int) error {
		return save(s, noon.Add(time.Duration(i)*time.Minute), deployed(strconv.Itoa(i), noon), under("x", noon))
	})
	often("poll", func(i int) error {
		return s.Save(ctx, &source.Known{Key: other, Good: noon.Add(time.Duration(i) * time.Hour)}, source.Changes{Key: other})
	})
	often("last good", func(i int) error {
		return s.SaveLastGood(ctx, history.LastGood{Hash: strconv.Itoa(i)})
	})
	often("lockouts", func(i int) error {
		return s.SaveLockouts(ctx, []source.Lockout{{Fingerprint: strconv.Itoa(i)}})
	})
	for range 2 {
		often("load", func(int) error {
			k, err := s.Load(ctx, bamboo)
			for _, d := range runs(&k) {
				if d != deployed(d.ID, noon) && d != under(d.ID, noon) {
					return errors.New("half a deployment: " + d.ID)
				}
			}
			return err
		})
	}
	often("reader", func(int) error {
		r, err := history.OpenRead(ctx, path, history.Opts{})
		if err != nil {
			return err
		}
		return errors.Join(r.Check(ctx), r.Close())
	})
	group.Wait()
	k := load(t, s, bamboo)
	if got := len(runs(&k)); got != rounds+1 {
		t.Errorf("got %d deployments, want %d", got, rounds+1)
	}
	if k := load(t, s, other); !k.Good.Equal(noon.Add((rounds - 1) * time.Hour)) {
		t.Errorf("got %v, want the last poll", k.Good)
	}
	closed(t, s)
}
