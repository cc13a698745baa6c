package bamboo

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A running result is read again until it is final, wherever it is in the list.
func TestRunningIsReadAgain(t *testing.T) {
	now := noon.Add(-50 * time.Hour)
	s := one(history(40))
	s.Clock = func() time.Time { return now }
	results := &s.Projects[0].Environments[0].Results
	*results = append(*results, bambootest.Result{ID: 500, Started: now.Add(-time.Hour), Queued: now.Add(-time.Hour), Executed: now.Add(-time.Hour), Finished: noon.Add(-30 * time.Minute)})
	c := client(t, s, "Production")
	m := newMemory()
	ask(t, c, m, now)
	state := func() string {
		d := m.get("7", "500")
		return fmt.Sprintf("%s %s %v", d.State, d.LifeCycle, d.Finished.IsZero())
	}
	if got, want := state(), "UNKNOWN IN_PROGRESS true"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	now = noon.Add(-time.Hour) // 39 newer ones: it is not on the first page any more
	ask(t, c, m, now)
	before := s.Requests()
	ask(t, c, m, now)
	path := "/rest/api/latest/deploy/result/500"
	if got := s.Requests(); got[path]-before[path] != 1 || got[listPath]-before[listPath] != 1 {
		t.Errorf("got %d and %d requests, want one for the list and one for the result", got[listPath]-before[listPath], got[path]-before[path])
	}
	now = noon
	ask(t, c, m, now)
	if got, want := state(), "SUCCESS FINISHED false"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	before = s.Requests()
	ask(t, c, m, now)
	if got := s.Requests()[path] - before[path]; got != 0 {
		t.Errorf("got %d requests for a final result, want none", got)
	}
}

// A running result that the server does not have any more has vanished; one of which it
// says something else has not.
func TestRunningVanishes(t *testing.T) {
	s := one(history(3))
	results := &s.Projects[0].Environments[0].Results
	(*results)[0].Finished = noon.Add(time.Hour)
	c := client(t, s, "Production")
	m := newMemory()
	ask(t, c, m, noon)
	s.Change(func(*bambootest.Server) { *results = (*results)[1:] })
	for _, fault := range []bambootest.Fault{bambootest.Status(500), bambootest.Status(400), bambootest.LoginPage()} {
		s.Inject("deploy/result", 1, fault)
		a, err := m.poll(c, noon)
		if err == nil || len(a.Vanished) > 0 || len(whole(a)) != 1 {
			t.Errorf("got %v and that %v vanished", err, a.Vanished)
		}
		for _, e := range source.All(err) {
			if e.EnvironmentID != "7" {
				t.Errorf("got an error of %q: %v", e.EnvironmentID, e)
			}
		}
	}
	a, err := m.poll(c, noon)
	if err != nil || len(a.Vanished) != 1 || a.Vanished[0] != (source.Ref{EnvironmentID: "7", ID: "1000"}) {
		t.Errorf("got that %v vanished, %v", a.Vanished, err)
	}
	before := s.Total()
	ask(t, c, m, noon)
	if got := s.Total() - before; got != 1 {
		t.Errorf("got %d requests afterwards, want 1", got)
	}
}

// At most 50 running results that are not listed are asked for in one poll.
func TestManyRunning(t *testing.T) {
	s := one(history(3))
	c := client(t, s, "7")
	m := newMemory()
	ask(t, c, m, noon)
	for i := range 60 {
		m.Environments[0].Deployments = append(m.Environments[0].Deployments, rules.Deployment{
			ID: fmt.Sprint(100 + i), EnvironmentID: "7", Started: noon.Add(-time.Hour), LifeCycle: rules.LifeCycleInProgress})
	}
	slices.SortFunc(m.Environments[0].Deployments, source.CompareRuns)
	before := s.Total()
	a, err := c.Poll(t.Context(), &m.Known, noon)
	if got := s.Total() - before; got != 1+50 || len(a.Vanished) != 50 || err == nil {
		t.Errorf("got %d requests, %d vanished, %v; want 51, 50 and that there are more", got, len(a.Vanished), err)
	}
}
