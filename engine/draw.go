package engine

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
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
	for _, m := range l.status.Marks() {
		m.Draw(l.frame, m == led.AtLeast || uptime/blink%2 == 0)
	}
	p := led.Picture{Frame: l.frame, Level: l.schedule.level}
	for _, s := range l.slots {
		s.show(p, uptime)
	}
}

// content draws the number, or what stands for it.
func (l *loop) content(uptime time.Duration) {
	known := l.status.Verdict.Lead.Known && l.policy.showsNumber()
	symbol := l.status.Symbol()
	if !known || symbol != led.Unknown && uptime/alternate%2 == 1 {
		symbol.Draw(l.frame)
		return
	}
	if line, shift, stays := l.pages.current(uptime); stays > 0 {
		line.Draw(l.frame, shift)
	}
}

// blinks reports whether something blinks or takes turns.
func (l *loop) blinks() bool {
	blinking := func(m led.Mark) bool { return m != led.AtLeast }
	return l.status.Symbol() != led.Unknown || slices.ContainsFunc(l.status.Marks(), blinking)
}
