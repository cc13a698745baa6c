package main

import (
	"slices"
	"sync"
	"time"
)

// The parts of a running counter that must be heard of.
const (
	partLoop    = "loop"
	partWatcher = "watcher" // of counter.cue
	partDisplay = "display"
)

// maxSilence is how long a part may be silent before it counts as hung. The loop and
// the displays have a turn each 30 s at least, the watcher looks each 5 s; the rest is
// for a slow card.
var maxSilence = map[string]time.Duration{
	partLoop:    time.Minute,
	partWatcher: 30 * time.Second,
	partDisplay: time.Minute,
}

// A pulse knows when each part was last heard of. Its methods may be called from any
// goroutine.
type pulse struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// newPulse makes a pulse to which all parts are as if just heard of.
func newPulse(now time.Time) *pulse {
	p := &pulse{last: map[string]time.Time{}}
	for part := range maxSilence {
		p.last[part] = now
	}
	return p
}

// beat takes in that a part lives.
func (p *pulse) beat(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[part] = time.Now()
}

// hung lists the parts that have been silent for too long.
func (p *pulse) hung(now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return silent(p.last, now)
}

// silent lists the parts whose last beat is too long ago, sorted; none when all are
// fresh. A part that never beat is silent.
func silent(last map[string]time.Time, now time.Time) []string {
	var parts []string
	for part, most := range maxSilence {
		if now.Sub(last[part]) > most {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return parts
}
