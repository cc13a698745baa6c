package mqtt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
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
		{"short", func(p *pauses) { p.ended(false) }, "500ms 1s 2s 4s 8s 16s 32s 1m0s 1m0s"},
		{"short, but away between", func(p *pauses) { p.ended(false); p.failed(lost) }, "500ms 1s 2s"},
		{"lasted", func(p *pauses) { *p = pauses{}; p.ended(true) }, "500ms 500ms"},
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

func TestDialError(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "mqtt.example.com", IsNotFound: true}}, "host not found"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "connection refused (hint: does the broker run, and is the port right?)"},
		{&net.OpError{Op: "dial", Err: context.DeadlineExceeded}, "no connection within 1.5s"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}, "dial tcp: no route to host"},
	} {
		if got := dialError(c.err).Error(); got != c.want {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}
