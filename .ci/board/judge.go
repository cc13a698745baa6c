package main

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// maxResident is what the counter may have in memory at the end: 20 MiB are promised
// of another machine.
const maxResident = 24 << 10 // kB

// A judge collects what is not as it should be.
type judge struct{ faults []string }

func (j *judge) faultf(format string, args ...any) {
	j.faults = append(j.faults, fmt.Sprintf(format, args...))
}

// all judges the whole story.
func (j *judge) all(c *console, messages []*message) {
	last := "" // the text before
	for i, ch := range story {
		var own []*message
		for _, m := range messages {
			if m.step == ch.step {
				own = append(own, m)
			}
		}
		j.chapter(ch, last, i > 0 && story[i-1].refused, own)
		for _, want := range ch.log {
			if !slices.ContainsFunc(c.log[ch.step], regexp.MustCompile(want).MatchString) {
				j.faultf("%s: the log has no line like %s", ch.step, want)
			}
		}
		last = ch.text
	}
	j.messages(messages)
	j.counters(c, messages)
}

// chapter judges what the wall showed in a step, after the text before it.
func (j *judge) chapter(ch chapter, before string, blinked bool, messages []*message) {
	if len(messages) == 0 {
		j.faultf("%s: nothing was sent", ch.step)
		return
	}
	allowed := []*led.Frame{picture(before), picture(ch.text)}
	if ch.step == story[0].step {
		// Until Bamboo has answered there is no number, and it is stale until the first
		// reading is at its end.
		allowed = append(allowed, picture("--"), stale(picture("--")), stale(picture(ch.text)))
	}
	changed, whole, lit, dark := 0, 0, 0, 0
	for _, m := range messages {
		if m.whole {
			whole++
		} else {
			changed++
		}
		after := m.after().Frame
		if cornerLit(after) {
			lit++
		} else {
			dark++
		}
		if !slices.ContainsFunc(allowed, cornerless(after).Equal) {
			j.faultf("%s: the wall showed what belongs neither to it nor to the step before:\n%s", ch.step, dots(after))
		}
	}
	end := messages[len(messages)-1].after()
	if want := picture(ch.text); !cornerless(end.Frame).Equal(want) {
		j.faultf("%s: at its end the wall shows\n%swant\n%s", ch.step, dots(end.Frame), dots(want))
	}
	switch {
	case ch.refused && (lit < 2 || dark < 2):
		j.faultf("%s: the corner was sent lit %d and dark %d times: want it to blink", ch.step, lit, dark)
	case !ch.refused && cornerLit(end.Frame), !ch.refused && !blinked && lit > 0:
		j.faultf("%s: the corner was lit, and no file is refused", ch.step)
	}
	if ch.still && changed > 0 {
		j.faultf("%s: %d ioctls for the same picture: want none", ch.step, changed)
	}
	if ch.again && whole == 0 {
		j.faultf("%s: not every register was written again", ch.step)
	}
	j.darkness(ch, end)
}

// darkness judges whether the chips are awake where they should be. A dark picture on
// chips that are awake is not enough: with the power they need they would stay so.
func (j *judge) darkness(ch chapter, end chainsim.Snapshot) {
	want := led.Level(8)
	if ch.text == "" {
		want = led.Off
	}
	for chip, level := range end.Levels {
		if level != want {
			j.faultf("%s: chip %d is at brightness %d: want %d", ch.step, chip, level, want)
		}
	}
}

// messages judges what holds of every ioctl: one for each picture that is another one,
// and none for the same, except that all registers are written again by the clock,
// which nobody sees.
func (j *judge) messages(messages []*message) {
	whole := 0
	for i, m := range messages {
		same := sameSnapshot(m.before, m.after())
		switch {
		case !m.whole && same:
			j.faultf("%s: an ioctl at %v for the same picture", m.step, m.begin)
		case m.whole && i > 0:
			whole++
			if slices.ContainsFunc(m.shown, func(g chainsim.Snapshot) bool { return !sameSnapshot(g, m.before) }) {
				j.faultf("%s: the wall flickered when every register was written again at %v", m.step, m.begin)
			}
		case i == 0 && !m.whole:
			j.faultf("the first ioctl does not write every register")
		}
	}
	if len(messages) == 0 {
		return
	}
	// A loop that is late makes one interval shorter, but not all of them.
	span := (messages[len(messages)-1].end - messages[0].begin).Seconds()
	if most := int(span/refresh) + 1; whole > most {
		j.faultf("every register was written again %d times in %.0f s: want at most %d", whole, span, most)
	}
}

// counters holds the trace to what the kernel counted, so that nothing went past it.
func (j *judge) counters(c *console, messages []*message) {
	bytes := 0
	for _, m := range messages {
		bytes += m.bytes
	}
	for name, want := range map[string]int{"messages": len(messages), "bytes": bytes, "errors": 0} {
		if got, ok := c.counters[name]; !ok || got != want {
			j.faultf("the kernel counted %d %s on the port: want %d, as the trace has", got, name, want)
		}
	}
	switch resident, ok := c.memory["last VmRSS"]; {
	case !ok:
		j.faultf("the board did not tell the memory of the counter")
	case resident > maxResident:
		j.faultf("the counter has %d kB in memory: want at most %d", resident, maxResident)
	}
}

func sameSnapshot(a, b chainsim.Snapshot) bool {
	return a.Frame.Equal(b.Frame) && slices.Equal(a.Levels, b.Levels)
}
