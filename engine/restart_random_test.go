package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Whatever polls brought in which order, however often the wall was started anew, and
// whenever the store failed, was locked or was replaced: in the end the verdict is that of
// all facts taken in at once.
func TestVerdictAfterRestartsAndFailures(t *testing.T) {
	seeds := 12
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { randomRestarts(t, rand.New(rand.NewPCG(uint64(seed), 11))) })
		})
	}
}

func randomRestarts(t *testing.T, r *rand.Rand) {
	w := fridays(t)
	w.slots[0].Refresh = 0
	var shown []rules.Deployment
	answer := func(list []rules.Deployment) source.Answer {
		return source.Answer{Listed: true, Deployments: list, Environments: []source.Environment{
			production("1", "Production", 1), production("2", "Live", 3), production("3", "Staging", 6),
		}}
	}
	w.source.answer = answer(nil)
	w.show()
	for range 25 {
		w.pass(time.Duration(r.IntN(200)) * time.Minute)
		var list []rules.Deployment
		for range r.IntN(4) {
			// The same few ids again and again, so that they have several runs.
			d := deployed(fmt.Sprint(r.IntN(6)), time.Now().Add(-time.Duration(1+r.IntN(3000))*time.Hour).Truncate(time.Hour))
			d.EnvironmentID = fmt.Sprint(1 + r.IntN(3))
			list = append(list, d)
		}
		shown = append(shown, list...)
		w.source.change(func(s *fakeSource) { s.answer = answer(list) })
		switch r.IntN(6) {
		case 0:
			w.store.change(func(s *fakeStore) { s.saveErr = errors.New("no space left on device") })
		case 1:
			w.store.change(func(s *fakeStore) { s.saveErr = nil })
		case 2:
			w.store.change(func(s *fakeStore) { s.damaged = true })
		case 3:
			w.save([]string{friday, "thursday"}[r.IntN(2)])
		}
		w.pass(time.Hour + time.Second) // a poll
		if r.IntN(4) == 0 {
			w.store.change(func(s *fakeStore) { s.saveErr, s.loadErr = nil, nil })
			last := w.source.answer
			w = w.restart()
			w.source.answer = last
			if r.IntN(2) == 0 { // it is locked at the next start
				w.store.change(func(s *fakeStore) { s.loadErr, s.saveErr = errors.New("locked"), errors.New("locked") })
			}
			w.show()
			w.pass(time.Duration(r.IntN(2)) * 10 * time.Minute) // with a poll or without
			w.store.change(func(s *fakeStore) { s.loadErr, s.saveErr = nil, nil })
		}
	}
	w.store.change(func(s *fakeStore) { s.loadErr, s.saveErr = nil, nil })
	w.pass(2 * time.Hour)
	check := func() {
		status, _ := w.reported()
		at := status.Verdict.At
		once, _, _ := facts.Merge(source.Known{Key: bamboo}, facts.Poll{
			Answer: answer(shown), Began: at, Now: at, Selection: status.Policy.Sources[0].Selection,
			Interval: time.Hour, Room: MaxRuns,
		})
		want := status.Policy.Judge(status.Policy.Environments([]source.Known{once}), at)
		names := cmpopts.IgnoreFields(rules.Deployment{}, "Version")
		if diff := cmp.Diff(want, status.Verdict, cmpopts.EquateEmpty(), names); diff != "" || status.Stale || status.Store != nil {
			t.Fatalf("stale %v, store %v, verdict (-at once +in pieces):\n%s", status.Stale, status.Store, diff)
		}
		if stored := w.store.stored(bamboo); stored.Size() != once.Size() {
			t.Fatalf("the store has %d runs, want %d", stored.Size(), once.Size())
		}
	}
	check()
	w = w.restart()
	w.source.answer = answer(nil)
	w.show()
	check()
}
