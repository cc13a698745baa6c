package engine

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// friday is a policy file of the tests, good in every harness that knows it.
const friday = "forbid Friday"

// A harness is the engine with everything around it made by the test. It lives in a
// synctest bubble, whose clock newHarness puts on to newYear: nothing that happened before
// 2000 is believed.
type harness struct {
	t      *testing.T
	saves  chan watch.Saved
	files  files
	source *fakeSource
	parts  *partsSource // in place of source
	glass  *fakeGlass
	slots  []glass.Slot
	log    *lockedBuffer
	store  *fakeStore
	clock  Clock

	options func(*Options) // changes them; nil: nothing
	cancel  context.CancelFunc

	mu      sync.Mutex // guards source after start, and what follows
	opened  int
	status  Status
	changed []string // "3 -> 2": the weeks before and after each file that came into force
	done    chan error
	err     error  // of Run, after endsInTime
	end     func() // stops the engine and waits for it
}

// newHarness starts an engine that has not been given a file.
func newHarness(t *testing.T, files files) *harness {
	t.Helper()
	time.Sleep(time.Until(newYear))
	w := &harness{
		t: t, files: files, saves: make(chan watch.Saved), source: &fakeSource{}, glass: &fakeGlass{},
		log: &lockedBuffer{}, store: &fakeStore{}, done: make(chan error, 1),
		clock: NewRealClock(time.Now),
	}
	w.slots = []glass.Slot{{Name: "glass", Key: "glass", Open: func() (glass.Display, error) { return w.glass, nil }, Refresh: 10 * time.Second}}
	return w
}

// start runs the engine until the test ends.
func (w *harness) start() *harness { return w.startWith(w.files) }

// show runs the engine with the file friday, until the number is there.
func (w *harness) show() *harness {
	w.t.Helper()
	w.start()
	w.save(friday)
	w.pass(time.Second)
	return w
}

// startWith starts with another evaluator than the harness's files.
func (w *harness) startWith(evaluator Evaluator) *harness {
	w.t.Helper()
	w.end = sync.OnceFunc(func() {
		w.cancel()
		if err := <-w.done; err != nil {
			w.t.Error(err)
		}
	})
	o := Options{
		Name: "counter.cue", Saves: w.saves, Evaluator: evaluator,
		Open:  w.open,
		Slots: func(schema.Display) []glass.Slot { return w.slots },
		Clock: w.clock, Jitter: func() float64 { return 1 },
		Log:        slog.New(slog.NewTextHandler(w.log, nil)),
		Store:      w.store,
		Report:     w.report,
		Heartbeat:  func(bool) {},
		ClockState: func(time.Time) ClockStatus { return ClockStatus{State: ClockTrusted} },
		Changed: func(c PolicyChange) {
			w.changed = append(w.changed, weeks(c.Before.Lead)+" -> "+weeks(c.After.Lead))
		},
	}
	if w.options != nil {
		w.options(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	go func() { w.done <- Run(ctx, o) }()
	w.t.Cleanup(func() {
		w.end()
		time.Sleep(time.Hour) // for what is slow
	})
	return w
}

func (w *harness) open(*schema.Config, string) (source.Source, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened++
	if w.parts != nil {
		return w.parts, nil
	}
	return w.source, nil
}

func (w *harness) report(s Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = s
}

// reported returns the last status, and how often a source was opened.
func (w *harness) reported() (Status, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status, w.opened
}

// ask makes another source the one that the next configuration opens.
func (w *harness) ask(s *fakeSource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.source = s
}

// save gives the engine a new content of the file.
func (w *harness) save(file string) {
	w.saves <- watch.Saved{Data: []byte(file), Hash: file}
	synctest.Wait()
}

// pass lets time pass.
func (w *harness) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// endsInTime stops the engine, which may take 2 s whatever hangs.
func (w *harness) endsInTime() {
	w.t.Helper()
	began := time.Now()
	w.cancel()
	select {
	case w.err = <-w.done:
	case <-time.After(time.Minute):
		w.t.Fatal("it does not end")
	}
	w.done <- nil // for the end of the test
	if took := time.Since(began); took > 2*time.Second {
		w.t.Errorf("the end took %v, want at most 2 s", took)
	}
}

// checkHeartbeat makes the harness check that the engine's loop turns at least every 5 s.
func (w *harness) checkHeartbeat() {
	last, set := time.Time{}, w.options
	w.options = func(o *Options) {
		if set != nil {
			set(o)
		}
		o.Heartbeat = func(bool) {
			if gap := time.Since(last); !last.IsZero() && gap > 5*time.Second+time.Millisecond {
				w.t.Errorf("the loop did not turn for %v", gap)
			}
			last = time.Now()
		}
	}
}

// wantText checks that the glass shows a text and, in either phase, exactly the
// given marks.
func (w *harness) wantText(text string, marks ...led.Mark) {
	w.t.Helper()
	line, err := led.Fit(text, 16, 8, led.FontAuto, led.Saturate)
	if err != nil {
		w.t.Fatal(err)
	}
	w.want(text, func(f *led.Frame) { line.Draw(f, 0) }, marks)
}

// wantSymbol checks that the glass shows a symbol.
func (w *harness) wantSymbol(s led.Symbol, marks ...led.Mark) {
	w.t.Helper()
	w.want(fmt.Sprintf("symbol %d", s), s.Draw, marks)
}

func (w *harness) want(name string, draw func(*led.Frame), marks []led.Mark) {
	w.t.Helper()
	got := w.glass.picture()
	var wants []string
	for _, lit := range []bool{true, false} {
		want := led.NewFrame(16, 8)
		draw(want)
		for _, m := range marks {
			m.Draw(want, lit || m == led.AtLeast)
		}
		if got == want.String() {
			return
		}
		wants = append(wants, want.String())
	}
	w.t.Errorf("glass at %s:\ngot\n%swant %s with marks %v\n%s", time.Now().UTC().Format(time.RFC3339), got, name, marks, wants[0])
}

// wantStreak checks the number as it is told, and whether it is stale.
func (w *harness) wantStreak(want string, stale bool) {
	w.t.Helper()
	status, _ := w.reported()
	if got := weeks(status.Verdict.Lead); got != want || status.Stale != stale {
		w.t.Errorf("got %s weeks, stale %v, want %s, %v: %v", got, status.Stale, want, stale, status.Because)
	}
}

// weeks says a streak's number.
func weeks(s rules.Streak) string {
	switch {
	case !s.Known:
		return "unknown"
	case s.AtLeast:
		return fmt.Sprintf("at least %d", s.Weeks)
	}
	return fmt.Sprint(s.Weeks)
}

// wantReason checks that rules are stale for reasons of these kinds, and for no other.
func (w *harness) wantReason(kinds ...string) {
	w.t.Helper()
	status, _ := w.reported()
	var got []string
	for _, reasons := range status.Because {
		for _, r := range reasons {
			if !slices.Contains(got, r.Kind) {
				got = append(got, r.Kind)
			}
		}
	}
	if !slices.Equal(got, kinds) {
		w.t.Errorf("stale because of %q, want %q: %v", got, kinds, status.Because)
	}
}

// wantLog checks that a text was logged.
func (w *harness) wantLog(text string) {
	w.t.Helper()
	if got := w.log.String(); !strings.Contains(got, text) {
		w.t.Errorf("log lacks %q:\n%s", text, got)
	}
}

// config returns a policy that forbids the given days.
func config(days ...time.Weekday) *schema.Config {
	return &schema.Config{
		Timezone: "America/Los_Angeles",
		Sources:  []schema.Source{{Name: "bamboo", Kind: "bamboo", URL: "https://bamboo.example.com"}},
		Rules:    []rules.Rule{{Name: "no-friday-deploys", Forbid: []rules.Window{{Weekdays: days, To: 24 * 60}}}},
		Poll: []schema.Poll{
			{Every: 5 * time.Minute, During: []rules.Window{{Weekdays: []time.Weekday{time.Friday}, To: 24 * 60}}},
			{Every: time.Hour},
		},
		Display:    schema.Display{Columns: 2, Rows: 1},
		Pages:      []schema.Page{{Font: led.FontAuto, Overflow: led.Saturate, For: 10 * time.Second}},
		Brightness: []schema.Brightness{{Level: 8}},
	}
}

// shiftedClock is the real clock, put forward or back.
type shiftedClock struct {
	*RealClock
	by atomic.Int64
}

func (c *shiftedClock) shift(by time.Duration) { c.by.Store(int64(by)) }

func (c *shiftedClock) off() time.Duration { return time.Duration(c.by.Load()) }

func (c *shiftedClock) Now() (time.Time, time.Duration) {
	now, uptime := c.RealClock.Now()
	return now.Add(time.Duration(c.by.Load())), uptime
}

func (c *shiftedClock) Until(t time.Time) time.Duration {
	return c.RealClock.Until(t.Add(-time.Duration(c.by.Load())))
}

func pattern(t *testing.T, text string) rules.Pattern {
	t.Helper()
	p, err := rules.ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fakeGlass is a display that keeps what it shows.
type fakeGlass struct {
	mu    sync.Mutex
	frame led.Frame
	err   error
	count calls
}

// calls counts the calls of a glass.
type calls struct {
	level                    led.Level
	shown, refreshed, halted int
}

func (g *fakeGlass) Show(p led.Picture) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return g.err
	}
	g.frame.CopyFrom(p.Frame)
	g.count.level = p.Level
	g.count.shown++
	return nil
}

func (g *fakeGlass) Refresh() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count.refreshed++
	return g.err
}

func (g *fakeGlass) Halt() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count.halted++
	g.frame.Clear()
	return nil
}

func (g *fakeGlass) picture() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.frame.String()
}

func (g *fakeGlass) calls() calls {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count
}

// fail makes every call an error, or none.
func (g *fakeGlass) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// deployed is a deployment to Production of a minute's length.
func deployed(id string, at time.Time) rules.Deployment {
	return rules.Deployment{
		ID: id, EnvironmentID: "1", Environment: "Production", Project: "shop", Version: "release-" + id,
		Started: at, Executed: at, Finished: at.Add(time.Minute),
		State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
	}
}

// losAngeles is an instant by the clock of the tests' policy.
func losAngeles(t *testing.T, clock string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
