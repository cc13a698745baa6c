// Package dashboard makes what the web display serves beside the frame: the page, the API,
// /readyz and the metrics for Prometheus, all from engine.Status.
package dashboard

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Options configure a Dashboard.
type Options struct {
	Clock  func() time.Time // that the policy is judged by
	Chains func() []Chain   // nil: there are none
	// Walls lists those that show what the counter publishes; nil: it publishes nothing.
	Walls func() []report.Wall
	Log   *slog.Logger
}

// A Dashboard is the web display and what it serves beside the frame. What takes time is
// worked out by Run when the status is another, and never because somebody looks.
type Dashboard struct {
	*web.Server
	o       Options
	last    atomic.Pointer[engine.Status]
	changed chan struct{} // there is a new status
}

// New makes a dashboard. Its Run publishes the views.
func New(o Options) *Dashboard {
	if o.Walls == nil {
		o.Walls = func() []report.Wall { return nil }
	}
	d := &Dashboard{o: o, changed: make(chan struct{}, 1)}
	d.last.Store(new(engine.Status))
	d.Server = web.New(web.Opts{Now: time.Now, Clock: o.Clock, Gate: d.gate, Deployments: d.deployments, Metrics: d.metrics()})
	return d
}

// Slots lists the page, if a geometry has one. A reload that leaves the address as it
// is leaves the listener as it is.
func (d *Dashboard) Slots(display schema.Display) []glass.Slot {
	if display.Web == nil {
		return nil
	}
	address := display.Web.Listen
	d.SetHosts(display.Web.Hosts)
	return []glass.Slot{{
		Name: "web " + address,
		Key:  struct{ web string }{address},
		Open: func() (glass.Display, error) {
			display, err := d.Listen(address)
			if err == nil {
				d.o.Log.Info("the web page is served", "url", fmt.Sprintf("http://%s/", display.Addr()))
			}
			return display, err
		},
	}}
}

// Update takes a new status of the loop. It does not wait.
func (d *Dashboard) Update(status engine.Status) {
	d.last.Store(&status)
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// restTimes is how many times as long as it took to make a view the dashboard rests then, so that a
// large history leaves the processor to the wall.
const restTimes = 4

// Run publishes views until ctx ends.
func (d *Dashboard) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.changed:
		}
		began := time.Now()
		d.publish()
		select {
		case <-ctx.Done():
			return
		case <-time.After(restTimes * time.Since(began)):
		}
	}
}

// publish shows the last status on the page, if there is a page.
func (d *Dashboard) publish() {
	status := d.last.Load()
	if status.Policy != nil && status.Policy.Config.Display.Web == nil {
		return
	}
	view, err := newView(status)
	view.Walls = viewWalls(d.o.Walls())
	if err != nil {
		d.o.Log.Warn("the web page cannot be updated", "error", err)
		return
	}
	d.Publish(view)
}

// gate answers as the command does, by the policy in force.
func (d *Dashboard) gate(source, project, environment string) (web.Gate, error) {
	status := d.last.Load()
	if status.Policy == nil || status.Clock != engine.ClockTrusted {
		return web.Gate{}, web.ErrUnavailable
	}
	now := d.o.Clock()
	g, err := status.Policy.Gate(status.Environments, engine.Place{Source: source, Project: project, Environment: environment}, now)
	if err != nil {
		return web.Gate{}, &web.RequestError{Err: err}
	}
	answer := web.Gate{Allowed: g.Allowed, Answer: report.NewGate(g)}
	if !g.Until.IsZero() {
		answer.Wait = g.Until.Sub(now)
	}
	return answer, nil
}

// deploymentsAnswer is a page of the history, the newest first.
type deploymentsAnswer struct {
	Deployments []report.Listed `json:"deployments"`
	Next        *string         `json:"next"` // for after; null on the last page
}

// deployments answers with a page of what is known.
func (d *Dashboard) deployments(_ context.Context, q web.Query) (any, error) {
	status := d.last.Load()
	if status.Policy == nil {
		return nil, web.ErrUnavailable
	}
	answer := deploymentsAnswer{Deployments: []report.Listed{}}
	if len(status.Environments) == 0 { // nothing was read yet, so no name can be wrong
		return answer, nil
	}
	now := d.o.Clock()
	if status.Clock != engine.ClockTrusted {
		now = status.Verdict.At
	}
	filter := query.Filter{
		From: q.From, Until: q.Until, Source: q.Source, Environment: q.Environment, Project: q.Project,
		After: q.After, Limit: q.Limit, Links: report.Detailed(status),
	}
	page, end, err := filter.List(status.Policy, status.Known, now)
	if err != nil {
		return nil, &web.RequestError{Err: err}
	}
	answer.Deployments = append(answer.Deployments, page...)
	if end != "" {
		answer.Next = &end
	}
	return answer, nil
}
