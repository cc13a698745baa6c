package main

import (
	"slices"
	"testing"
	"time"
)

func TestSilent(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name                   string
		loop, watcher, display time.Duration // since the last beat
		want                   []string
	}{
		{"fresh", 0, 0, 0, nil},
		{"just in time", time.Minute, 30 * time.Second, time.Minute, nil},
		{"the loop", time.Minute + 1, 0, 0, []string{partLoop}},
		{"the watcher", 0, 30*time.Second + 1, 0, []string{partWatcher}},
		{"the display", 0, 0, time.Hour, []string{partDisplay}},
		{"all", time.Hour, time.Hour, time.Hour, []string{partDisplay, partLoop, partWatcher}},
	} {
		last := map[string]time.Time{partLoop: now.Add(-c.loop), partWatcher: now.Add(-c.watcher), partDisplay: now.Add(-c.display)}
		if got := silent(last, now); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	if got := silent(nil, now); len(got) != len(maxSilence) {
		t.Errorf("nothing was heard of: got %v", got)
	}
}
