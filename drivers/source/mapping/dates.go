package mapping

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// date returns a field's date; zero: none.
func (r *reading) date(name string, w *Where) time.Time {
	if v := w.find(r.Item); v != nil {
		return r.parse(name, v)
	}
	return time.Time{}
}

// hints say what a date should look like.
var hints = map[Times]string{
	RFC3339: "times is rfc3339: want 2026-11-20T15:04:05Z", UnixSecond: "times is unix: want seconds since 1970",
	UnixMilli: "times is unix_ms: want milliseconds since 1970",
}

// parse reads a date. "", 0 and the year 1, which some servers send, are none.
func (r *reading) parse(name string, v any) time.Time {
	text, _ := textOf(v)
	if v == "" || text == "0" {
		return time.Time{}
	}
	times := cmp.Or(r.list.Map.Times, RFC3339)
	at, ok := parseTime(times, text)
	switch {
	case !ok:
		r.fail(name, cmp.Or(text, describe(v)), hints[times])
	case at.Year() > 1:
		return at.UTC()
	}
	return time.Time{}
}

// maxSeconds is the last second of the year 9999, beyond which RFC 3339 cannot write a time.
const maxSeconds = 253402300799

func parseTime(times Times, text string) (time.Time, bool) {
	if times == RFC3339 {
		// Some servers leave out the colon of the offset.
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
			if at, err := time.Parse(layout, text); err == nil {
				return at, true
			}
		}
		return time.Time{}, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if times == UnixMilli {
		n /= 1000
	}
	if err != nil || !(n > 0 && n <= maxSeconds) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(n*1000 + 0.5)), true
}

// duration sets Finished from the duration, where the server gives no end.
func (r *reading) duration(d *rules.Deployment) {
	v := r.list.Map.Duration.find(r.Item)
	if v == nil || !d.Finished.IsZero() || d.Executed.IsZero() || !d.Final() {
		return
	}
	text, _ := textOf(v)
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ms >= 0 && ms < maxSeconds) {
		r.fail("duration", cmp.Or(text, describe(v)), "want milliseconds")
		return
	}
	d.Finished = d.Executed.Add(time.Duration(ms) * time.Millisecond)
}

// An event is something that happened to a record.
type event struct {
	state
	at time.Time
}

// apply reads the events. It sets the dates, and returns the state, which is own without events.
func (e *Events) apply(r *reading, d *rules.Deployment, now time.Time, own state) state {
	d.Finished = time.Time{}
	list := e.read(r)
	said := state{word: own.word, means: saysNothing}
	if i := slices.IndexFunc(list, func(v event) bool { return v.means == running }); i >= 0 {
		said, said.started, d.Executed = list[i].state, true, list[i].at
	}
	for _, v := range list {
		switch {
		case v.means == saysNothing || said.started && v.at.Before(d.Executed):
		case v.means.hasEnded():
			d.Finished, v.started = v.at, said.started
			return v.state
		case !said.started:
			said = v.state
		}
	}
	forgotten := e.ForgottenAfter > 0 && !d.Started.IsZero() && now.Sub(d.Started) > e.ForgottenAfter
	if len(list) == 0 && !forgotten {
		return own
	}
	return said
}

// read returns the events, the earliest first.
func (e *Events) read(r *reading) (list []event) {
	found := e.List.find(r.value)
	values, isList := found.([]any)
	if found != nil && !isList {
		r.fail("events", describe(found), "want a list")
	}
	for _, v := range slices.Backward(values) { // the newest first, as servers send them
		word, _ := textOf(e.State.find(v))
		word = r.text(word)
		list = append(list, event{state{word: word, means: r.list.States.meaning(word)}, r.parse("events", e.At.find(v))})
	}
	slices.SortStableFunc(list, func(a, b event) int { return a.at.Compare(b.at) })
	return list
}
