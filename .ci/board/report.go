package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// report writes what was seen, for a person.
func report(w io.Writer, c *console, messages []*message) {
	fmt.Fprintf(w, "board: %s, emulated\n", c.board)
	fmt.Fprintf(w, "port: %s has major %d, %q in /proc/devices\n", node, c.devices.node, c.devices.names[c.devices.node])
	fmt.Fprintf(w, "chain: %d modules %s on SPI0.0, every register again each %d s\n", modules, board, refresh)
	for _, ch := range story {
		fmt.Fprintf(w, "\n%s: %s\n", ch.step, ch.does)
		reportChapter(w, ch, messages)
		for _, line := range c.log[ch.step] {
			fmt.Fprintf(w, "  > %s\n", strings.TrimPrefix(line, "time="))
		}
	}
	fmt.Fprintln(w)
	reportTimes(w, c.trace, messages)
	fmt.Fprintf(w, "memory: %s after the first digits, %s at the end; at most %s\n",
		resident(c, "first"), resident(c, "last"), mebibytes(c.memory["last VmHWM"]))
	fmt.Fprintf(w, "the kernel's own count: %d ioctls, %d bytes, %d errors\n",
		c.counters["messages"], c.counters["bytes"], c.counters["errors"])
}

// reportChapter writes the traffic of a step and the glass at its end.
func reportChapter(w io.Writer, ch chapter, messages []*message) {
	var last, other *message
	var changed, whole, bytes, blinks int
	for _, m := range messages {
		if m.step != ch.step {
			continue
		}
		last = m
		bytes += m.bytes
		switch before, after := m.before.Frame, m.after().Frame; {
		case m.whole:
			whole++
		case !before.Equal(after) && cornerless(before).Equal(cornerless(after)):
			blinks++
		default:
			changed++
			other = m
		}
	}
	fmt.Fprintf(w, "  ioctls: %d for another picture, %d for the blinking corner, %d for all registers; %d bytes\n",
		changed, blinks, whole, bytes)
	if other != nil {
		fmt.Fprintf(w, "  the picture was complete %d ms after the step began\n", other.since.Milliseconds())
	}
	if last != nil {
		for line := range strings.Lines(dots(last.after().Frame)) {
			fmt.Fprintf(w, "  %s", line)
		}
	}
}

// reportTimes writes how long it took until something was to be seen.
func reportTimes(w io.Writer, trace []event, messages []*message) {
	started := begin(trace)
	first := func(text string) string {
		want := picture(text)
		for _, m := range messages {
			if m.after().Frame.Equal(want) {
				return fmt.Sprintf("%d ms", (m.end - started).Milliseconds())
			}
		}
		return "never"
	}
	fmt.Fprintf(w, "from exec to the first message to the chips: %d ms, to -- on the wall: %s, to the first digit: %s\n",
		(messages[0].end - started).Milliseconds(), first("--"), first(story[0].text))
	if took := children(trace); len(took) > 0 {
		fmt.Fprintf(w, "children that evaluated CUE: %d, the first took %d ms, the slowest %d ms\n",
			len(took), took[0].Milliseconds(), slices.Max(took).Milliseconds())
	}
}

// begin returns when the counter was started.
func begin(trace []event) time.Duration {
	var at time.Duration
	for _, e := range trace {
		if e.name == "sched_process_exec" && strings.HasSuffix(e.value("filename"), "/fridaycounter") {
			at = e.at // the demo's Bamboo was started before
		}
	}
	return at
}

// children returns the times from exec to exit of the processes that the counter made
// of itself. A tool of busybox is started by the same name, but gives itself another.
func children(trace []event) (took []time.Duration) {
	born := map[string]time.Duration{}
	for _, e := range trace {
		switch pid := e.value("pid"); {
		case e.name == "sched_process_exec" && e.value("filename") == "/proc/self/exe":
			born[pid] = e.at
		case e.name == "sched_process_exit" && e.value("comm") == "exe":
			if at, ok := born[pid]; ok { // a thread was not born so
				took = append(took, e.at-at)
			}
		}
	}
	return took
}

func resident(c *console, when string) string {
	return fmt.Sprintf("%s resident, %s of it anonymous", mebibytes(c.memory[when+" VmRSS"]), mebibytes(c.memory[when+" RssAnon"]))
}

func mebibytes(kB int) string { return fmt.Sprintf("%.1f MiB", float64(kB)/1024) }

// dots draws a frame as README does.
func dots(f *led.Frame) string { return strings.NewReplacer("#", "●", ".", "·").Replace(f.String()) }
