package sources_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// A deed is what truly happened: an oracle knows it whole, a server tells it bit by bit.
type deed struct {
	id                         int
	created, executed, final   time.Time // executed is zero for one that never ran
	outcome                    string    // success or failed
	state, started, ended, was string    // as of an instant: see tell
}

// tell sets what a server says as of now: state is waiting, running, or how it ended.
func (d *deed) tell(now time.Time) {
	clock := func(at time.Time) string {
		if at.IsZero() || at.After(now) {
			return ""
		}
		return at.Format("02 15:04")
	}
	d.was, d.started, d.ended, d.state = clock(d.created), clock(d.executed), clock(d.final), "waiting"
	switch {
	case d.ended != "":
		d.state = d.outcome
	case d.started != "":
		d.state = "running"
	}
}

// A system shows deeds, the oldest first, as its kind of server does.
type system struct {
	source string
	show   func(list []deed)
	serve  func(w http.ResponseWriter, r *http.Request) any
	atOnce bool // it begins to run when it is made
	queue  bool // one after the other
	keeps  int  // the newest; 0: all
	loses  bool // failed ones may be overwritten before anybody looks
}

func systems() map[string]*system {
	hub, lab, jen, argo := &gitHub{}, &gitLab{}, &jenkins{}, &argoCD{}
	showHub := func(list []deed) {
		hub.deployments = nil
		for _, d := range slices.Backward(list) {
			var statuses []string
			if d.ended != "" {
				statuses = append(statuses, map[string]string{"success": "success ", "failed": "failure "}[d.outcome]+d.ended)
			}
			if d.started != "" {
				statuses = append(statuses, "in_progress "+d.started)
			}
			hub.deployments = append(hub.deployments, gitHubDeployment{id: d.id, environment: "production", created: d.was, statuses: append(statuses, "queued "+d.was)})
		}
	}
	return map[string]*system{
		"GitHub":              {source: gitHubSource("URL", production), serve: hub.serve, show: showHub},
		"GitHub with a token": {source: gitHubSource("URL", production+withToken), serve: hub.serve, show: showHub},
		"GitLab": {source: gitLabSource("URL"), serve: lab.serve, show: func(list []deed) {
			lab.deployments = nil
			for _, d := range list {
				state := map[string]string{"waiting": "blocked", "running": "running", "success": "success", "failed": "failed"}[d.state]
				lab.deployments = append(lab.deployments, gitLabDeployment(d.id, state, d.was, max(d.was, d.started, d.ended), d.started, d.ended))
			}
		}},
		"Jenkins": {source: jenkinsSource("URL", ""), serve: jen.serve, atOnce: true, keeps: 4, show: func(list []deed) {
			jen.builds = nil
			for _, d := range slices.Backward(list) {
				b := build(d.id, map[string]any{"success": "SUCCESS", "failed": "FAILURE"}[d.state], d.was, 0)
				if d.ended != "" {
					b["duration"] = d.final.Sub(d.created).Milliseconds()
				}
				jen.builds = append(jen.builds, b)
			}
		}},
		"Argo CD": {source: `argocd: {url: "URL", applications: ["/./"]}`, serve: argo.serve, atOnce: true, queue: true, loses: true, show: func(list []deed) {
			argo.applications = []object{application("x", "u1", nil)}
			var history []object
			var last object
			for i, d := range list {
				if d.state == "success" {
					history = append(history, entry(i, d.was, d.ended))
				}
				last = operation(map[string]string{"running": "Running", "success": "Succeeded", "failed": "Failed"}[d.state], d.was, d.ended)
			}
			argo.applications[0] = application("x", "u1", last, history[max(0, len(history)-4):]...)
		}},
	}
}

// TestRandomHistories lets time pass at a server, with polls now and then, restarts and failing
// requests. What is said to be known completely must be known, as it truly was.
func TestRandomHistories(t *testing.T) {
	for name := range systems() {
		for seed := range uint64(12) {
			t.Run(fmt.Sprintf("%s %d", name, seed), func(t *testing.T) { follow(t, systems()[name], rand.New(rand.NewPCG(seed, 12))) })
		}
	}
}

func follow(t *testing.T, s *system, random *rand.Rand) {
	minutes := func(n int) time.Duration { return time.Duration(1+random.IntN(n)) * time.Minute }
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	var deeds []deed
	var broken bool
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) any {
		if broken && random.IntN(3) == 0 {
			w.WriteHeader(http.StatusBadGateway)
			return nil
		}
		return s.serve(w, r)
	})
	r := newReader(t, strings.ReplaceAll(s.source, "URL", url), now)
	next := now // when the next is made
	for step := range 20 {
		until := now.Add(minutes(900))
		for next.Before(until) {
			d := deed{id: len(deeds) + 1, created: next, outcome: []string{"success", "success", "failed"}[random.IntN(3)]}
			d.executed = next
			if !s.atOnce {
				d.executed = next.Add(minutes(400))
			}
			d.final = d.executed.Add(minutes(200))
			if !s.atOnce && random.IntN(5) == 0 { // stuck in the queue
				d.executed, d.outcome = time.Time{}, "failed"
			}
			deeds = append(deeds, d)
			if next = next.Add(minutes(500)); s.queue {
				next = d.final.Add(minutes(300))
			}
		}
		now = until
		last := step == 19
		if last {
			now = now.Add(48 * time.Hour)
		}
		var shown []deed
		for _, d := range deeds {
			if d.tell(now); !d.created.After(now) {
				shown = append(shown, d)
			}
		}
		if s.keeps > 0 {
			shown = shown[max(0, len(shown)-s.keeps):]
		}
		s.show(shown)
		if random.IntN(6) == 0 { // a restart
			r.open()
		}
		broken = !last && random.IntN(4) == 0
		r.now = now
		r.poll()
		if r.err == nil {
			check(t, s, r, deeds, last)
		} else if !broken {
			t.Fatal(r.err)
		}
	}
}

// check compares what is known with what happened since it is said to be complete.
func check(t *testing.T, s *system, r *reader, deeds []deed, last bool) {
	if len(r.known.Environments) == 0 {
		return
	}
	from := r.known.Environments[0].CompleteFrom
	runs := map[string]bool{}
	for k := range r.known.Environments[0].Deployments {
		d := &r.known.Environments[0].Deployments[k]
		text := describe(d)
		runs[text] = true
		if s.keeps > 0 && strings.HasPrefix(text, "unknown ") { // it was dropped while it ran
			runs["unknown "+d.Start().Format("02 15:04")] = true
		}
	}
	for _, d := range deeds {
		if d.tell(r.now); d.created.After(r.now) || d.created.Before(from) || d.state == "waiting" || s.loses && d.outcome == "failed" {
			continue
		}
		want := d.state + " " + d.started
		switch {
		case d.executed.IsZero():
			want = "did not run"
		case d.ended != "":
			want += " to " + d.ended
		}
		if !runs[want] && !runs["unknown "+d.started] {
			t.Errorf("at %s, complete from %s: deployment %d, %s, is not among %q", r.now.Format("02 15:04"), from.Format("02 15:04"), d.id, want, r.runs())
		}
	}
	if last && s.keeps == 0 && !s.loses && len(runs) > 0 && len(r.known.Environments[0].Deployments) != len(deeds) && !r.now.Before(deeds[len(deeds)-1].created) {
		t.Errorf("got %d deployments, want %d", len(r.known.Environments[0].Deployments), len(deeds))
	}
}
