package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A site is the web display, and what it tells beside the frame. What it reads of the
// store it reads beside the engine's loop, when more is known, and never because
// somebody looks.
type site struct {
	server  *web.Server
	metrics *metrics
	dir     string // of the policy file
	store   engine.Reader
	disk    *diskStore // nil: no history is kept
	clock   func() time.Time
	log     *slog.Logger

	changed chan struct{} // there is a new status

	mu     sync.Mutex
	status engine.Status
	court  *engine.Court // of status.Config; nil: none is in force
}

// newSite makes a site that tells what is read from a store. clock is the policy's.
func newSite(m *metrics, dir string, store engine.Reader, disk *diskStore, clock func() time.Time, log *slog.Logger) *site {
	s := &site{metrics: m, dir: dir, store: store, disk: disk, clock: clock, log: log, changed: make(chan struct{}, 1)}
	s.server = web.New(web.Opts{Now: time.Now, Gate: s.gate, Deployments: s.deployments, Metrics: s.metrics.handler()})
	return s
}

// panels lists the page, if a geometry has one. A reload that leaves the address as it
// is leaves the listener as it is.
func (s *site) panels(d schema.Display) []engine.Panel {
	if d.Web == nil {
		return nil
	}
	address := d.Web.Listen
	s.server.Configure(web.Settings{Hosts: d.Web.Hosts})
	return []engine.Panel{{
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
	s.mu.Lock()
	if status.Config == nil {
		s.court = nil
	} else if s.court == nil || s.status.Config.Hash != status.Config.Hash {
		// It was made of the same configuration before that came into force.
		s.court, _ = engine.NewCourt(status.Config)
	}
	s.status = status
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// latest returns the newest status, and the rules that it is by.
func (s *site) latest() (engine.Status, *engine.Court) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status, s.court
}

// rest is how long the site rests after it has read the store, at least, and so many
// times as long as that took, so that a large history leaves the processor to the wall.
const (
	leastRest = time.Second
	restTimes = 10
)

// attend runs the site beside the engine until what it returns is called.
func (s *site) attend(ctx context.Context) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.run(ctx)
	}()
	return func() {
		stop()
		<-ended
	}
}

// run publishes each new status until ctx ends.
func (s *site) run(ctx context.Context) {
	var known dossier
	var next time.Time // when the store may be read again
	wake := time.NewTimer(0)
	defer wake.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-wake.C:
		}
		status, court := s.latest()
		if status.Config != nil && status.Config.Display.Web == nil {
			continue
		}
		key := dossierKey(&status)
		if court == nil || key == known.key {
			s.publish(&status, court, &known)
			continue
		}
		if wait := time.Until(next); wait > 0 {
			s.publish(&status, court, &known)
			wake.Reset(wait)
			continue
		}
		if known.key == "" || !known.serves(&status) {
			s.publish(&status, court, &known)
		}
		began := time.Now()
		read, err := s.read(ctx, &status, court)
		next = time.Now().Add(max(leastRest, restTimes*time.Since(began)))
		if err != nil {
			s.log.Warn("the page cannot tell what is stored; what it told stays", "error", err)
			continue
		}
		read.key = key
		known = read
		s.publish(&status, court, &known)
	}
}

// A dossier is what was read of the store for the page.
type dossier struct {
	key    string // of the status that it was read for
	source string // see engine.SourceKey, and the policy's hash
	engine.Survey
}

// dossierKey is another text for a status for which the store is to be read again.
func dossierKey(status *engine.Status) string {
	if status.Config == nil {
		return ""
	}
	v := &status.Verdict
	key := fmt.Sprint(status.Config.Hash, status.Facts, rules.DateOf(v.At), v.Forbidden, v.Window)
	for _, s := range v.Streaks {
		key += fmt.Sprint(s.Known, s.Weeks, s.Days, s.AtLeast, s.Since.Unix(), s.Breach != nil && s.Breach.Running)
	}
	for _, f := range status.Freshness {
		key += fmt.Sprint(f.ID, f.Name, f.Project, f.CompleteFrom.Unix(), f.Exhausted)
	}
	return key
}

// serves reports whether what was read is of the policy in force.
func (d *dossier) serves(status *engine.Status) bool {
	return status.Config != nil && d.source == status.Config.Hash
}

// read reads the store for the page: the last 53 weeks, from a Monday on.
func (s *site) read(ctx context.Context, status *engine.Status, court *engine.Court) (dossier, error) {
	now := status.Verdict.At
	last := now.AddDate(0, 0, 6-(int(now.Weekday())+6)%7) // the week's Sunday
	first := last.AddDate(0, 0, -53*7+1)
	survey, err := court.Survey(ctx, s.store, status.Config, s.dir, rules.DateOf(first), rules.DateOf(last), now)
	return dossier{source: status.Config.Hash, Survey: survey}, err
}

// publish tells a status and what was read.
func (s *site) publish(status *engine.Status, court *engine.Court, known *dossier) {
	if !known.serves(status) {
		known = &dossier{}
	}
	view, err := newView(status, court, known, filepath.Base)
	if err != nil {
		s.log.Warn("the page cannot be made", "error", err)
		return
	}
	s.server.Publish(view)
}

// byName finds a streak's history.
func byName(histories []rules.History, rule string) *rules.History {
	i, ok := slices.BinarySearchFunc(histories, rule, func(h rules.History, name string) int { return cmp.Compare(h.Rule, name) })
	if !ok {
		return &rules.History{}
	}
	return &histories[i]
}
