package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// flourishStep is how long the bar of light that runs over the number when a record
// falls stays at a column.
const flourishStep = 60 * time.Millisecond

// flourish is a small feast on the glass. Its times are uptimes.
type flourish struct {
	from time.Duration
	on   bool
}

// recordFell reports whether the current streak has just become longer than every
// one that ended. A first streak has nothing to beat.
func recordFell(before, after Verdict) bool {
	for i, h := range after.Histories {
		if h.Rule != after.Lead.Rule || i >= len(before.Histories) {
			continue
		}
		was := before.Histories[i]
		return was.Rule == h.Rule && was.Known && h.Known && was.Best != nil && h.Best != nil &&
			was.Current.Start.Equal(h.Current.Start) &&
			was.Current.Weeks <= was.Best.Weeks && h.Current.Weeks > h.Best.Weeks
	}
	return false
}

// celebrate begins the flourish if the record fell, but not in quiet hours.
func (l *loop) celebrate(before, after Verdict, now time.Time) {
	if !recordFell(before, after) {
		return
	}
	l.o.Log.Info("a new record", "weeks", after.Lead.Weeks, "rule", after.Lead.Rule)
	if l.policy.at(now).quiet {
		return
	}
	_, uptime := l.o.Clock.Now()
	l.flourish = flourish{uptime, true}
}

// draw turns the light of the bar's columns around.
func (f *flourish) draw(frame *led.Frame, uptime time.Duration) {
	step := int((uptime - f.from) / flourishStep)
	if f.on = f.on && step <= frame.Width(); !f.on {
		return
	}
	for x := step - 1; x <= step; x++ {
		for y := range frame.Height() {
			frame.Set(x, y, !frame.At(x, y))
		}
	}
}

// wake returns how long the picture stays as it is, if the flourish goes on.
func (f *flourish) wake(uptime time.Duration) (time.Duration, bool) {
	return flourishStep - (uptime-f.from)%flourishStep, f.on
}
