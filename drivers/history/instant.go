package history

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// running is the latest of a deployment that had not ended.
const running = math.MaxInt64

// fits is the range of seconds in which nanoseconds fit 64 bits.
const fits = math.MaxInt64/1_000_000_000 - 1

// stamp returns an instant as it is stored.
func stamp(t time.Time) any {
	switch sec := t.Unix(); {
	case t.IsZero():
		return nil
	case -fits < sec && sec < fits:
		return t.UnixNano()
	default:
		return fmt.Sprintf("%d.%09d", sec, t.Nanosecond())
	}
}

// instant returns what stamp was given, in UTC.
func instant(v any) (time.Time, error) {
	switch v := v.(type) {
	case nil:
		return time.Time{}, nil
	case int64:
		return time.Unix(0, v).UTC(), nil
	case string:
		sec, nsec, _ := strings.Cut(v, ".")
		s, err := strconv.ParseInt(sec, 10, 64)
		n, err2 := strconv.ParseInt(nsec, 10, 64)
		if err == nil && err2 == nil && 0 <= n && n < 1e9 {
			return time.Unix(s, n).UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%v is not an instant", v)
}

// nanos returns an instant for ordering, clamped to less than running.
func nanos(t time.Time) int64 {
	switch sec := t.Unix(); {
	case sec >= fits:
		return running - 1
	case sec <= -fits:
		return math.MinInt64
	}
	return t.UnixNano()
}

// latest returns the order of a deployment: no breach of it is later.
func latest(d *rules.Deployment) int64 {
	if !d.Final() {
		return running
	}
	_, last := dates(d)
	return nanos(last)
}

// dates returns the earliest and the latest date; zero if there is none.
func dates(d *rules.Deployment) (first, last time.Time) {
	for _, t := range [...]time.Time{d.Started, d.Executed, d.Finished} {
		if t.IsZero() {
			continue
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if last.IsZero() || t.After(last) {
			last = t
		}
	}
	return first, last
}

// shortID returns an id as it is stored: as an integer where that says the same,
// which is smaller.
func shortID(id string) any {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
		return n
	}
	return id
}

// longID returns what shortID was given.
func longID(v any) (string, error) {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10), nil
	case string:
		return v, nil
	}
	return "", fmt.Errorf("%v is not an id", v)
}
