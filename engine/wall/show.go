package wall

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/glass"
)

// shown is what the wall shows, and what it last said of that.
type shown struct {
	modules  int
	pagesErr error     // why the pages cannot be shown
	until    time.Time // the brightness holds before; zero: always

	status    Status
	published Shown
	next      time.Duration // uptime of the next message, at the latest
}

// shownEvery is the time between two messages when nothing changes.
const shownEvery = 5 * time.Minute

// layOut shows the pages of the state, or the bare number.
func (l *loop) layOut() {
	s := l.heard.state
	if l.shown.pagesErr = nil; s != nil && s.Known && l.shown.modules > 0 {
		l.shown.pagesErr = l.glass.LayOut(s.pages(), *s.Weeks)
	}
	l.log.Trouble("pages", "a page cannot be shown on this wall; the bare number is shown instead", "the pages can be shown again", l.shown.pagesErr)
}

// known reports whether there is a number to show.
func (l *loop) known() bool { return l.heard.state != nil && l.heard.state.Known }

// marks returns the counter's marks and the wall's own.
func (l *loop) marks() (list []led.Mark) {
	var ofCounter []string
	if l.heard.state != nil {
		ofCounter = l.heard.state.Marks
	}
	if l.known() && slices.Contains(ofCounter, "at_least") {
		list = append(list, led.AtLeast)
	}
	if l.heard.stale != nil && l.heard.stale != errNothing {
		list = append(list, led.Stale)
	}
	if slices.Contains(ofCounter, "refused") || l.file.refused != nil || l.shown.pagesErr != nil {
		list = append(list, led.Refused)
	}
	if l.glass.Faulty() != nil {
		list = append(list, led.Faulty)
	}
	return list
}

// show draws what is to be seen, and tells of it.
func (l *loop) show(now time.Time, uptime time.Duration) {
	level := glass.DefaultLevel
	if w := l.file.wall; w != nil {
		level, l.shown.until = glass.Brightness(w.Brightness, l.file.zone, now)
	}
	l.glass.Draw(glass.Content{Known: l.known(), Symbol: l.symbol(), Marks: l.marks(), Level: level})
	text := "--"
	if l.known() {
		text = l.glass.Text()
	}
	l.report(Status{Text: text, Stale: l.heard.stale, Refused: l.file.refused, Faulty: l.glass.Faulty()})
	l.publish(text, now, uptime)
}

// report hands the status on, when something of it changed.
func (l *loop) report(status Status) {
	was := &l.shown.status
	if (l.file.wall == nil && l.file.refused == nil) || reflect.DeepEqual(*was, status) {
		return // the wall shows nothing yet, or the same
	}
	if status.Text != was.Text {
		l.o.Log.Info("the wall shows", "text", status.Text)
	}
	*was = status
	l.o.Report(status)
}

// publish says what the wall shows, when something of it changed and each 5 minutes.
func (l *loop) publish(text string, now time.Time, uptime time.Duration) {
	s := &l.shown
	if l.conn == nil {
		return
	}
	m := Shown{V: Version, Text: text, Stale: l.heard.stale != nil, Version: l.o.Version, Modules: s.modules, Since: s.published.Since}
	if h := l.heard.state; h != nil {
		m.Boot, m.Seq, m.Policy, m.Facts, m.At = h.Boot, h.Seq, h.Policy, h.Facts, h.At
	}
	if text != s.published.Text {
		m.Since = now.UTC().Truncate(time.Second)
	}
	if m == s.published && uptime < s.next {
		return
	}
	payload, err := json.Marshal(m)
	if err != nil { // a date that JSON cannot hold
		return
	}
	s.published, s.next = m, uptime+shownEvery
	l.conn.Shown(payload)
}
