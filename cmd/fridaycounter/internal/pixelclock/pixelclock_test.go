package pixelclock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A world is a counter of the tests: its policy, its source, and a clock with AWTRIX.
type world struct {
	mu     sync.Mutex
	config schema.Config
	failed error  // of the source
	off    bool   // the clock
	text   string // that the clock shows
	lit    [3]bool
	status engine.Status
}

// ServeHTTP is the clock.
func (w *world) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.off {
		panic(http.ErrAbortHandler)
	}
	var i int
	if n, _ := fmt.Sscanf(r.URL.Path, "/api/indicator%d", &i); n == 1 {
		w.lit[i-1] = len(body) > 0
		return
	}
	var app struct {
		Text     string
		Lifetime int
	}
	_ = json.Unmarshal(body, &app)
	w.text = fmt.Sprint(app.Text, " ", app.Lifetime)
}

func (w *world) Evaluate(_ context.Context, name string, file []byte) (*schema.Config, error) {
	if string(file) != "good" {
		return nil, &schema.Error{Diagnostics: []schema.Diagnostic{{Position: rules.Position{File: name, Line: 3, Column: 4}, Message: "typo"}}}
	}
	c := w.config
	c.Hash = "good"
	return &c, nil
}

func (w *world) Pages(context.Context, string, []byte, schema.Live) ([]schema.Page, error) {
	return w.config.Pages, nil
}

// Poll is the source: a deployment on Friday, 26 November 2010.
func (w *world) Poll(context.Context, *source.Known, time.Time) (source.Answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := time.Date(2010, 11, 26, 12, 0, 0, 0, time.UTC)
	e := source.Environment{Reading: source.ReadWhole, From: at.AddDate(-1, 0, 0), Environment: rules.Environment{ID: "1", Name: "Production"}}
	d := rules.Deployment{ID: "7", EnvironmentID: "1", Environment: "Production", Started: at, Executed: at, Finished: at, State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished}
	return source.Answer{Listed: true, Environments: []source.Environment{e}, Deployments: []rules.Deployment{d}}, w.failed
}

// dark is another display.
type dark struct{ shown atomic.Int32 }

func (d *dark) Show(led.Picture) error { d.shown.Add(1); return nil }
func (d *dark) Halt() error            { return nil }

// shows says what the clock shows: text, lifetime, indicators.
func (w *world) shows() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.text
	for i, lit := range w.lit {
		if lit {
			text += fmt.Sprint(" ", i+1)
		}
	}
	return text
}

// The clock follows the running counter within 5 s, shows it again within 35 s after it was away or
// lost power, and no other display waits for it.
func TestRunning(t *testing.T) {
	w := &world{}
	server := httptest.NewServer(w)
	defer server.Close()
	every := []rules.Window{{Weekdays: []time.Weekday{time.Friday}, To: 24 * 60}}
	w.config = schema.Config{
		Timezone: "UTC", Sources: []schema.Source{{Name: "ci", Kind: "http", URL: "https://ci.example.com"}},
		Rules: []rules.Rule{{Name: "no-friday-deploys", Forbid: every}}, Poll: []schema.Poll{{Every: time.Minute}},
		Display: schema.Display{Columns: 2, Rows: 1, AWTRIX: &schema.AWTRIX{URL: server.URL, App: "friday", Text: "{weeks} w"}},
		Pages:   []schema.Page{{Text: "5", Overflow: led.Saturate, For: time.Minute}}, Brightness: []schema.Brightness{{Level: 8}},
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2011, 1, 6, 23, 0, 0, 0, time.UTC)))
		var log strings.Builder
		ctx, stop := context.WithCancel(t.Context())
		clock, other, saves := &Clock{Context: ctx}, &dark{}, make(chan watch.Saved)
		done := make(chan error, 1)
		go func() {
			done <- engine.Run(ctx, engine.Options{
				Name: "counter.cue", Saves: saves, Evaluator: w, Clock: engine.NewRealClock(time.Now), Jitter: func() float64 { return 1 },
				Open: func(*schema.Config, string) (source.Source, error) { return w, nil },
				Slots: func(d schema.Display) []glass.Slot {
					open := func() (glass.Display, error) { return other, nil }
					return append(clock.Slots(d), glass.Slot{Name: "other", Key: "other", Open: open})
				},
				Log: slog.New(slog.NewTextHandler(&log, nil)), Heartbeat: func(bool) {}, Changed: func(engine.PolicyChange) {},
				ClockState: func(time.Time) engine.ClockStatus { return engine.ClockStatus{State: engine.ClockTrusted} },
				Report: func(s engine.Status) {
					clock.Update(s)
					w.mu.Lock()
					defer w.mu.Unlock()
					w.status = s
				},
			})
		}()
		within := func(limit time.Duration, want string) {
			t.Helper()
			for began := time.Now(); w.shows() != want; time.Sleep(time.Second) {
				if time.Since(began) > limit {
					t.Fatalf("after %v the clock shows %q, want %q; log:\n%s", limit, w.shows(), want, log.String())
				}
			}
		}
		set := func(change func()) {
			w.mu.Lock()
			defer w.mu.Unlock()
			change()
		}
		saves <- watch.Saved{Data: []byte("good"), Hash: "good"}
		within(5*time.Second, "5 w 120")
		set(func() { w.text, w.lit = "", [3]bool{} }) // power was lost
		within(35*time.Second, "5 w 120")
		for _, away := range []time.Duration{2 * time.Second, 47 * time.Second, 10 * time.Minute} {
			set(func() { w.off, w.text = true, "" })
			time.Sleep(away)
			set(func() { w.off = false })
			within(35*time.Second, "5 w 120")
		}
		synctest.Wait()
		if !strings.Contains(log.String(), "gives no answer") || !strings.Contains(log.String(), "the display works again") {
			t.Errorf("log:\n%s", log.String())
		}
		saves <- watch.Saved{Data: []byte("bad"), Hash: "bad"}
		within(6*time.Second, "5 w 120 2")
		shown := other.shown.Load()
		set(func() { w.off = true })
		time.Sleep(time.Minute)
		if n := other.shown.Load() - shown; n < 100 { // its corner blinks
			t.Errorf("the other display had %d pictures in a minute", n)
		}
		set(func() { w.off = false })
		saves <- watch.Saved{Data: []byte("good"), Hash: "good"}
		within(35*time.Second, "5 w 120")
		set(func() { w.failed = errors.New("502") })
		within(66*time.Second, "5? w 120 1")
		set(func() { w.failed = nil })
		within(6*time.Minute, "5 w 120")
		time.Sleep(time.Until(time.Date(2011, 1, 6, 23, 59, 59, 0, time.UTC)))
		within(0, "5 w 120")
		within(7*time.Second, "5 w 120 3")
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		within(0, " 0")
	})
}

// What a clock shows of a status.
func TestContent(t *testing.T) {
	policy := &engine.Policy{}
	lead := rules.Streak{Weeks: 42, Known: true}
	for _, c := range []struct {
		name   string
		status *engine.Status
		want   string
	}{
		{"nothing yet", nil, "-- w 0s [false false false]"},
		{"known", &engine.Status{Policy: policy, Every: time.Hour, Clock: engine.ClockTrusted, Verdict: engine.Verdict{Lead: lead}}, "42 w 2h0m0s [false false false]"},
		{"forbidden", &engine.Status{Policy: policy, Every: time.Hour, Clock: engine.ClockTrusted, Verdict: engine.Verdict{Lead: lead, Forbidden: true}}, "42 w 2h0m0s [false false true]"},
		{"the clock is not trusted", &engine.Status{Policy: policy, Every: time.Hour, Stale: true, Clock: engine.ClockBehind, Verdict: engine.Verdict{Lead: lead, Forbidden: true}}, "42? w 2h0m0s [true false false]"},
		{"no good file", &engine.Status{Refused: errors.New("typo")}, "-- w 0s [false true false]"},
	} {
		got := content(c.status, "{weeks} w")
		if text := fmt.Sprint(got.Text, " ", got.Lifetime, " ", got.Indicators); text != c.want {
			t.Errorf("%s: got %s, want %s", c.name, text, c.want)
		}
	}
}
