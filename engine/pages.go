package engine

import (
	"reflect"
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// pages is the way of the policy's pages, which a child computes, to the glass.
type pages struct {
	running bool
	next    time.Duration // uptime before which they are not evaluated again
}

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
	l.tasks.Start(func() { pages, err = l.o.Evaluator.Pages(l.ctx, l.o.Name, p.file, live) }, func() {
		l.pages.running = false
		if l.ctx.Err() == nil && (p == l.policy || p == l.reload.candidate) {
			l.computed(p, live, pages, err)
		}
	})
}

// computed takes in the pages of a policy for live. A candidate is put into force with them.
func (l *loop) computed(p *activePolicy, live schema.Live, pages []schema.Page, err error) {
	p.pages, p.pagesErr, p.withoutPages = pages, err, false
	if err == nil || blamesFile(err) {
		p.live = live
	} else {
		l.pages.next = l.uptime() + maxSleep // not the page's fault: try again later
	}
	if p == l.reload.candidate {
		l.swap(p)
	}
	l.layOut()
	l.log.Trouble("pages", "a page cannot be shown; the bare number is shown instead", "the pages can be shown again", p.pagesErr)
	l.changed = true
}

// layOut shows the pages, or the bare number.
func (l *loop) layOut() {
	p := l.policy
	pages := p.pages
	if p.pagesErr != nil {
		pages = nil
	}
	if err := l.glass.LayOut(pages, l.status.Verdict.Lead.Weeks); err != nil {
		p.pagesErr = err
	}
}
