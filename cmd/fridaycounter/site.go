package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A site is the web display, and what it tells beside the frame. What takes time it works
// out beside the engine's loop, when more is known, and never because somebody looks.
type site struct {
	server  *web.Server
	metrics *metrics
	clock   func() time.Time
	log     *slog.Logger

	changed chan struct{} // there is a new status
}

// newSite makes a site. clock is the policy's.
func newSite(m *metrics, clock func() time.Time, log *slog.Logger) *site {
	s := &site{metrics: m, clock: clock, log: log, changed: make(chan struct{}, 1)}
	s.server = web.New(web.Opts{Now: time.Now, Gate: s.gate, Deployments: s.deployments, Metrics: s.metrics.handler()})
	return s
}

// panels lists the page, if a geometry has one. A reload that leaves the address as it
// is leaves the listener as it is.
func (s *site) panels(d schema.Display) []engine.Slot {
	if d.Web == nil {
		return nil
	}
	address := d.Web.Listen
	s.server.Configure(web.Settings{Hosts: d.Web.Hosts})
	return []engine.Slot{{
		Name: "web " + address,
		Key:  struct{ web string }{address},
		Open: func() (engine.Display, error) {
			display, err := s.server.Listen(address)
			if err == nil {
				s.log.Info("the page is served", "url", fmt.Sprintf("http://%s/", display.Addr()))
			}
			return display, err
		},
	}}
}

// report takes in a status of the loop, and does not wait.
func (s *site) report(status engine.Status) {
	s.metrics.set(status)
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// The site rests after it has made a report, at least so long and so many times as long as
// that took, so that a large history leaves the processor to the wall.
const (
	leastRest = time.Second
	restTimes = 10
)

func (s *site) run(ctx context.Context) {
	var last reported
	var next time.Time // when another report may be made
	wake := time.NewTimer(0)
	defer wake.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-wake.C:
		}
		status := s.metrics.latest()
		if status.Policy != nil && status.Policy.Config.Display.Web == nil {
			continue
		}
		key := reportKey(status)
		if status.Policy != nil && (status.Policy != last.policy || key != last.key) {
			if wait := time.Until(next); wait > 0 {
				wake.Reset(wait)
			} else {
				if last.policy != status.Policy {
					s.publish(status, nil) // the page tells of the new policy at once
				}
				began := time.Now()
				last = reported{status.Policy, key, yearReport(status)}
				next = time.Now().Add(max(leastRest, restTimes*time.Since(began)))
			}
		}
		if last.policy != status.Policy {
			s.publish(status, nil)
		} else {
			s.publish(status, &last.Report)
		}
	}
}

// reported is a report and what it was made for.
type reported struct {
	policy *engine.Policy
	key    string
	engine.Report
}

// reportKey returns another text for a status that gives another report.
func reportKey(status *engine.Status) string {
	v, ticks := &status.Verdict, 0
	for _, s := range v.Streaks {
		ticks += s.Weeks + s.Days
	}
	return fmt.Sprint(status.Facts, rules.DateOf(v.At), v.Forbidden, v.Window, ticks)
}

// yearReport reports on the last 53 weeks, from a Monday on.
func yearReport(status *engine.Status) engine.Report {
	now := status.Verdict.At
	last := now.AddDate(0, 0, 6-(int(now.Weekday())+6)%7) // the week's Sunday
	first := last.AddDate(0, 0, -53*7+1)
	return status.Policy.Report(status.Environments, rules.DateOf(first), rules.DateOf(last), now)
}

func (s *site) publish(status *engine.Status, r *engine.Report) {
	view, err := newView(status, r)
	if err != nil {
		s.log.Warn("the page cannot be made", "error", err)
		return
	}
	s.server.Publish(view)
}
