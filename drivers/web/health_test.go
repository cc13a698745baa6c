package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/web"
)

func TestHealthz(t *testing.T) {
	w := newTestServer(t, nil)
	for _, c := range []struct {
		wait time.Duration
		beat bool
		want int
	}{{0, true, 200}, {60 * time.Second, false, 200}, {31 * time.Second, false, 503}, {0, true, 200}} {
		w.now.Add(int64(c.wait))
		if c.beat {
			w.Heartbeat()
		}
		if resp, body := w.get(t, "/healthz"); resp.StatusCode != c.want {
			t.Errorf("after %s more: got %s, want %d: %s", c.wait, resp.Status, c.want, body)
		}
	}
}

func TestReadyz(t *testing.T) {
	w := newTestServer(t, nil)
	if resp, body := w.get(t, "/readyz"); resp.StatusCode != 503 {
		t.Errorf("at first: got %s: %s", resp.Status, body)
	}
	for n := range 32 {
		var h web.Health
		status, want := 200, []string{"file: good", "clock: good", "facts: good", "history: good", "loop: good"}
		for i, part := range []*string{&h.File, &h.Clock, &h.Facts, &h.History} {
			if n>>i&1 == 1 {
				*part = fmt.Sprintf("trouble %d", i)
				want[i] = strings.Replace(want[i], "good", *part, 1)
			}
		}
		w.Heartbeat()
		w.now.Add(int64(9 * time.Second))
		if n&16 != 0 {
			w.now.Add(int64(2 * time.Second))
			want[4] = "loop: the loop has not turned for 11 s"
		}
		if n&^8 != 0 { // the history does not make the number wrong
			status = 503
		}
		w.Publish(web.View{Health: h})
		text := strings.Join(append(want[4:], want[:4]...), "\n") + "\n"
		if resp, body := w.get(t, "/readyz"); resp.StatusCode != status || body != text {
			t.Errorf("%+v: got %s, want %d:\n%s", h, resp.Status, status, body)
		}
	}
}
