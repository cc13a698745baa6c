package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// A command prints no number by a clock that the server's contradicts.
func TestOnceByAnotherClock(t *testing.T) {
	for _, c := range []struct {
		off time.Duration
		ok  bool
	}{{0, true}, {4 * time.Minute, true}, {time.Hour, false}, {-24 * time.Hour, false}} {
		server := httptest.NewServer(&bambootest.Server{Projects: demoYear(time.Now().Add(-48 * time.Hour)).Projects(), Clock: func() time.Time { return time.Now().Add(c.off) }})
		s := &shop{t: t, path: t.TempDir() + "/counter.cue", state: t.TempDir(), bamboo: server.URL, address: "127.0.0.1:1"}
		s.save("Friday")
		var out, said strings.Builder
		p := &program{name: "fridaycounter", stdin: strings.NewReader(""), stdout: &out, stderr: &said, getenv: func(string) string { return "" }}
		root := p.command()
		root.SetArgs([]string{"once", "--config", s.path, "--state", s.state})
		err := root.ExecuteContext(t.Context())
		if trusted, _ := newClockGuard(false).synchronised(); trusted {
			c.ok = true // the machine's own word counts more
		}
		if c.ok != (err == nil) || !c.ok && (out.Len() > 0 || !strings.Contains(err.Error(), "and the server's")) {
			t.Errorf("off by %s: got %q, %v", c.off, out.String(), err)
		}
		server.Close()
	}
}

func TestRightClock(t *testing.T) {
	if err := rightClock(builtAt().Add(-time.Second)); err == nil || !strings.Contains(err.Error(), "before this program was made") {
		t.Errorf("before the program was made: got %v", err)
	}
	if err := rightClock(builtAt()); err != nil {
		t.Errorf("then: got %v", err)
	}
}
