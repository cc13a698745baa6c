package schema

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// instant reads what #Time permits; the zero Time for "".
func (f *file) instant(p diagnose.Path, text string, zone *time.Location) time.Time {
	if text == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone)
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05"} {
		reading, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		t, ok := firstInstant(reading, zone)
		if !ok {
			f.Report(p, fmt.Sprintf("%q is skipped by the clocks of %s", text, zone), "")
		}
		return t
	}
	f.Report(p, fmt.Sprintf("%q is not a time", text), "")
	return time.Time{}
}

// firstInstant returns the first instant at which the zone's clock reads what t
// reads in UTC, and whether there is one.
func firstInstant(t time.Time, zone *time.Location) (first time.Time, ok bool) {
	const reach = 26 * time.Hour // no offset differs from another by more
	for _, near := range []time.Duration{-reach, 0, reach} {
		_, offset := t.Add(near).In(zone).Zone()
		at := t.Add(-time.Duration(offset) * time.Second).In(zone)
		if _, is := at.Zone(); is == offset && (!ok || at.Before(first)) {
			first, ok = at, true
		}
	}
	return first, ok
}
