package bamboo

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// odd is a result with its own JSON, which the server lists by its start.
func odd(id int64, start time.Time, format string, args ...any) bambootest.Result {
	return bambootest.Result{ID: id, Started: start, Raw: json.RawMessage(fmt.Sprintf(format, args...))}
}

// badEnd is a result that cannot be judged, because of its end alone.
func badEnd(start time.Time) bambootest.Result {
	ms := start.UnixMilli()
	return odd(2, start, `{"id":2,"startedDate":%d,"executedDate":%d,"finishedDate":-1,"deploymentState":"SUCCESS","lifeCycleState":"FINISHED"}`, ms, ms)
}

func neverRan(id int64, start time.Time) bambootest.Result {
	return odd(id, start, `{"id":%d,"startedDate":%d,"deploymentState":"FAILED","lifeCycleState":"NOT_BUILT"}`, id, start.UnixMilli())
}

// What cannot be judged, or never ran, moves no completeness, hides nothing, and costs no
// requests, wherever the list has it.
func TestUnusableResultsMoveNothing(t *testing.T) {
	year := noon.AddDate(-1, 0, 0)
	for _, odd := range []struct {
		name   string
		result bambootest.Result
	}{
		{"bad end", badEnd(year)},
		{"bad end of 2005", badEnd(year.AddDate(-20, 0, 0))},
		{"bad end, ahead", badEnd(noon.Add(-time.Minute))},
		{"ends ahead", odd(2, year, `{"id":2,"startedDate":%d,"executedDate":%d,"finishedDate":%d,"deploymentState":"SUCCESS","lifeCycleState":"FINISHED"}`,
			year.UnixMilli(), year.UnixMilli(), noon.AddDate(1, 0, 0).UnixMilli())},
		{"seconds", odd(2, year, `{"id":2,"startedDate":%d,"deploymentState":"SUCCESS","lifeCycleState":"FINISHED"}`, year.Unix())},
		{"planned", odd(2, year, `{"id":2,"startedDate":%d,"deploymentState":"UNKNOWN","lifeCycleState":"PENDING"}`, noon.AddDate(0, 1, 0).UnixMilli())},
		{"without id", odd(0, year, `{"id":0,"startedDate":%d,"executedDate":%d,"deploymentState":"SUCCESS","lifeCycleState":"FINISHED"}`, year.UnixMilli(), year.UnixMilli())},
		{"null", odd(0, year, `null`)},
	} {
		for _, size := range []int{2, 3, 25, 500} {
			for _, at := range []int{0, 1, 2, 14, 27, 28} {
				results := history(28)
				slices.Reverse(results)
				s := one(slices.Insert(results, at, odd.result))
				s.Paging, s.MaxPageSize, s.PageSize = asListed, size, size
				o := flat{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: year.AddDate(-1, 0, 0)}
				m, name := newMemory(), fmt.Sprintf("%s at %d in pages of %d", odd.name, at, size)
				ask(t, newClient(t, o), m, noon)
				e := m.Environments[0]
				if !e.CompleteFrom.Equal(noon.Add(-28*time.Hour)) || !e.Exhausted || e.Partial || m.results() < 28 {
					t.Fatalf("%s: got %d results from %v, exhausted: %v", name, m.results(), e.CompleteFrom, e.Exhausted)
				}
				if got, most := s.Requests()[listPath], 100/size+90; got > most {
					t.Errorf("%s: got %d requests, want %d at most", name, got, most)
				}
				before := s.Requests()[listPath]
				ask(t, newClient(t, o), m, noon)
				if got := s.Requests()[listPath] - before; got > 2 {
					t.Errorf("%s: got %d requests in a steady poll, want 2 at most", name, got)
				}
			}
		}
	}
}

// Results that never ran extend nothing, however many there are at the end.
func TestNeverRan(t *testing.T) {
	for _, n := range []int{1, 30, 80} {
		var results []bambootest.Result
		for i := range n {
			results = append(results, neverRan(int64(i+1), noon.AddDate(0, 0, -100-n+i)))
		}
		s, m := one(append(results, history(60)...)), newMemory()
		o := flat{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: noon.AddDate(-1, 0, 0)}
		for polls, more := 0, true; more && polls < 20; polls++ {
			a, err := m.poll(newClient(t, o), noon)
			if more = a.More; err != nil {
				t.Fatal(err)
			}
		}
		if e := m.Environments[0]; !e.CompleteFrom.Equal(noon.Add(-60*time.Hour)) || !e.Exhausted {
			t.Errorf("%d: got complete from %v, exhausted: %v", n, e.CompleteFrom, e.Exhausted)
		}
	}
}

// A list without runs is read whole, and complete from nowhere, as an empty one is. Its
// first run is met by the next poll.
func TestListWithoutRuns(t *testing.T) {
	for _, results := range [][]bambootest.Result{
		{neverRan(2, noon.AddDate(-1, 0, 0))}, {badEnd(noon.AddDate(-1, 0, 0))}, {odd(0, noon.AddDate(-1, 0, 0), "null")},
	} {
		s, m := one(results), newMemory()
		c := client(t, s, "7")
		for range 2 {
			a := ask(t, c, m, noon)
			if e := a.Environments[0]; e.Reading != source.ReadWhole || !m.Environments[0].CompleteFrom.IsZero() || !m.Environments[0].Exhausted {
				t.Errorf("%s: got %+v", results[0].Raw, m.Environments[0])
			}
		}
		s.Change(func(s *bambootest.Server) {
			s.Projects[0].Environments[0].Results = append(results, history(1)...)
		})
		if ask(t, c, m, noon); !m.Environments[0].Has("1000") {
			t.Errorf("%s: the first run is not known", results[0].Raw)
		}
	}
}

// An environment that is gone for good is still one that the selection matches.
func TestRetiredEnvironmentMatchesSelection(t *testing.T) {
	for _, selected := range []string{"7", "Production"} {
		s, m := one(history(3)), newMemory()
		c := client(t, s, selected)
		ask(t, c, m, noon)
		m.Environments[0].Retired = true
		s.Change(func(s *bambootest.Server) { s.Projects = nil })
		s.Inject("project/all", -1, bambootest.Respond(200, "application/json", "[]"))
		if a := ask(t, client(t, s, selected), m, noon); !a.Listed || len(a.Environments) != 0 {
			t.Errorf("%s: got %+v", selected, a)
		}
	}
}
