package main

import (
	"testing"
	"time"
)

// The emergency of the served demo is one full week old, and not two, whenever it is
// asked.
func TestDemoYear(t *testing.T) {
	for now, end := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC); now.Before(end); now = now.Add(13 * time.Minute) {
		year := demoYear(now)
		over := year.Emergency.Add(9 * time.Minute) // the agent needs them
		if over.Weekday() != time.Friday || now.Before(over.AddDate(0, 0, 7)) || now.After(over.AddDate(0, 0, 14).Add(15*time.Minute)) {
			t.Fatalf("at %s: the emergency is on %s", now, year.Emergency)
		}
	}
}
