// Package demo shows the counter without a Bamboo and without LEDs: the real client and engine
// read the history of a built-in server, by a clock that runs a week a second.
package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/drivers/term"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

//go:embed demo.cue
var policy []byte

// The history of the demo: twelve quiet weeks, then Friday the 13th.
const (
	quietWeeks = 12
	week       = time.Second // a week of the demo takes this long
	endAfter   = 3 * time.Second
)

// Emergency is when an agent begins the deployment that resets the number.
func Emergency() time.Time {
	return time.Date(2026, time.March, 13, 16, 40, 0, 0, Zone())
}

// Zone is the zone of demo.cue. The program carries the zones itself.
func Zone() *time.Location {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		panic(fmt.Sprintf("internal error: %v", err))
	}
	return zone
}

// Bamboo returns the server of the demo.
func Bamboo(clock func() time.Time) *bambootest.Server {
	year := bambootest.Year{
		Seed: 1, End: Emergency().AddDate(0, 0, 7), Location: Zone(), Quiet: quietWeeks, Emergency: Emergency(),
	}
	return &bambootest.Server{Projects: year.Projects(), Clock: clock, NoDate: true}
}

// Year returns a history that ends now. Its last Friday emergency is one to two weeks ago.
func Year(now time.Time) bambootest.Year {
	now = now.In(Zone())
	friday := now.AddDate(0, 0, -int(now.Weekday()-time.Friday+7)%7)
	emergency := time.Date(friday.Year(), friday.Month(), friday.Day(), 16, 40, 0, 0, Zone())
	for now.Before(emergency.AddDate(0, 0, 7).Add(15 * time.Minute)) {
		emergency = emergency.AddDate(0, 0, -7)
	}
	return bambootest.Year{Seed: 1, End: now, Location: Zone(), Quiet: quietWeeks, Emergency: emergency}
}

// Serve serves a Bamboo with a history that ends now, until ctx ends, and says so on stderr.
func Serve(ctx context.Context, addr string, stdout, stderr io.Writer) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve the demo's Bamboo: %w", err)
	}
	year := Year(time.Now())
	fmt.Fprintf(stderr, "a Bamboo with an invented year of deployments to Production, Staging and Dev; Ctrl-C ends it. In counter.cue:\n")
	fmt.Fprintf(stdout, "source: bamboo: {url: \"http://%s\", environments: [\"Production\"]}\n", listener.Addr())
	return serve(ctx, listener, &bambootest.Server{Projects: year.Projects(), Clock: time.Now})
}

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the demo's Bamboo: %w", err)
	}
	return nil
}

// Options say where the demo is shown.
type Options struct {
	Stdout, Stderr io.Writer
	Terminal       bool       // Stdout is a terminal: the demo goes on until ctx ends
	Columns        func() int // of the terminal; 0: not known
	Getenv         func(string) string
}

// Run runs the engine over the history of the demo.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve the demo's Bamboo: %w", err)
	}
	clock := newClock(time.Now, Emergency().AddDate(0, 0, -7*quietWeeks), float64(7*24*time.Hour)/float64(week))
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener, Bamboo(clock.Instant)) }()

	url := "http://" + listener.Addr().String()
	saves := make(chan watch.Saved, 1)
	saves <- watch.Saved{Data: bytes.Replace(policy, []byte("http://127.0.0.1:8085"), []byte(url), 1), Hash: "demo"}
	log := slog.New(slog.NewTextHandler(o.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	look := term.Detect(o.Terminal, o.Getenv)
	look.Columns = o.Columns
	s := &show{
		terminal: term.New(o.Stdout, look), stays: o.Terminal, clock: clock, end: cancel,
		page: dashboard.New(dashboard.Options{Clock: clock.Instant, Log: log}),
	}
	open := sources.Opener{Getenv: o.Getenv, Lockouts: new(rest.Lockouts)}
	pageEnded := make(chan struct{})
	go func() { s.page.Run(ctx); close(pageEnded) }()
	err = engine.Run(ctx, engine.Options{
		Name: "demo.cue", Saves: saves, Evaluator: policyfile.Evaluator(), Open: open.Open, Slots: s.slots,
		Clock: clock, Jitter: rand.Float64, Log: log,
		Report: s.report, Changed: func(engine.PolicyChange) {}, Heartbeat: func(bool) { s.page.Heartbeat() }, PageEvery: week / 20,
	})
	err = errors.Join(err, s.err)
	cancel()
	<-pageEnded
	return errors.Join(err, <-served)
}

// A show has the demo's displays: the terminal, with a caption below the digits that says what
// happens, and the page.
type show struct {
	terminal *term.Dev
	page     *dashboard.Dashboard
	clock    *clock
	pageURL  string // "": the page is not served
	end      context.CancelFunc
	stays    bool // goes on after the reset, for somebody at the terminal
	over     bool // the number was reset
	err      error
}

// slots implements the Slots of engine.Options. The page goes to another port where its own is
// taken.
func (s *show) slots(d schema.Display) []glass.Slot {
	return []glass.Slot{
		{Name: "terminal", Key: "terminal", Open: func() (glass.Display, error) { return s.terminal, nil }},
		{Name: "web", Key: "web", Open: func() (glass.Display, error) {
			display, err := s.page.Listen(d.Web.Listen)
			if err != nil {
				display, err = s.page.Listen("127.0.0.1:0")
			}
			if err == nil {
				s.pageURL = fmt.Sprintf("http://%s/", display.Addr())
			}
			return display, err
		}},
	}
}

// report implements the Report of engine.Options.
func (s *show) report(status engine.Status) {
	s.page.Update(status)
	lead, at := status.Verdict.Lead, status.Verdict.At
	text := at.Format("Mon 2 Jan 2006") + "  a week a second, with an invented year of deployments"
	if s.over {
		text = at.Format("Mon 2 Jan 2006") + "  at real speed, with an invented year of deployments"
	}
	switch {
	case !lead.Known:
		text += "\nreading the year's first page from a Bamboo of the demo's own"
	case lead.Breach != nil && !lead.Breach.At.Before(Emergency()):
		d := lead.Breach.Deployment
		text += fmt.Sprintf("\n%s of %s to %s on %s resets the number", d.Version, d.Project, d.Environment, report.Day(lead.Breach.At.In(at.Location())))
		s.finish()
	default:
		text += "\n" + report.Sentence(status.Verdict.Lead)
	}
	if s.pageURL != "" {
		text += "\nthe same in a browser: " + s.pageURL
	}
	if s.over && s.stays {
		text += "; Ctrl-C ends it"
	}
	if err := s.terminal.Caption(text); s.err == nil {
		s.err = err
	}
	if lead.Known && len(status.Pages) == 1 && status.Pages[0].Text == strconv.Itoa(lead.Weeks) {
		s.clock.shown(at)
	}
}

// finish is called after the reset. The first call makes the clock run at real speed. Without
// somebody at the terminal the demo then ends after endAfter.
func (s *show) finish() {
	if s.over {
		return
	}
	s.over = true
	s.clock.slow()
	if !s.stays {
		time.AfterFunc(endAfter, s.end)
	}
}
