package main

import (
	"fmt"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// The wall of the test, as guest/counter.cue has it.
const (
	modules = 4
	board   = "fc16"
	refresh = 6 // seconds
)

// A chapter is a step of guest/init and what must come of it.
type chapter struct {
	step string
	does string
	text string // on the glass at the end; "": it is dark
	// refused says that the corner pixel blinks at the end.
	refused bool
	// still says that the picture is the one before: no register changes.
	still bool
	// again says that every register is written again meanwhile.
	again bool
	// log is what the counter says of it, as regular expressions.
	log []string
}

// The demo's history ends with an emergency 12 days ago; the Friday deployment before
// it was 12 weeks earlier.
var story = []chapter{
	{step: "start", does: "run, with a Bamboo on the same board", text: "1",
		log: []string{`is in force"`, `msg=number weeks=1 .*version=hotfix`}},
	{step: "still", does: "nothing happens", text: "1", still: true, again: true},
	{step: "excused", does: "a policy is saved that excuses the emergency", text: "13",
		log: []string{`is in force"`, `changes=.*weeks: 1 -> 13`}},
	{step: "typo", does: "a broken file is saved", text: "13", refused: true,
		log: []string{`is refused; nothing changes`, `counter\.cue:15:51: .*\\"Frday\\" is not a weekday`}},
	{step: "corrected", does: "the first policy is saved again", text: "1",
		log: []string{`is in force"`, `changes=.*weeks: 13 -> 1`, `is accepted again`}},
	{step: "greedy", does: "a file that takes all memory", text: "1", refused: true, again: true,
		log: []string{`is refused; nothing changes`, `evaluating it needs more memory`}},
	// The ticks of this board, by which RLIMIT_CPU counts, are too few: it falls after
	// 3.9 s of 2, so it is the wall clock that ends the child.
	{step: "endless", does: "a file that takes all time", text: "1", refused: true, again: true,
		log: []string{`evaluating it takes`}},
	{step: "again", does: "the first policy is saved once more", text: "1", again: true,
		log: []string{`is accepted again`}},
	{step: "stop", does: "SIGTERM", log: []string{`^exit 0$`}},
}

// picture returns what the glass shows of a text.
func picture(text string) *led.Frame {
	f := led.NewFrame(8*modules, 8)
	if text == "" {
		return f
	}
	line, err := led.Fit(text, f.Width(), f.Height(), led.FontAuto, led.Saturate)
	if err != nil {
		panic(fmt.Sprintf("internal error: %v", err))
	}
	line.Draw(f, 0)
	return f
}

// stale returns the frame with the pixel that says so.
func stale(f *led.Frame) *led.Frame {
	f.Set(f.Width()-1, 0, true)
	return f
}

// cornerless returns the frame without the pixel that blinks while a file is refused.
func cornerless(f *led.Frame) *led.Frame {
	g := led.NewFrame(0, 0)
	g.CopyFrom(f)
	g.Set(g.Width()-1, g.Height()-1, false)
	return g
}

// cornerLit reports whether that pixel is lit.
func cornerLit(f *led.Frame) bool { return f.At(f.Width()-1, f.Height()-1) }
