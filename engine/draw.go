package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// The rhythm of the glass, in real time.
const (
	blink     = 500 * time.Millisecond // half a period of a blinking mark
	alternate = 2 * time.Second        // a glyph and the number take turns
)

// draw shows the present picture on every panel.
func (l *loop) draw(now time.Time, uptime time.Duration) {
	if len(l.panels) == 0 {
		return
	}
	if l.frame == nil {
		l.frame = led.NewFrame(8*l.glass.Columns, 8*l.glass.Rows)
	}
	l.frame.Clear()
	l.content(uptime)
	l.flourish.draw(l.frame, uptime)
	l.marks(now, uptime)
	p := led.Picture{Frame: l.frame, Level: l.level(now)}
	for _, n := range l.panels {
		waiting := n.failures > 0 && uptime < n.retry
		err := n.show(p, uptime)
		if !waiting {
			l.changed = l.changed || (err == nil) != (n.err == nil)
			n.err = err
			l.talk.trouble("display "+n.Name, "display "+n.Name+" cannot be shown on; the others go on", "display "+n.Name+" works again", err)
		}
	}
}

// level is how bright the glass is.
func (l *loop) level(now time.Time) led.Level {
	if l.policy == nil {
		return defaultLevel
	}
	return l.policy.at(now).level
}

// content draws the number, or what stands for it.
func (l *loop) content(uptime time.Duration) {
	known := l.policy != nil && l.verdict.Lead.Known && l.policy.knows()
	if glyph, ok := l.glyph(); ok && (!known || uptime/alternate%2 == 1) {
		glyph.Draw(l.frame)
		return
	}
	if !known {
		led.Unknown.Draw(l.frame)
		return
	}
	if line, shift, ok := l.pages.current(uptime); ok {
		line.Draw(l.frame, shift)
	}
}

// glyph returns the symbol of the present trouble, if it has one.
func (l *loop) glyph() (led.Symbol, bool) {
	switch {
	case l.policy == nil:
		return led.ConfigError, l.reload.refused != nil
	case l.asking.kind == TroubleAuth:
		return led.AuthError, true
	case !l.guard.trusted:
		return led.ClockError, true
	case l.asking.kind == TroubleMissing, l.unscoped != nil:
		return led.Environment, true
	}
	return 0, false
}

// marks draws the truth about the number into the corners.
func (l *loop) marks(now time.Time, uptime time.Duration) {
	lit := uptime/blink%2 == 0
	if l.stale(now) {
		led.Stale.Draw(l.frame, lit)
	}
	if l.refusing() {
		led.Refused.Draw(l.frame, lit)
	}
	if l.faulty() != nil {
		led.Faulty.Draw(l.frame, lit)
	}
	if l.policy != nil && l.verdict.Lead.Known && l.verdict.Lead.AtLeast {
		led.AtLeast.Draw(l.frame, true)
	}
}

// faulty lists the displays that cannot be shown on.
func (l *loop) faulty() (names []string) {
	for _, n := range l.panels {
		if n.err != nil {
			names = append(names, n.Name)
		}
	}
	return names
}

// refusing reports whether a file, or a page of it, is not shown.
func (l *loop) refusing() bool {
	return l.reload.refused != nil || l.policy != nil && l.policy.bad != nil
}

// restless reports whether something blinks or takes turns.
func (l *loop) restless(now time.Time) bool {
	if l.refusing() || l.faulty() != nil {
		return true
	}
	_, glyph := l.glyph()
	return glyph || l.policy != nil && l.stale(now)
}
