package engine

import (
	"context"
	"reflect"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// pages turns the policy's pages, which a child computes, into lines.
type pages struct {
	running bool
	next    time.Duration // uptime before which they are not evaluated again

	lines []line
	turn  int           // which page is shown
	since time.Duration // uptime from which
}

// line is a page laid out.
type line struct {
	led.Line
	stays time.Duration
}

// computed is what came of computing pages.
type computed struct {
	policy *policy
	live   schema.Live
	pages  []schema.Page
	err    error
}

// scrollStep is how long a scrolling text stays at one pixel.
const scrollStep = 60 * time.Millisecond

// startPages computes the candidate's pages, or those in force again if a live
// value changed. The latest values win.
func (l *loop) startPages(now time.Time, uptime time.Duration) {
	g := &l.pages
	if g.running {
		return
	}
	if c := l.reload.candidate; c != nil && !c.bare {
		if l.ready(c) {
			l.compute(c, l.foresee(c, now))
		}
		return
	}
	if l.policy == nil || uptime < g.next {
		return
	}
	live := l.verdict.Live(l.isStale)
	if reflect.DeepEqual(live, l.policy.live) {
		return
	}
	g.next = uptime + l.o.PageEvery
	l.compute(l.policy, live)
}

// foresee returns the live values that a candidate would have in force.
func (l *loop) foresee(p *policy, now time.Time) schema.Live {
	environments := p.Environments(l.known())
	return p.Judge(environments, l.guard.asOf(now, l.good(p))).Live(l.isStale)
}

func (l *loop) compute(p *policy, live schema.Live) {
	l.pages.running = true
	evaluator, name := l.o.Evaluator, l.o.Name
	l.start(l.ctx, func(ctx context.Context) result {
		pages, err := evaluator.Pages(ctx, name, p.file, live)
		return computed{p, live, pages, err}
	})
}

// take takes in computed pages. A candidate is put into force with them.
func (t computed) take(l *loop) {
	l.pages.running = false
	if l.ctx.Err() != nil || t.policy != l.policy && t.policy != l.reload.candidate {
		return
	}
	p := t.policy
	_, uptime := l.o.Clock.Now()
	p.pages, p.bad, p.bare = t.pages, t.err, false
	if t.err == nil || blamesFile(t.err) {
		p.live = t.live
	} else {
		l.pages.next = uptime + maxSleep // not the page's fault: try again later
	}
	if p == l.reload.candidate {
		l.swap(p)
	}
	l.layOut(uptime)
	l.log.trouble("pages", "a page cannot be shown; the bare number is", "the pages can be shown again", p.bad)
	l.changed = true
}

// begin shows a new policy from its first page.
func (g *pages) begin(uptime time.Duration) {
	g.turn, g.since, g.next, g.lines = 0, uptime, 0, nil
}

// layOut makes lines of the pages, or of the bare number.
func (l *loop) layOut(uptime time.Duration) {
	g, p := &l.pages, l.policy
	g.lines = g.lines[:0]
	for _, page := range p.pages {
		fit, err := led.Fit(page.Text, 8*l.glass.Columns, 8*l.glass.Rows, page.Font, page.Overflow)
		if err != nil {
			p.bad = err
			break
		}
		g.lines = append(g.lines, line{fit, stay(fit, page.For)})
	}
	if p.bad != nil || p.bare || len(g.lines) == 0 {
		g.lines = g.lines[:0]
		if fit, err := led.Fit(strconv.Itoa(l.verdict.Lead.Weeks), 8*l.glass.Columns, 8*l.glass.Rows, led.FontAuto, led.Saturate); err == nil {
			g.lines = append(g.lines, line{fit, time.Hour})
		}
	}
	if g.turn >= len(g.lines) {
		g.turn, g.since = 0, uptime
	}
}

// stay returns how long a line is shown: whole passes if it scrolls.
func stay(l led.Line, least time.Duration) time.Duration {
	if !l.Scrolls() {
		return least
	}
	pass := time.Duration(l.Steps()) * scrollStep
	return (least + pass - 1) / pass * pass
}

// current turns the page when it is time and returns the line to show and its
// shift in pixels.
func (g *pages) current(uptime time.Duration) (led.Line, int, bool) {
	if len(g.lines) == 0 {
		return led.Line{}, 0, false
	}
	for uptime-g.since >= g.lines[g.turn].stays {
		g.since += g.lines[g.turn].stays
		g.turn = (g.turn + 1) % len(g.lines)
		if len(g.lines) == 1 {
			g.since = uptime - uptime%g.lines[0].stays
			break
		}
	}
	shown := g.lines[g.turn]
	if !shown.Scrolls() {
		return shown.Line, 0, true
	}
	return shown.Line, int((uptime-g.since)/scrollStep) % shown.Steps(), true
}

// wake returns how long the picture stays as it is.
func (g *pages) wake(l *loop, uptime time.Duration) time.Duration {
	wait := maxSleep
	if l.restless() {
		wait = blink - uptime%blink
	}
	if !g.running && uptime < g.next {
		wait = min(wait, g.next-uptime)
	}
	if len(g.lines) == 0 {
		return wait
	}
	shown := g.lines[g.turn]
	if shown.Scrolls() {
		wait = min(wait, scrollStep-(uptime-g.since)%scrollStep)
	}
	if len(g.lines) > 1 {
		wait = min(wait, g.since+shown.stays-uptime)
	}
	return wait
}
