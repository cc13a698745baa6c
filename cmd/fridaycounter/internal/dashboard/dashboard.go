// Package dashboard makes what the web display serves beside the frame: the page, the API,
// /readyz and the metrics for Prometheus, all from engine.Status.
package dashboard

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Options configure a Dashboard.
type Options struct {
	Clock  func() time.Time // that the policy is judged by
	Chains func() []Chain   // nil: there are none
	Log    *slog.Logger
}

// A Dashboard is the web display and what it serves beside the frame. What takes time is
// worked out by Run when more is known, and never because somebody looks.
type Dashboard struct {
	o       Options
	server  *web.Server
	last    atomic.Pointer[engine.Status]
	changed chan struct{} // there is a new status
}

// New makes a dashboard. Its Run publishes the views.
func New(o Options) *Dashboard {
	d := &Dashboard{o: o, changed: make(chan struct{}, 1)}
	d.last.Store(new(engine.Status))
	d.server = web.New(web.Opts{Now: time.Now, Gate: d.gate, Deployments: d.deployments, Metrics: metricsHandler(d.registry())})
	return d
}

// Slots lists the page, if a geometry has one. A reload that leaves the address as it
// is leaves the listener as it is.
func (d *Dashboard) Slots(display schema.Display) []engine.Slot {
	if display.Web == nil {
		return nil
	}
	address := display.Web.Listen
	d.server.SetHosts(display.Web.Hosts)
	return []engine.Slot{{
		Name: "web " + address,
		Key:  struct{ web string }{address},
		Open: func() (engine.Display, error) {
			display, err := d.Listen(address)
			if err == nil {
				d.o.Log.Info("the web page is served", "url", fmt.Sprintf("http://%s/", display.Addr()))
			}
			return display, err
		},
	}}
}

// Listen serves the page at an address.
func (d *Dashboard) Listen(address string) (*web.Display, error) { return d.server.Listen(address) }

// Heartbeat says that the loop lives, which /healthz tells.
func (d *Dashboard) Heartbeat() { d.server.Heartbeat() }

// Update takes a new status of the loop. It does not wait.
func (d *Dashboard) Update(status engine.Status) {
	d.last.Store(&status)
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// After a year was worked out the dashboard rests, at least so long and so many times as long
// as that took, so that a large history leaves the processor to the wall.
const (
	leastRest = time.Second
	restTimes = 10
)

// Run publishes views until ctx ends.
func (d *Dashboard) Run(ctx context.Context) {
	var last yearKey
	var y *year               // of last
	var rest <-chan time.Time // until another year may be worked out; nil: it may
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.changed:
		case <-rest:
			rest = nil
		}
		status := d.last.Load()
		if status.Policy != nil && status.Policy.Config.Display.Web == nil {
			continue
		}
		if status.Policy != last.policy {
			d.publish(status, nil) // at once, since a year takes time
		}
		if key := keyOf(status); status.Policy != nil && key != last && rest == nil {
			began := time.Now()
			last, y = key, newYear(status)
			rest = time.After(max(leastRest, restTimes*time.Since(began)))
		}
		if status.Policy == last.policy {
			d.publish(status, y)
		}
	}
}

func (d *Dashboard) publish(status *engine.Status, y *year) {
	view, err := newView(status, y)
	if err != nil {
		d.o.Log.Warn("the web page cannot be updated", "error", err)
		return
	}
	d.server.Publish(view)
}

// A year is what takes time to work out of a status: why the numbers are what they are, and
// how the last 53 weeks went, from a Monday on.
type year struct {
	first        time.Time           // the beginning of the first day
	explanations []rules.Explanation // by rule name
	days         []rules.Day
	hours        [7][24]rules.Hour
	breaches     []rules.Breach // the latest, in order
}

func newYear(status *engine.Status) *year {
	p, now := status.Policy, status.Verdict.At
	sunday := now.AddDate(0, 0, 6-(int(now.Weekday())+6)%7)
	first, last := rules.DateOf(sunday.AddDate(0, 0, -53*7+1)), rules.DateOf(sunday)
	y := &year{first: time.Date(first.Year, first.Month, first.Day, 0, 0, 0, 0, p.Zone)}
	y.days, y.hours, y.breaches = rules.Days(p.Rules, p.Zone, status.Environments, first, last, now)
	for _, c := range p.Rules {
		y.explanations = append(y.explanations, c.Explain(status.Environments, now))
	}
	return y
}

// A yearKey is what a year depends on, without the instant: statuses of the same key have the
// same year.
type yearKey struct {
	policy    *engine.Policy
	facts     uint64
	date      rules.Date // on which the year ends
	forbidden bool
	window    rules.Occurrence
	days      int // of all streaks: each that grows makes it another
}

func keyOf(status *engine.Status) yearKey {
	v := &status.Verdict
	k := yearKey{policy: status.Policy, facts: status.Facts, date: rules.DateOf(v.At), forbidden: v.Forbidden}
	if w := v.Occurrence; w != nil {
		k.window = rules.Occurrence{Rule: w.Rule, Start: w.Start, End: w.End}
	}
	for _, s := range v.Streaks {
		k.days += s.Days
	}
	return k
}
