package schema

import (
	"fmt"
	"time"
)

// instant reads what #Time permits.
func instant(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone), nil
	}
	reading, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		reading, err = time.Parse(time.DateTime, text)
	}
	if err != nil {
		return time.Time{}, err
	}
	t, ok := firstInstant(reading, zone)
	if !ok {
		return time.Time{}, fmt.Errorf("%q is skipped by the clocks of %s", text, zone)
	}
	return t, nil
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
