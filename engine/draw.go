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
	// animationStep is how long the bar of light that runs over the number when a record
	// falls stays at a column.
	animationStep = 60 * time.Millisecond
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
	l.animate(uptime)
	for _, m := range l.status.Marks() {
		m.Draw(l.frame, m == led.AtLeast || uptime/blink%2 == 0)
	}
	p := led.Picture{Frame: l.frame, Level: l.schedule.level}
	for _, s := range l.slots {
		l.show(s, p, uptime)
	}
}

// content draws the number, or what stands for it.
func (l *loop) content(uptime time.Duration) {
	symbol, p := l.status.Symbol(), l.policy
	// The pages were computed for a known number, or the bare number stands for them.
	known := l.status.Verdict.Lead.Known && (p.live.Streak.Known || p.pagesErr != nil || p.withoutPages)
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

// recordFell reports whether the current streak has just become longer than every
// one that ended. A first streak has nothing to beat.
func recordFell(before, after Verdict) bool {
	was, is := before.history(after.Lead.Rule), after.history(after.Lead.Rule)
	return was.Known && is.Known && was.Best != nil && is.Best != nil &&
		was.Current.Start.Equal(is.Current.Start) &&
		was.Current.Weeks <= was.Best.Weeks && is.Current.Weeks > is.Best.Weeks
}

// animate inverts the columns under the bar of light, see animationStep.
func (l *loop) animate(uptime time.Duration) {
	step := int((uptime - l.animation) / animationStep)
	if l.animation == 0 || step > l.frame.Width() {
		l.animation = 0
		return
	}
	for x := step - 1; x <= step; x++ {
		for y := range l.frame.Height() {
			l.frame.Set(x, y, !l.frame.At(x, y))
		}
	}
}
