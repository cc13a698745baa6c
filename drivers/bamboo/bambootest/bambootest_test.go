package bambootest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func get(s *Server, path string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept", "application/json")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// A year has one Friday deployment to Production in its quiet weeks: the
// emergency, and one just before them.
func TestYear(t *testing.T) {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	emergency := time.Date(2026, 11, 20, 15, 4, 0, 0, zone)
	for seed := range uint64(50) {
		y := Year{Seed: seed, End: emergency.AddDate(0, 0, 10), Location: zone, Quiet: 12, Emergency: emergency}
		p := y.Projects()[0]
		if got, want := fmt.Sprint(p), fmt.Sprint(y.Projects()[0]); got != want {
			t.Fatalf("seed %d: two histories", seed)
		}
		last := time.Date(2026, 8, 28, 0, 0, 0, 0, zone)
		fridays := map[string]bool{}
		for _, r := range p.Environments[0].Results {
			at := r.Executed.In(zone)
			if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || r.Finished.In(zone).Weekday() != at.Weekday() {
				t.Fatalf("seed %d: deployed at %v", seed, at)
			}
			if r.Queued.Before(r.Started) || r.Executed.Before(r.Queued) || r.Finished.Before(r.Executed) {
				t.Fatalf("seed %d: dates in the wrong order: %+v", seed, r)
			}
			if at.Weekday() == time.Friday && !at.Before(last) {
				fridays[at.Format(time.DateOnly)] = true
			}
		}
		if got, want := fmt.Sprint(fridays), "map[2026-08-28:true 2026-11-20:true]"; got != want {
			t.Errorf("seed %d: got Fridays %s, want %s", seed, got, want)
		}
		noise := false
		for _, r := range p.Environments[1].Results {
			noise = noise || r.Executed.After(last) && r.Executed.In(zone).Weekday() == time.Friday
		}
		if !noise {
			t.Errorf("seed %d: Staging has no Friday deployment", seed)
		}
	}
}

// The clock decides what is there yet.
func TestClock(t *testing.T) {
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	now := at
	s := &Server{Clock: func() time.Time { return now }, Projects: []Project{{ID: 1, Environments: []Environment{{ID: 7, Results: []Result{
		{ID: 5, Started: at, Queued: at.Add(time.Second), Executed: at.Add(2 * time.Second), Finished: at.Add(time.Minute), State: "FAILED"}}}}}}}
	for _, test := range []struct {
		after time.Duration
		want  string
	}{
		{-1, "[]"},
		{0, "UNKNOWN PENDING deploymentState lifeCycleState startedDate"},
		{time.Second, "UNKNOWN QUEUED deploymentState lifeCycleState queuedDate startedDate"},
		{2 * time.Second, "UNKNOWN IN_PROGRESS deploymentState executedDate lifeCycleState queuedDate startedDate"},
		{time.Minute, "FAILED FINISHED deploymentState executedDate finishedDate lifeCycleState queuedDate startedDate"},
	} {
		now = at.Add(test.after)
		w := get(s, "/rest/api/latest/deploy/environment/7/results", nil)
		var page struct{ Results []map[string]any }
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		got := "[]"
		if len(page.Results) > 0 {
			r := page.Results[0]
			got = fmt.Sprint(r["deploymentState"], " ", r["lifeCycleState"])
			for _, name := range []string{"deploymentState", "executedDate", "finishedDate", "lifeCycleState", "queuedDate", "startedDate"} {
				if _, ok := r[name]; ok {
					got += " " + name
				}
			}
		}
		if got != test.want {
			t.Errorf("%v: got %s, want %s", test.after, got, test.want)
		}
		if got, want := w.Header().Get("Date"), now.Format(http.TimeFormat); got != want {
			t.Errorf("got the date %s, want %s", got, want)
		}
	}
}

// Three failed logins lock the account, even for the right password.
func TestAccountIsLocked(t *testing.T) {
	s := &Server{Username: "wall", Password: "right"}
	try := func(password string) int {
		return get(s, "/rest/api/latest/info", func(r *http.Request) { r.SetBasicAuth("wall", password) }).Code
	}
	got := fmt.Sprint(try("right"), try("a"), try("b"), try("c"), try("right"), get(s, "/rest/api/latest/info", nil).Code)
	if want := "200 401 401 401 403 401"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.Unlock()
	if got := try("right"); got != 200 {
		t.Errorf("got %d when unlocked, want 200", got)
	}
}
