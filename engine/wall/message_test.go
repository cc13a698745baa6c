package wall

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// What no counter publishes is told in one line, once, and the wall keeps what it has, marked.
func TestMessagesThatCannotBeRead(t *testing.T) {
	const at = `"at":"2026-11-30T12:00:00Z"`
	good := `{"v":1,"boot":"a","seq":9,` + at + `,"every":60,"known":true,"weeks":9,"pages":[{"text":"9","for":10}]}`
	if _, err := parse([]byte(good)); err != nil {
		t.Fatalf("%s: %v", good, err)
	}
	const foreign = "it is none of fridaycounter's"
	for _, c := range []struct{ name, payload, want string }{
		{"empty", "", foreign},
		{"garbage", "\x00\xff\x1b[2J", foreign},
		{"a number, as text has it", "42", foreign},
		{"a list", "[1]", foreign},
		{"another program", `{"battery":97}`, foreign},
		{"version as text", `{"v":"1"}`, foreign},
		{"cut off", good[:40], foreign},
		{"a newer version", `{"v":2,"pages":7}`, "it is of version 2, and this program reads version 1 (hint: bring it"},
		{"a megabyte", `{"v":1,"boot":"` + strings.Repeat("a", 1<<20) + `"}`, "it is longer than 64 KiB"},
		{"a field of another type", strings.Replace(good, `"seq":9`, `"seq":-9`, 1), "it cannot be decoded"},
		{"no boot", strings.Replace(good, `"boot":"a"`, `"boot":""`, 1), "its boot is none that"},
		{"a long boot", strings.Replace(good, `"boot":"a"`, `"boot":"`+strings.Repeat("a", 300)+`"`, 1), "its boot is none that"},
		{"escapes in the host", strings.Replace(good, `"v":1`, `"v":1,"host":"\u001b[2J"`, 1), "its host is none that"},
		{"a long policy", strings.Replace(good, `"v":1`, `"v":1,"policy":"`+strings.Repeat("a", 300)+`"`, 1), "its policy is none that"},
		{"turning text in the facts", strings.Replace(good, `"v":1`, `"v":1,"facts":"\u202e"`, 1), "its facts is none that"},
		{"no at", strings.Replace(good, at, `"at":"0001-01-01T00:00:00Z"`, 1), "its at is none that"},
		{"no every", strings.Replace(good, `"every":60`, `"every":0`, 1), "its every is none that"},
		{"every billion seconds", strings.Replace(good, `"every":60`, `"every":1000000000`, 1), "its every is none that"},
		{"weeks below zero", strings.Replace(good, `"weeks":9`, `"weeks":-1`, 1), "its weeks is none that"},
		{"no weeks", strings.Replace(good, `"weeks":9`, `"weeks":null`, 1), "its weeks is none that"},
		{"a control character", strings.Replace(good, `"9"`, `"9\u0007"`, 1), "its pages is none that"},
		{"a long page", strings.Replace(good, `"9"`, `"`+strings.Repeat("9", 5000)+`"`, 1), "its pages is none that"},
		{"a page of no time", strings.Replace(good, `"for":10`, `"for":0`, 1), "its pages is none that"},
		{"pages without number", strings.Replace(good, `{"text":"9","for":10}`, strings.Repeat(`{"text":"9","for":1},`, 200)+`{"text":"9","for":1}`, 1), "its pages is none that"},
		{"an unknown symbol", strings.Replace(good, `"v":1`, `"v":1,"symbol":"skull"`, 1), "its symbol is none that"},
		{"an unknown mark", strings.Replace(good, `"v":1`, `"v":1,"marks":["skull"]`, 1), "its marks is none that"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t).run()
				h.leader("online")
				h.publish(number(5, 42))
				for range 3 {
					h.send(Message{Topic: "state", Payload: []byte(c.payload)})
				}
				h.wantText("42", led.Stale)
				h.wantLog("a message of the counter cannot be read; what is shown stays", 1)
				h.wantLog(c.want, 1)
				for _, line := range strings.Split(h.log.String(), "\n") {
					if len(line) > 1000 || strings.ContainsAny(line, "\x1b\x00") {
						t.Errorf("a line of the log has %d bytes: %.100q", len(line), line)
					}
				}
				h.publish(number(6, 43))
				h.wantText("43")
				h.wantLog("can be read again", 1)
			})
		})
	}
}

// A page that this wall cannot show becomes the bare number, and never another one.
func TestPagesThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		name, page, weeks string
		want              string
		marks             []led.Mark
	}{
		{"fits", "12 w", "12", "12 w", nil},
		{"a number that is too wide", "1234567890123", "12", "9999999+", nil},
		{"too wide", "12 weeks and a day", "12", "12", []led.Mark{led.Refused}},
		{"no such character", "12 ♥", "12", "12", []led.Mark{led.Refused}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t).run()
				h.leader("online")
				h.send(Message{Topic: "state", Payload: fmt.Appendf(nil,
					`{"v":1,"boot":"a","seq":1,"at":"2000-01-01T12:00:00Z","every":60,"known":true,"weeks":%s,"pages":[{"text":%q,"for":10}]}`, c.weeks, c.page)})
				h.wantText(c.want, c.marks...)
				s := number(2, 0)
				s.Known = false
				h.publish(s)
				h.wantText("--")
			})
		})
	}
}

// Nothing that a broker sends ends the wall.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"v":1,"boot":"a","seq":9,"at":"2026-11-30T12:00:00Z","every":60,"known":true,"weeks":9,"pages":[{"text":"9","for":10}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parse(data)
		if err != nil {
			if text := err.Error(); len(text) > 1000 || strings.ContainsAny(text, "\x1b\x00\n") {
				t.Errorf("error %q", text)
			}
			return
		}
		if s.every() <= 0 || s.Known && s.Weeks == nil {
			t.Errorf("%q is read as %+v", data, s)
		}
	})
}
