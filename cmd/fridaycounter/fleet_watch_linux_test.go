package main

import (
	"strconv"
	"time"
)

// until waits for something.
func (f *fleetTest) until(what string, limit time.Duration, ok func() bool) {
	f.Helper()
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.Fatalf("%s: not within %v\ncounter: %+v\n%s\nbroker:\n%s\nwall-1: %+v\n%s", what, limit,
				f.now("counter"), tail(f.counter), tail(f.broker), f.now("wall-1"), tail(f.walls["wall-1"]))
		}
	}
}

// tail returns the end of a program's log.
func tail(p *program) string {
	if p == nil {
		return ""
	}
	text := p.log.String()
	return text[max(0, len(text)-3000):]
}

// changed waits for a number on the counter's glass, and returns since when it is there.
func (f *fleetTest) changed(from time.Time, ok func(text string) bool) (at time.Time) {
	f.Helper()
	f.until("the counter's glass", 20*time.Second, func() bool {
		for _, l := range f.since("counter", from) {
			if l.at.After(from) && ok(l.text) {
				f.text, at = l.text, l.at
				return true
			}
		}
		return false
	})
	return at
}

// set has the counter show another text, and returns since when it does.
func (f *fleetTest) set() time.Time {
	f.Helper()
	f.count++
	text, from := strconv.Itoa(3+f.count%26), time.Now()
	f.save(text)
	return f.changed(from, func(got string) bool { return got == text })
}

// change has the counter show another text, and returns how long after it the last wall did.
func (f *fleetTest) change(walls []string) time.Duration {
	f.Helper()
	return f.reached(walls, f.set())
}

// reached returns how long after an instant the last wall showed the counter's text.
func (f *fleetTest) reached(walls []string, at time.Time) (worst time.Duration) {
	f.Helper()
	for _, name := range walls {
		f.until(name+" shows "+f.text, 10*time.Second, func() bool {
			for _, l := range f.since(name, at) {
				if l.text == f.text {
					worst = max(worst, l.at.Sub(at))
					return true
				}
			}
			return false
		})
	}
	return worst
}

// right returns how long after an instant the last wall showed the counter's text without a mark, and
// went on to.
func (f *fleetTest) right(walls []string, from time.Time, limit time.Duration) (worst time.Duration) {
	f.Helper()
	for _, name := range walls {
		f.until(name+" is right with "+f.text, limit+5*time.Second, func() bool {
			var good time.Time
			for _, l := range f.since(name, from) {
				switch {
				case l.text != f.text || len(l.marks) > 0:
					good = time.Time{}
				case good.IsZero():
					good = l.at
				}
			}
			if good.IsZero() || time.Since(good) < dark {
				return false
			}
			worst = max(worst, good.Sub(from))
			return true
		})
	}
	return worst
}

// marked returns how long after an instant the last wall was marked stale.
func (f *fleetTest) marked(walls []string, from time.Time) (worst time.Duration) {
	f.Helper()
	for _, name := range walls {
		f.until(name+" is marked stale", 2*f.every+5*time.Second, func() bool {
			for _, l := range f.since(name, from) {
				if l.stale() && l.at.After(from) {
					worst = max(worst, l.at.Sub(from))
					return true
				}
			}
			return false
		})
	}
	return worst
}

// same holds that the walls light the very LEDs that the counter lights.
func (f *fleetTest) same() {
	f.Helper()
	f.right(append([]string{"counter"}, f.names...), time.Now(), f.every)
	want := f.now("counter").frame
	for _, name := range f.names {
		if got := f.now(name).frame; got != want {
			f.Errorf("%s shows\n%s\nwant what the counter does\n%s", name, got, want)
		}
	}
}
