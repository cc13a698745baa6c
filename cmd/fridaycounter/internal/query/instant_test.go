package query

import (
	"strings"
	"testing"
	"time"
)

func losAngeles(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestParseInstant(t *testing.T) {
	zone := losAngeles(t)
	for _, c := range []struct{ text, want string }{ // an instant in RFC 3339, or a part of the error
		{"2026-03-13", "2026-03-13T00:00:00-07:00"},
		{"2026-03-13 16:40", "2026-03-13T16:40:00-07:00"},
		{"2026-03-13T16:40:05", "2026-03-13T16:40:05-07:00"},
		{"2026-03-13T16:40:05Z", "2026-03-13T16:40:05Z"},
		{"2026-03-13 16:40 Europe/Berlin", "2026-03-13T16:40:00+01:00"},
		{"2026-03-13 16:40 Mars", `there is no time zone "Mars"`},
		{"2026-03-13 16:40 Local", `there is no time zone "Local"`},
		{"Friday", "is not a time"},
		{"2026-03-08 02:30", "the clock of America/Los_Angeles skips that time"},
		{"2026-11-01 01:30", "say which one, 2026-11-01T01:30:00-07:00 or 2026-11-01T01:30:00-08:00"},
		{"2026-03-29 Asia/Beirut", "2026-03-29T01:00:00+03:00"}, // its midnight is skipped
	} {
		at, err := ParseInstant("--at", c.text, zone)
		switch {
		case err != nil && !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: got error %v, want %s", c.text, err, c.want)
		case err == nil && at.Format(time.RFC3339) != c.want:
			t.Errorf("%s: got %s, want %s", c.text, at.Format(time.RFC3339), c.want)
		}
	}
}

func TestAtIsNotInTheFuture(t *testing.T) {
	now := time.Date(2026, 3, 13, 16, 40, 0, 0, time.UTC)
	if at, err := At("", time.UTC, now); err != nil || !at.Equal(now) {
		t.Errorf("without a text: got %v, %v, want now", at, err)
	}
	if _, err := At("2026-03-14", time.UTC, now); err == nil || !strings.Contains(err.Error(), "is in the future") {
		t.Errorf("tomorrow: got %v, want an error", err)
	}
}
