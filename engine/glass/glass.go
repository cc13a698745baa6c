// Package glass is what displays show, and how: the pages in turn, symbols and marks, and
// slots in which displays fail and work again.
package glass

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/oncelog"
	"github.com/fridaycounter/fridaycounter/engine/task"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Glass is all displays and what they show. Only the loop's goroutine uses it.
type Glass struct {
	tasks  *task.Group
	log    *oncelog.Log
	uptime func() time.Duration

	slots     []*slot
	frame     *led.Frame // as large as the displays; nil before the first Light
	lines     []line     // in turn
	since     time.Duration
	animation time.Duration // uptime from which it runs over the number; zero: it does not
	content   Content       // that was drawn last
}

// New returns a glass without displays. uptime is the real time since the program began.
func New(tasks *task.Group, log *oncelog.Log, uptime func() time.Duration) *Glass {
	return &Glass{tasks: tasks, log: log, uptime: uptime}
}

// A Content is what is to be seen, beside the pages.
type Content struct {
	Known  bool       // the number, so that the pages may be shown
	Symbol led.Symbol // stands for the number, or takes turns with it
	Marks  []led.Mark
	Level  led.Level
}

// DefaultLevel lights the glass before any file was accepted.
const DefaultLevel led.Level = 8

// The rhythm of the glass, in real time.
const (
	blink     = 500 * time.Millisecond // half a period of a blinking mark
	alternate = 2 * time.Second        // a symbol and the number take turns
	// animationStep is how long the bar of light that runs over the number when a record
	// falls stays at a column.
	animationStep = 60 * time.Millisecond
)

// Brightness returns the level at an instant, and until when it holds; zero: always.
func Brightness(list []schema.Brightness, zone *time.Location, now time.Time) (level led.Level, until time.Time) {
	for _, b := range slices.Backward(list) {
		in, end := b.During == nil, time.Time{} // no windows always match, as in the last entry
		if !in {
			in, end = rules.MatchWindows(b.During, zone, now)
		}
		if in {
			level = b.Level
		}
		if until.IsZero() || !end.IsZero() && end.Before(until) {
			until = end
		}
	}
	return level, until
}

// Animate runs the bar of light over the number.
func (g *Glass) Animate() { g.animation = g.uptime() }

// Draw shows the present picture on every display.
func (g *Glass) Draw(c Content) {
	g.content = c
	if len(g.slots) == 0 {
		return
	}
	uptime := g.uptime()
	g.frame.Clear()
	g.draw(uptime)
	g.animate(uptime)
	for _, m := range c.Marks {
		m.Draw(g.frame, m == led.AtLeast || uptime/blink%2 == 0)
	}
	for _, s := range g.slots {
		g.show(s, led.Picture{Frame: g.frame, Level: c.Level}, uptime)
	}
}

// Still draws the picture of an instant on a frame of any size. Its marks do not blink.
func Still(f *led.Frame, c Content, pages []schema.Page, number int, uptime time.Duration) {
	g := Glass{frame: f, content: c}
	_ = g.LayOut(pages, number) // of pages that do not fit it makes the bare number
	g.draw(uptime)
	for _, m := range c.Marks {
		m.Draw(f, true)
	}
}

// draw draws the number, or what stands for it.
func (g *Glass) draw(uptime time.Duration) {
	symbol := g.content.Symbol
	if !g.content.Known || symbol != led.Unknown && uptime/alternate%2 == 1 {
		symbol.Draw(g.frame)
		return
	}
	if line, shift, stays := g.current(uptime); stays > 0 {
		line.Draw(g.frame, shift)
	}
}

// animate inverts the columns under the bar of light, see animationStep.
func (g *Glass) animate(uptime time.Duration) {
	step := int((uptime - g.animation) / animationStep)
	if g.animation == 0 || step > g.frame.Width() {
		g.animation = 0
		return
	}
	for x := step - 1; x <= step; x++ {
		for y := range g.frame.Height() {
			g.frame.Set(x, y, !g.frame.At(x, y))
		}
	}
}

// Next returns the time from uptime until another picture is due, or a display is tried
// again; as much as most where that comes later.
func (g *Glass) Next(uptime, most time.Duration) time.Duration {
	wait := most
	for _, s := range g.slots {
		if !s.waiting {
			wait = min(wait, s.due-uptime)
		}
	}
	if g.animation > 0 {
		wait = min(wait, animationStep-(uptime-g.animation)%animationStep)
	}
	blinking := func(m led.Mark) bool { return m != led.AtLeast }
	if g.content.Symbol != led.Unknown || slices.ContainsFunc(g.content.Marks, blinking) {
		wait = min(wait, blink-uptime%blink)
	}
	if _, _, stays := g.current(uptime); stays > 0 {
		wait = min(wait, stays)
	}
	return wait
}
