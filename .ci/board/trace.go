package main

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// An event is one line of the kernel's trace.
type event struct {
	at   time.Duration // since the board was switched on
	name string        // "spi_transfer_start"
	text string        // what follows the name
}

var (
	eventLine = regexp.MustCompile(`^ *.+-\d+ +\[\d+\] \S+ +(\d+\.\d+): (\w+): (.*)$`)
	countLine = regexp.MustCompile(`^# entries-in-buffer/entries-written: (\d+)/(\d+) `)
	sentLine  = regexp.MustCompile(` len=(\d+) tx=\[([0-9a-f-]*)\]`)
)

// readTrace reads /sys/kernel/tracing/trace. A trace that lost events is of no use.
func readTrace(lines []string) ([]event, error) {
	var events []event
	for _, line := range lines {
		if n := countLine.FindStringSubmatch(line); n != nil && n[1] != n[2] {
			return nil, fmt.Errorf("the trace has %s of %s events: want a larger buffer", n[1], n[2])
		}
		if line == "" || line[0] == '#' {
			continue
		}
		m := eventLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("%q is not an event of the trace", line)
		}
		at, err := time.ParseDuration(m[1] + "s")
		if err != nil {
			return nil, fmt.Errorf("event %q: %w", line, err)
		}
		events = append(events, event{at, m[2], m[3]})
	}
	return events, nil
}

// sent returns the bytes of a spi_transfer_start.
func (e event) sent() ([]byte, error) {
	m := sentLine.FindStringSubmatch(e.text)
	if m == nil {
		return nil, fmt.Errorf("%q says no bytes", e.text)
	}
	data, err := hex.DecodeString(strings.ReplaceAll(m[2], "-", ""))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", e.text, err)
	}
	if n, err := strconv.Atoi(m[1]); err != nil || n != len(data) {
		return nil, fmt.Errorf("%q: the kernel shows %d bytes of this transfer: want a shorter chain", e.text, len(data))
	}
	return data, nil
}

// value returns a figure or word that an event gives by name: pid=127.
func (e event) value(name string) string {
	for word := range strings.FieldsSeq(e.text) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return ""
}
