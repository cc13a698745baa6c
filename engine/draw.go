package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// The rhythm of the glass, in real time.
const (
	blink     = 500 * time.Millisecond // half a period of a blinking mark
	alternate = 2 * time.Second        // a symbol and the number take turns
)

// draw shows the present picture on every display.
func (l *loop) draw(uptime time.Duration) {
	if len(l.slots) == 0 {
		return
	}
	if l.frame == nil {
		l.frame = led.NewFrame(8*l.geometry.Columns, 8*l.geometry.Rows)
	}
	l.frame.Clear()
	l.content(uptime)
	l.animation.draw(l.frame, uptime)
	l.marks(uptime)
	p := led.Picture{Frame: l.frame, Level: l.schedule.level}
	for _, n := range l.slots {
		n.show(p, uptime)
	}
}

// content draws the number, or what stands for it.
func (l *loop) content(uptime time.Duration) {
	known := l.policy != nil && l.verdict.Lead.Known && l.policy.showsNumber()
	if symbol, ok := l.symbol(); ok && (!known || uptime/alternate%2 == 1) {
		symbol.Draw(l.frame)
		return
	}
	if !known {
		led.Unknown.Draw(l.frame)
		return
	}
	if line, shift, stays := l.pages.current(uptime); stays > 0 {
		line.Draw(l.frame, shift)
	}
}

// symbol returns that of the present trouble, if it has one.
func (l *loop) symbol() (led.Symbol, bool) {
	kind, err := trouble(l.pollStatus())
	switch {
	case l.policy == nil:
		return led.ConfigError, l.reload.refused != nil
	case err != nil && kind == source.Login:
		return led.AuthError, true
	case !l.guard.trusted:
		return led.ClockError, true
	case err != nil && kind == source.Missing, l.staleFor("gone"), l.staleFor("scope"):
		return led.Environment, true
	}
	return 0, false
}

// staleFor reports whether a rule is stale for a reason of that kind.
func (l *loop) staleFor(kind string) bool {
	for _, reasons := range l.because {
		for _, r := range reasons {
			if r.Kind == kind {
				return true
			}
		}
	}
	return false
}

// marks draws into the corners how far the number and the picture can be relied on.
func (l *loop) marks(uptime time.Duration) {
	lit := uptime/blink%2 == 0
	if len(l.because) > 0 {
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

// refusing reports whether the saved file is refused, or a page of it cannot be shown.
func (l *loop) refusing() bool {
	return l.reload.refused != nil || l.policy != nil && l.policy.pagesErr != nil
}

// blinks reports whether something blinks or takes turns.
func (l *loop) blinks() bool {
	if l.refusing() || l.faulty() != nil {
		return true
	}
	_, symbol := l.symbol()
	return symbol || len(l.because) > 0
}
