package query

import (
	"fmt"
	"strings"
	"time"
)

// InstantUsage describes a flag that ParseInstant reads.
const InstantUsage = "(RFC 3339, or 2026-03-13 or 2026-03-13 16:40 by the policy's clock)"

// At reads --at; empty means now.
func At(at string, zone *time.Location, now time.Time) (time.Time, error) {
	t, err := ParseInstant("--at", at, zone)
	switch {
	case at == "":
		return now, nil
	case t.After(now):
		return time.Time{}, fmt.Errorf("--at %s is in the future: nothing is known of it", at)
	}
	return t, err
}

// ParseInstant reads the value of a flag: RFC 3339, or a date with or without a
// time of day by the clock of a zone, which may be named behind it. Without a text it is
// the zero time.
func ParseInstant(flag, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	clock := text
	if rest, name, ok := cutZone(text); ok {
		named, err := time.LoadLocation(name)
		if err != nil || name == "Local" {
			return time.Time{}, fmt.Errorf("%s %q: there is no time zone %q: want an IANA name like Europe/Berlin or %s", flag, text, name, zone)
		}
		clock, zone = rest, named
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, clock, zone); err == nil {
			return single(flag, text, clock, layout, t)
		}
	}
	return time.Time{}, fmt.Errorf("%s %q is not a time: want RFC 3339, like 2026-03-13T16:40:00-07:00, or like 2026-03-13 16:40 by the clock of %s", flag, text, zone)
}

// cutZone cuts the name of a zone off: a last word that begins with a letter.
func cutZone(text string) (rest, name string, ok bool) {
	i := strings.LastIndexByte(text, ' ')
	name = text[i+1:]
	if i < 0 || name == "" || name[0] >= '0' && name[0] <= '9' {
		return text, "", false
	}
	return strings.TrimSpace(text[:i]), name, true
}

// single refuses a reading that the clock shows twice or never, where a change of
// daylight saving time makes one.
func single(flag, text, clock, layout string, t time.Time) (time.Time, error) {
	if layout == time.DateOnly { // the day begins later where its midnight is skipped
		for t.Format(layout) < clock {
			t = t.Add(15 * time.Minute)
		}
		return t, nil
	}
	var all []time.Time // with that reading
	for shift := -3 * time.Hour; shift <= 3*time.Hour; shift += 15 * time.Minute {
		if other := t.Add(shift); other.Format(layout) == clock {
			all = append(all, other)
		}
	}
	switch len(all) {
	case 0:
		return time.Time{}, fmt.Errorf("%s %q: the clock of %s skips that time", flag, text, t.Location())
	case 1:
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%s %q: the clock of %s shows that time twice: say which one, %s or %s",
		flag, text, t.Location(), all[0].Format(time.RFC3339), all[1].Format(time.RFC3339))
}
