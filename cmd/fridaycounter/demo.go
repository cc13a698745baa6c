package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/drivers/term"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/watch"
)

//go:embed demo.cue
var demoPolicy []byte

func (p *program) demoCommand() *cobra.Command {
	var serve string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show twelve weeks at a week a second, without a Bamboo and without LEDs",
		Long: `Show how the counter works. It needs nothing: a built-in Bamboo serves a year of
deployments, the real client and engine read it, and a clock runs a week a second
until the emergency Friday resets the number. With --serve only the Bamboo runs,
on the given address and by the real clock, for trying a policy of your own.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if serve != "" {
				return p.serveDemo(cmd.Context(), serve)
			}
			return p.demo(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&serve, "serve", "", "serve only the Bamboo on this `address`, like 127.0.0.1:8085")
	return cmd
}

// The demo's history: twelve quiet weeks, then Friday the 13th.
const (
	demoQuiet = 12
	demoWeek  = time.Second // a week of the demo takes this long
	demoRest  = 3 * time.Second
)

// demoEmergency is when an agent begins the deployment that resets the number.
func demoEmergency() time.Time {
	return time.Date(2026, time.March, 13, 16, 40, 0, 0, demoZone())
}

// demoZone is the zone of demo.cue. The program carries the zones itself.
func demoZone() *time.Location {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		panic(fmt.Sprintf("internal error: %v", err))
	}
	return zone
}

func demoBamboo(clock func() time.Time) *bambootest.Server {
	year := bambootest.Year{
		Seed: 1, End: demoEmergency().AddDate(0, 0, 7), Location: demoZone(),
		Quiet: demoQuiet, Emergency: demoEmergency(),
	}
	return &bambootest.Server{Projects: year.Projects(), Clock: clock, NoDate: true}
}

// demoYear is a history that ends now. Its last Friday emergency is one to two weeks ago.
func demoYear(now time.Time) bambootest.Year {
	now = now.In(demoZone())
	last := now.AddDate(0, 0, -int(now.Weekday()-time.Friday+7)%7)
	emergency := time.Date(last.Year(), last.Month(), last.Day(), 16, 40, 0, 0, demoZone())
	for now.Before(emergency.AddDate(0, 0, 7).Add(15 * time.Minute)) {
		emergency = emergency.AddDate(0, 0, -7)
	}
	return bambootest.Year{Seed: 1, End: now, Location: demoZone(), Quiet: demoQuiet, Emergency: emergency}
}

func (p *program) serveDemo(ctx context.Context, addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve the demo's Bamboo: %w", err)
	}
	year := demoYear(time.Now())
	fmt.Fprintf(p.stderr, "a Bamboo at http://%s, deployment project shop with Production, Staging and Dev; Ctrl-C ends it\n", listener.Addr())
	return serveUntil(ctx, listener, &bambootest.Server{Projects: year.Projects(), Clock: time.Now})
}

func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the demo's Bamboo: %w", err)
	}
	return nil
}

// demo runs the engine over the demo's history.
func (p *program) demo(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve the demo's Bamboo: %w", err)
	}
	clock := newDemoClock(time.Now, demoEmergency().AddDate(0, 0, -7*demoQuiet), float64(7*24*time.Hour)/float64(demoWeek))
	served := make(chan error, 1)
	go func() { served <- serveUntil(ctx, listener, demoBamboo(clock.Instant)) }()

	url := "http://" + listener.Addr().String()
	saves := make(chan watch.Saved, 1)
	policy := bytes.Replace(demoPolicy, []byte("http://127.0.0.1:8085"), []byte(url), 1)
	saves <- watch.Saved{Data: policy, Hash: "demo"}

	log := slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	show := &demoShow{
		glass: term.New(p.stdout, term.Detect(isTerminal(p.stdout), p.getenv)), clock: clock, url: url, end: cancel, stays: isTerminal(p.stdout),
		page: dashboard.New(dashboard.Options{Clock: clock.Instant, Log: log}),
	}
	open := sources.Opener{Getenv: p.getenv, Lockouts: new(rest.Lockouts)}
	e, err := engine.New(engine.Options{
		Name: "demo.cue", Saves: saves, Evaluator: p.evaluator(), Open: open.Open,
		Slots: show.panels,
		Clock: clock, Jitter: rand.Float64, Log: log,
		Report: show.report, Heartbeat: show.page.Heartbeat, PageEvery: demoWeek / 20,
	})
	if err != nil {
		return err
	}
	defer inBackground(ctx, show.page.Run)()
	if err := errors.Join(e.Run(ctx), show.err); err != nil {
		return err
	}
	return <-served
}
