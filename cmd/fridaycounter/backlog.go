package main

import (
	"bytes"
	"fmt"
)

// A backlog is lines of the log that wait to be written. The zero value is empty.
type backlog struct {
	lines []byte
	lost  int // lines that had no room
}

// maxBacklog is how many bytes wait: the log of hours.
const maxBacklog = 64 << 10

func (b *backlog) add(lines []byte) {
	if len(b.lines)+len(lines) > maxBacklog && len(b.lines) > 0 {
		b.lost += bytes.Count(lines, []byte("\n"))
		return
	}
	b.lines = append(b.lines, lines...)
}

// take returns what waits, and how much was lost behind it.
func (b *backlog) take() []byte {
	lines := b.lines
	if b.lost > 0 {
		lines = fmt.Appendf(lines, "fridaycounter: note: the output took nothing for a while, so %d lines of the log are lost here\n", b.lost)
	}
	*b = backlog{}
	return lines
}
