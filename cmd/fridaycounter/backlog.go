package main

import (
	"bytes"
	"fmt"
)

// A backlog is lines of the log that wait to be written. The zero value is empty.
type backlog struct {
	lines  []byte
	lost   int // lines behind these that had no room
	failed int // lines before these that could not be written; it stays until some were
}

// maxBacklog is how many bytes wait: the log of hours.
const maxBacklog = 64 << 10

// add takes in lines. After some that are lost all are, so that it can be told in their
// place.
func (b *backlog) add(lines []byte) {
	if b.lost > 0 || len(b.lines)+len(lines) > maxBacklog && len(b.lines) > 0 {
		b.lost += bytes.Count(lines, []byte("\n"))
		return
	}
	b.lines = append(b.lines, lines...)
}

// take returns what waits, and in its place how much was lost; nil if nothing waits.
func (b *backlog) take() []byte {
	if len(b.lines) == 0 {
		return nil
	}
	var all []byte
	if b.failed > 0 {
		all = noteLost(all, b.failed, "could not be written")
	}
	all = append(all, b.lines...)
	if b.lost > 0 {
		all = noteLost(all, b.lost, "took nothing for a while")
	}
	b.lines, b.lost = nil, 0
	return all
}

// size is how many lines a take would bring to an end, the lost ones too.
func (b *backlog) size() int { return bytes.Count(b.lines, []byte("\n")) + b.lost }

func noteLost(to []byte, lines int, why string) []byte {
	return fmt.Appendf(to, "fridaycounter: note: the output %s; lost here: %s of the log\n", why, plural(lines, "line"))
}
