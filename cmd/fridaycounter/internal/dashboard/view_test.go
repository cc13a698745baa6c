package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// secretStatus returns a status with a server, paths and a credential that only those who run the
// counter may know.
func secretStatus(t *testing.T, detail bool) *engine.Status {
	t.Helper()
	config := &schema.Config{
		Timezone: "America/Los_Angeles", Hash: strings.Repeat("0123456789abcdef", 4),
		Sources: []schema.Source{{Name: "bamboo", Kind: "bamboo", URL: "https://ci.example.com/bamboo"}},
		Rules:   []rules.Rule{{Name: "fridays", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}, To: 1440, Position: rules.Position{File: "/etc/fridaycounter/counter.cue", Line: 34}}}}},
		Display: schema.Display{Columns: 2, Rows: 1, Web: &schema.Web{Listen: "127.0.0.1:1", Detail: detail}},
	}
	policy, err := engine.NewPolicy(config, ".")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, policy.Zone)
	executed := now.AddDate(0, 0, -7).Add(-time.Hour)
	failure := "poll https://ci.example.com/bamboo/rest: 502 Bad Gateway, token in /run/credentials/bamboo-token"
	known := []source.Known{{
		Key: policy.Sources[0].Key, FirstRead: now.AddDate(0, -1, 0), Good: now, Failed: now, Failure: failure,
		Environments: []source.KnownEnvironment{{
			Read: now, FirstSeen: now.AddDate(0, -1, 0),
			Environment: rules.Environment{ID: "1", Name: "Production", ProjectID: "9", Project: "shop", CompleteFrom: now.AddDate(0, -1, 0), Deployments: []rules.Deployment{{
				ID: "7", EnvironmentID: "1", Environment: "Production", ProjectID: "9", Project: "shop", Version: "release-7", URL: "https://ci.example.com/bamboo/7",
				Started: executed, Executed: executed, Finished: executed.Add(time.Minute), State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
			}}},
		}},
	}}
	environments := policy.Environments(known)
	return &engine.Status{
		Policy: policy, Verdict: policy.Judge(environments, now), Stale: true, Good: now, Known: known, Environments: environments,
		Because: policy.Stale(known, now, time.Hour),
		Polls:   []engine.PollStatus{{Source: "bamboo", Err: errors.New(failure)}},
		Refused: &schema.Error{Diagnostics: []schema.Diagnostic{{Position: rules.Position{File: "/etc/fridaycounter/counter.cue", Line: 1}, Path: "source.bamboo.url", Message: "https://ci.example.com is wrong"}}},
		Clock:   engine.ClockTrusted,
	}
}

// everything returns all that a view lets anybody see.
func everything(t *testing.T, v web.View) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + fmt.Sprintf("%s", []any{v.Streak, v.Explanations})
}

func TestViewHidesServerAndPaths(t *testing.T) {
	for _, detail := range []bool{false, true} {
		status := secretStatus(t, detail)
		v, err := newView(status)
		if err != nil {
			t.Fatal(err)
		}
		text := everything(t, v)
		for _, secret := range []string{"ci.example.com", "/etc/fridaycounter", "/run/credentials"} {
			if strings.Contains(text, secret) != detail {
				t.Errorf("detail %v: it shows %s: %v\n%s", detail, secret, !detail, text)
			}
		}
		for _, want := range []string{"1 week since", "release-7", "counter.cue:34", "bottom right pixel"} {
			if !strings.Contains(text, want) {
				t.Errorf("detail %v: it does not show %q\n%s", detail, want, text)
			}
		}
	}
}

// The page is not told of another view because half a minute has passed.
func TestViewOfTheSameFacts(t *testing.T) {
	status := secretStatus(t, false)
	e := &status.Environments[0]
	e.CompleteFrom = e.Deployments[0].Executed.Add(-time.Hour) // the record is the streak that goes on
	status.Verdict = status.Policy.Judge(status.Environments, status.Verdict.At)
	before, err := newView(status)
	if err != nil {
		t.Fatal(err)
	}
	status.Verdict = status.Policy.Judge(status.Environments, status.Verdict.At.Add(30*time.Second))
	after, err := newView(status)
	if err != nil {
		t.Fatal(err)
	}
	before.At, after.At, before.Streak, after.Streak = time.Time{}, time.Time{}, web.Document{}, web.Document{}
	before.Explanations, after.Explanations = nil, nil // a document has a tag of its own
	if was, is := everything(t, before), everything(t, after); was != is {
		t.Errorf("got\n%s\nwant\n%s", is, was)
	}
}

func TestViewHealth(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*engine.Status)
		want   web.Health
	}{
		{"good", func(s *engine.Status) { s.Refused, s.Stale = nil, false }, web.Health{}},
		{"refused", func(s *engine.Status) { s.Stale = false }, web.Health{File: "refused; the one before is in force"}},
		{"stale", func(s *engine.Status) { s.Refused = nil }, web.Health{Facts: "stale"}},
		{"unknown", func(s *engine.Status) { s.Refused, s.Stale = nil, false; s.Verdict.Lead.Known = false }, web.Health{Facts: "nothing is known yet"}},
		{"history", func(s *engine.Status) { s.Refused, s.Stale, s.Store = nil, false, errors.New("/var/x: full") }, web.Health{History: "it cannot be used; the counter goes on from memory, and the log says why"}},
		{"clock", func(s *engine.Status) { s.Refused, s.Stale, s.Clock = nil, false, engine.ClockUnsynchronised }, web.Health{Clock: "unsynchronised"}},
		{"no file", func(s *engine.Status) { s.Policy, s.Refused = nil, nil }, web.Health{File: "not read yet", Facts: "nothing is known yet"}},
		{"no good file", func(s *engine.Status) { s.Policy = nil }, web.Health{File: "refused, and none is in force", Facts: "nothing is known yet"}},
		{"missing file", func(s *engine.Status) {
			s.Stale, s.Refused = false, &fs.PathError{Op: "open", Path: "/etc/fridaycounter/counter.cue", Err: syscall.ENOENT}
		}, web.Health{File: "it cannot be read or evaluated: no such file or directory; the one before is in force"}},
		{"file of a home", func(s *engine.Status) {
			s.Stale, s.Refused = false, fmt.Errorf("read /home/pi/counter.cue: %w: %w", syscall.EACCES, watch.ErrHome)
		}, web.Health{File: "it cannot be read or evaluated: " + watch.ErrHome.Error() + "; the one before is in force"}},
		{"directory", func(s *engine.Status) {
			s.Stale, s.Refused = false, fmt.Errorf("read /etc/x: %w", fmt.Errorf("it is a directory: %w", source.ErrNotRegular))
		}, web.Health{File: "it cannot be read or evaluated: it is a directory: want a regular file; the one before is in force"}},
		{"replaced mount", func(s *engine.Status) { s.Stale, s.Refused, s.FileWarning = false, nil, watch.ErrReplaced }, web.Health{File: watch.ErrReplaced.Error()}},
		{"seen late", func(s *engine.Status) {
			s.Stale, s.Refused, s.FileWarning = false, nil, errors.New("inotify: no watches")
		}, web.Health{}},
		{"all at once", func(s *engine.Status) { s.Clock = engine.ClockBehind }, web.Health{File: "refused; the one before is in force", Clock: "behind", Facts: "stale"}},
	} {
		status := secretStatus(t, false)
		c.change(status)
		v, err := newView(status)
		if err != nil {
			t.Fatal(err)
		}
		if v.Health != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, v.Health, c.want)
		}
	}
}

// While the clock is not trusted, nothing says that deploying is allowed.
func TestUntrustedClockAllowsNothing(t *testing.T) {
	for _, state := range []engine.ClockState{engine.ClockTrusted, engine.ClockUnsynchronised, engine.ClockBehind} {
		status := secretStatus(t, false)
		status.Clock = state
		trusted := state == engine.ClockTrusted
		d := New(Options{Clock: time.Now})
		d.Update(*status)
		g, err := d.gate("", "", "")
		if trusted != (err == nil) || !trusted && (g.Allowed || !errors.Is(err, web.ErrUnavailable)) {
			t.Errorf("%s: the gate says %v, %v", state, g.Allowed, err)
		}
		v, err := newView(status)
		if err != nil {
			t.Fatal(err)
		}
		display, err := d.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		d.Publish(v)
		page := fetch("http://" + display.Addr().String() + "/")
		if got := strings.Contains(page, `class="pill yes"`) || strings.Contains(page, `class="pill no"`); got != trusted {
			t.Errorf("%s: the page says whether deploying is allowed: %v", state, got)
		}
		streak := fetch("http://" + display.Addr().String() + "/api/v1/streak")
		for _, unknown := range []string{`"forbidden_now": null`, `"next_window": null`} {
			if got := !strings.Contains(streak, unknown); got != trusted {
				t.Errorf("%s: the streak does not say %s: %v", state, unknown, got)
			}
		}
		if err := display.Halt(); err != nil {
			t.Error(err)
		}
		if got := strings.Contains(scrapeOf(t, d), "fridaycounter_forbidden "); got != trusted {
			t.Errorf("%s: the metric is served: %v", state, got)
		}
	}
}

// fetch returns the body of an answer, or the error's text.
func fetch(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// What one source brought is listed while another was never read whole.
func TestDeploymentsOfOneSource(t *testing.T) {
	s := someStatus()
	s.Good = time.Time{}
	e := &s.Known[0].Environments[0]
	e.Deployments = []rules.Deployment{{ID: "7", Source: "bamboo", EnvironmentID: "1", Environment: "Production", Started: scrapedAt().Add(-time.Hour)}}
	s.Environments = []rules.Environment{e.Environment}
	d := New(Options{Clock: scrapedAt})
	d.Update(s)
	got, err := d.deployments(t.Context(), web.Query{Limit: 10})
	if list := got.(deploymentsAnswer).Deployments; err != nil || len(list) != 1 {
		t.Errorf("got %+v, %v, want one", list, err)
	}
	if _, err := d.deployments(t.Context(), web.Query{Limit: 10, Environment: "Prodution"}); err == nil {
		t.Error("a name that nothing has is accepted")
	}
}
