package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// animationStep is how long the bar of light that runs over the number when a record
// falls stays at a column.
const animationStep = 60 * time.Millisecond

// animation runs over the number when the record falls. Its times are uptimes.
type animation struct {
	from time.Duration
	on   bool
}

// recordFell reports whether the current streak has just become longer than every
// one that ended. A first streak has nothing to beat.
func recordFell(before, after Verdict) bool {
	was, is := before.history(after.Lead.Rule), after.history(after.Lead.Rule)
	return was.Known && is.Known && was.Best != nil && is.Best != nil &&
		was.Current.Start.Equal(is.Current.Start) &&
		was.Current.Weeks <= was.Best.Weeks && is.Current.Weeks > is.Best.Weeks
}

// startAnimation begins the animation if the record fell, but not in quiet hours.
func (l *loop) startAnimation(before, after Verdict) {
	if !recordFell(before, after) {
		return
	}
	l.o.Log.Info("a new record", "weeks", after.Lead.Weeks, "rule", after.Lead.Rule)
	if l.schedule.quiet {
		return
	}
	_, uptime := l.o.Clock.Now()
	l.animation = animation{uptime, true}
}

// draw turns the light of the bar's columns around.
func (f *animation) draw(frame *led.Frame, uptime time.Duration) {
	step := int((uptime - f.from) / animationStep)
	if f.on = f.on && step <= frame.Width(); !f.on {
		return
	}
	for x := step - 1; x <= step; x++ {
		for y := range frame.Height() {
			frame.Set(x, y, !frame.At(x, y))
		}
	}
}

// wake returns how long the picture stays as it is, if the animation goes on.
func (f *animation) wake(uptime time.Duration) (time.Duration, bool) {
	return animationStep - (uptime-f.from)%animationStep, f.on
}
