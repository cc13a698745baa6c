package mapping

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// date returns a field's date; zero: none.
func (r *reading) date(field int) time.Time {
	v, ok := r.list.fields[field].find(r.Item)
	if !ok {
		return time.Time{}
	}
	return r.parse(fieldNames[field], v)
}

// hints say what a date should look like.
var hints = map[Times]string{
	RFC3339: "times is rfc3339: want 2026-11-20T15:04:05Z", UnixSecond: "times is unix: want seconds since 1970",
	UnixMilli: "times is unix_ms: want milliseconds since 1970",
}

// parse reads a date. "", 0 and the year 1, which some servers send, are none.
func (r *reading) parse(field string, v any) time.Time {
	text, _ := textOf(v)
	if text == "" && v == any(text) || text == "0" {
		return time.Time{}
	}
	at, ok := parseTime(cmp.Or(r.list.times, RFC3339), text)
	if _, isNumber := v.(json.Number); isNumber && cmp.Or(r.list.times, RFC3339) == RFC3339 {
		ok = false
	}
	switch {
	case !ok:
		r.fail(field, cmp.Or(text, describe(v)), hints[cmp.Or(r.list.times, RFC3339)])
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
	v, ok := r.list.fields[fieldDuration].find(r.Item)
	if !ok || !d.Finished.IsZero() || d.Executed.IsZero() || !d.Final() {
		return
	}
	text, _ := textOf(v)
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ms >= 0 && ms < maxSeconds) {
		r.fail(fieldNames[fieldDuration], cmp.Or(text, describe(v)), "want milliseconds")
		return
	}
	d.Finished = d.Executed.Add(time.Duration(ms) * time.Millisecond)
}

// An events is [Events] made ready.
type events struct {
	list, state, at path
	forgottenAfter  time.Duration
}

func compileEvents(e *Events) (c *events, err error) {
	if e == nil {
		return nil, nil
	}
	c = &events{forgottenAfter: e.ForgottenAfter}
	for _, p := range []struct {
		to   *path
		text string
	}{{&c.list, e.List}, {&c.state, e.State}, {&c.at, e.At}} {
		if *p.to, err = parsePath(p.text); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// An event is something that happened to a record.
type event struct {
	state
	at time.Time
}

// apply reads the events. It sets the dates, and returns the state, which is own without events.
func (e *events) apply(r *reading, d *rules.Deployment, now time.Time, own state) state {
	d.Finished = time.Time{}
	list := e.read(r)
	said := state{word: own.word, means: saysNothing, known: true}
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
	forgotten := e.forgottenAfter > 0 && !d.Started.IsZero() && now.Sub(d.Started) > e.forgottenAfter
	if len(list) == 0 && !forgotten {
		return own
	}
	return said
}

// read returns the events, the earliest first.
func (e *events) read(r *reading) (list []event) {
	found, _ := e.list.find(r.value)
	values, isList := found.([]any)
	if found != nil && !isList {
		r.fail("events", describe(found), "want a list")
	}
	for _, v := range slices.Backward(values) { // the newest first, as servers send them
		word, _ := e.state.find(v)
		at, _ := e.at.find(v)
		text, _ := textOf(word)
		one := event{state{word: r.text(text)}, r.parse("events", at)}
		one.means, one.known = r.list.states[one.word]
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b event) int { return a.at.Compare(b.at) })
	return list
}
