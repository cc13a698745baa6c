package engine

import (
	"reflect"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// pages turns the policy's pages, which a child computes, into lines.
type pages struct {
	running bool
	asked   time.Duration // uptime of the last evaluation
	any     bool          // there was one

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
	if c := l.reload.candidate; c != nil && !l.reload.cached {
		if as, ok := l.ready(c, now); ok {
			l.compute(c, c.docket.Judge(as).Live(l.stale(now)))
		}
		return
	}
	if l.policy == nil || g.any && uptime < g.asked+l.o.PageEvery {
		return
	}
	live := l.verdict.Live(l.stale(now))
	if reflect.DeepEqual(live, l.policy.live) {
		return
	}
	g.asked, g.any = uptime, true
	l.compute(l.policy, live)
}

// ready returns the instant as of which to judge a candidate, if it can be: its docket
// is read, and as of no later one.
func (l *loop) ready(c *policy, now time.Time) (as time.Time, ok bool) {
	if c.docket == nil {
		return time.Time{}, false
	}
	as = l.guard.asOf(now, c.docket.good)
	return as, !c.docket.ahead(as)
}

func (l *loop) compute(p *policy, live schema.Live) {
	l.pages.running = true
	evaluator, name := l.o.Evaluator, l.o.Name
	l.start(func() func() {
		pages, err := evaluator.Pages(l.ctx, name, p.file, live)
		return func() { l.paged(computed{p, live, pages, err}) }
	})
}

// paged takes in computed pages. A candidate is put into force with them.
func (l *loop) paged(t computed) {
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
		l.pages.asked, l.pages.any = uptime+maxSleep, true // not the page's fault: try again later
	}
	if p == l.reload.candidate {
		if _, ok := l.ready(p, l.now()); !ok {
			return // the clock was set meanwhile: the store is read again
		}
		l.swap(p)
	}
	l.layOut(uptime)
	l.talk.trouble("pages", "a page cannot be shown; the bare number is", "the pages can be shown again", p.bad)
	l.changed = true
}

// begin shows a new policy from its first page.
func (g *pages) begin(p *policy, uptime time.Duration) {
	g.turn, g.since, g.any, g.lines = 0, uptime, false, nil
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
func (g *pages) wake(l *loop, now time.Time, uptime time.Duration) time.Duration {
	wait := maxSleep
	if l.restless(now) {
		wait = blink - uptime%blink
	}
	if l.policy != nil && !g.running && g.any && uptime < g.asked+l.o.PageEvery {
		wait = min(wait, g.asked+l.o.PageEvery-uptime)
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
