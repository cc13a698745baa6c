package bamboo

import (
	"testing"
	"time"
)

// A first reading in parts ends as one in a whole does, with the same client and
// with a new one for each part, and costs little more.
func TestBatch(t *testing.T) {
	for _, test := range []struct {
		name    string
		results int
		batch   int
		restart bool
		polls   int
		want    string
	}{
		{"one poll will do", 250, 300, false, 1, "from 250h to the end"},
		{"in parts", 1000, 300, false, 4, "from 1000h to the end"},
		{"in parts, restarted", 1000, 300, true, 4, "from 1000h to the end"},
		{"parts shorter than a page", 1000, 10, false, 51, "from 1000h to the end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := one(history(test.results))
			o := Opts{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: time.Unix(1, 0), Batch: test.batch}
			c, m, polls := newClient(t, o), newMemory(), 0
			last := noon
			for {
				polls++
				a := ask(t, c, m, noon)
				if !a.More {
					if len(a.Environments) != 1 || claim(a.Environments[0]) != test.want {
						t.Errorf("coverage: got %v, want %s", a.Environments, test.want)
					}
					break
				}
				if len(a.Environments) != 0 || len(a.Interrupted) != 1 || !a.Interrupted[0].CompleteFrom.Before(last) {
					t.Fatalf("poll %d: got %v and %v, want one interrupted before %v", polls, a.Environments, a.Interrupted, last)
				}
				if last = a.Interrupted[0].CompleteFrom; test.restart {
					c = newClient(t, o)
				}
			}
			if polls != test.polls {
				t.Errorf("polls: got %d, want %d", polls, test.polls)
			}
			if got := len(m.deployments); got != test.results {
				t.Errorf("results: got %d, want %d", got, test.results)
			}
		})
	}
}

// A list without an end is given up after MaxPages in all parts together.
func TestBatchEndless(t *testing.T) {
	s := one(history(1000))
	s.Quirks.EndlessFresh = true
	c, m := newClient(t, Opts{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: time.Unix(1, 0), Batch: 300, MaxPages: 60}), newMemory()
	for range 20 {
		if a := ask(t, c, m, noon); !a.More {
			if got := s.Requests()[listPath]; got > 120 {
				t.Errorf("pages: got %d, want at most 60 in parts and 60 in the last", got)
			}
			return
		}
	}
	t.Error("still at it after 20 polls")
}
