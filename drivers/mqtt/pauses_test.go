package mqtt

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestPauses says what happens, and how long the next connection waits then.
func TestPauses(t *testing.T) {
	lost, wrong := errors.New("lost"), refusedLogin(badLogin)
	for _, c := range []struct {
		name string
		do   func(*pauses)
		want string
	}{
		{"no connection", func(p *pauses) { p.failed(lost) }, "500ms 500ms 500ms"},
		{"the broker is not ready", func(p *pauses) { p.failed(refusedLogin(busy)) }, "500ms 500ms 500ms"},
		{"wrong password", func(p *pauses) { p.failed(wrong) }, "1m0s 2m0s 4m0s 5m0s 5m0s"},
		{"password corrected", func(p *pauses) { p.failed(wrong); p.failed(nil) }, "500ms 500ms"},
		{"short", func(p *pauses) { p.ended(lost, false) }, "500ms 1s 2s 4s 8s 16s 32s 1m0s 1m0s"},
		{"short, but away between", func(p *pauses) { p.ended(lost, false); p.failed(lost) }, "500ms 1s 2s"},
		{"lasted", func(p *pauses) { *p = pauses{}; p.ended(lost, true) }, "500ms 500ms"},
		{"taken over", func(p *pauses) { *p = pauses{}; p.ended(disconnected(takenOver), true) }, "1m0s 1m0s"},
	} {
		var p pauses
		var got []string
		for range strings.Fields(c.want) {
			c.do(&p)
			got = append(got, fmt.Sprint(p.next()))
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
