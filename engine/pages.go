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
	next    time.Duration // uptime before which they are not evaluated again

	lines []line        // in turn
	since time.Duration // uptime from which
}

// line is a page laid out.
type line struct {
	led.Line
	stays time.Duration
}

// scrollStep is how long a scrolling text stays at one pixel.
const scrollStep = 60 * time.Millisecond

// startPages computes the candidate's pages, or those in force again if a live
// value changed. The latest values win. The last good configuration comes into force before
// its pages are computed: until then they are the bare number.
func (l *loop) startPages(now time.Time, uptime time.Duration) {
	g := &l.pages
	if g.running {
		return
	}
	switch c := l.reload.candidate; {
	case c == nil:
	case !l.ready(c):
		return
	case c.withoutPages:
		l.swap(c)
		l.layOut()
	default:
		verdict := c.Judge(c.Environments(l.known()), l.asOf(c, now))
		l.startComputing(c, verdict.Live(l.status.Because))
		return
	}
	if l.policy == nil || uptime < g.next {
		return
	}
	if live := l.status.Verdict.Live(l.status.Because); !reflect.DeepEqual(live, l.policy.live) {
		g.next = uptime + l.o.PageEvery
		l.startComputing(l.policy, live)
	}
}

func (l *loop) startComputing(p *activePolicy, live schema.Live) {
	l.pages.running = true
	var pages []schema.Page
	var err error
	l.start(func() { pages, err = l.o.Evaluator.Pages(l.ctx, l.o.Name, p.file, live) }, func() {
		l.pages.running = false
		if l.ctx.Err() == nil && (p == l.policy || p == l.reload.candidate) {
			l.computed(p, live, pages, err)
		}
	})
}

// computed takes in the pages of a policy for live. A candidate is put into force with them.
func (l *loop) computed(p *activePolicy, live schema.Live, pages []schema.Page, err error) {
	_, uptime := l.o.Clock.Now()
	p.pages, p.pagesErr, p.withoutPages = pages, err, false
	if err == nil || blamesFile(err) {
		p.live = live
	} else {
		l.pages.next = uptime + maxSleep // not the page's fault: try again later
	}
	if p == l.reload.candidate {
		l.swap(p)
	}
	l.layOut()
	l.log.trouble("pages", "a page cannot be shown; the bare number is shown instead", "the pages can be shown again", p.pagesErr)
	l.changed = true
}

// layOut makes lines of the pages, or of the bare number.
func (l *loop) layOut() {
	g, p := &l.pages, l.policy
	g.lines = g.lines[:0]
	for _, page := range p.pages {
		fit, err := led.Fit(page.Text, 8*l.geometry.Columns, 8*l.geometry.Rows, page.Font, page.Overflow)
		if err != nil {
			p.pagesErr = err
			break
		}
		g.lines = append(g.lines, line{fit, stay(fit, page.For)})
	}
	if p.pagesErr != nil || len(g.lines) == 0 {
		g.lines = g.lines[:0]
		number := strconv.Itoa(l.status.Verdict.Lead.Weeks)
		if fit, err := led.Fit(number, 8*l.geometry.Columns, 8*l.geometry.Rows, led.FontAuto, led.Saturate); err == nil {
			g.lines = append(g.lines, line{fit, time.Hour})
		}
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

// current returns the line to show and its shift in pixels, and how long the picture stays
// like that; 0: there is no line.
func (g *pages) current(uptime time.Duration) (shown led.Line, shift int, stays time.Duration) {
	var turn time.Duration // of all lines
	for _, line := range g.lines {
		turn += line.stays
	}
	if turn == 0 {
		return led.Line{}, 0, 0
	}
	at := (uptime - g.since) % turn
	i := 0
	for ; at >= g.lines[i].stays; i++ {
		at -= g.lines[i].stays
	}
	line := g.lines[i]
	if !line.Scrolls() {
		return line.Line, 0, line.stays - at
	}
	return line.Line, int(at/scrollStep) % line.Steps(), scrollStep - at%scrollStep
}
