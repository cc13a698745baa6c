package host

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A manager is the service manager's end of the socket.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

// newManager listens where this process is to tell how it is.
func newManager(t *testing.T, watchdog string) *manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", watchdog)
	t.Setenv("WATCHDOG_PID", "")
	return &manager{t, conn}
}

// received returns what has come, without waiting: a bubble's clock is not the kernel's.
func (m *manager) received() []string {
	m.t.Helper()
	raw, err := m.conn.SyscallConn()
	if err != nil {
		m.t.Fatal(err)
	}
	var words []string
	buffer := make([]byte, 4096)
	err = raw.Control(func(fd uintptr) {
		for {
			n, _, err := syscall.Recvfrom(int(fd), buffer, syscall.MSG_DONTWAIT)
			if err != nil {
				return
			}
			words = append(words, string(buffer[:n]))
		}
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return words
}

// start runs a notifier until the returned function is called.
func start(ctx context.Context, n *Notifier) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { n.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

func TestNotifierTellsTheStatus(t *testing.T) {
	m := newManager(t, "60000000")
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := NewNotifier(MaxSilence, slog.New(slog.NewTextHandler(&log, nil)))
		end := start(t.Context(), n)
		step := func(want ...string) {
			t.Helper()
			synctest.Wait()
			if got := m.received(); !slices.Equal(got, want) {
				t.Errorf("at %s: got %q, want %q", time.Now().UTC().Format(time.TimeOnly), got, want)
			}
		}
		step() // not ready
		n.Status("counter.cue is refused")
		step("READY=1\nSTATUS=counter.cue is refused")
		n.Status("12 weeks")
		step("STATUS=12 weeks")
		n.Status("12 weeks")
		step()
		time.Sleep(15 * time.Second)
		step("WATCHDOG=1")
		end()
		step("STOPPING=1")
		if log.Len() > 0 {
			t.Errorf("got log\n%s", log.String())
		}
	})
}

// A part counts as hung only after MaxSilence.
func TestNotifierMaxSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNotifier(MaxSilence, slog.New(slog.DiscardHandler))
		for _, c := range []struct {
			silence time.Duration // after a heartbeat of the loop alone
			want    string
		}{{MaxSilence, "display, watcher"}, {1, "display, loop, watcher"}} {
			if c.silence == MaxSilence {
				time.Sleep(time.Nanosecond)
				n.Heartbeat(PartLoop)()
			}
			time.Sleep(c.silence)
			if got := n.hung(time.Now()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		}
	})
}

// When one part hangs, the beats stop, whatever the others do; when it was only slow,
// they go on.
func TestNotifierOfAHungPart(t *testing.T) {
	all := []string{PartLoop, PartWatcher, PartDisplay}
	for _, hung := range all {
		t.Run(hung, func(t *testing.T) {
			m := newManager(t, "60000000")
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				n := NewNotifier(MaxSilence, slog.New(slog.NewTextHandler(&log, nil)))
				defer start(t.Context(), n)()
				pass := func(d time.Duration, parts ...string) (beats int) {
					for end := time.Now().Add(d); time.Now().Before(end); {
						time.Sleep(5 * time.Second)
						for _, part := range parts {
							n.Heartbeat(part)()
						}
						synctest.Wait()
						beats += len(m.received())
					}
					return beats
				}
				if got := pass(time.Hour, all...); got != 240 {
					t.Errorf("all live: got %d beats in an hour, want 240", got)
				}
				others := slices.DeleteFunc(slices.Clone(all), func(part string) bool { return part == hung })
				pass(MaxSilence+5*time.Second, others...)
				if got := pass(time.Hour, others...); got != 0 {
					t.Errorf("hung: got %d beats", got)
				}
				if got := strings.Count(log.String(), "part="+hung+"\n"); got != 1 {
					t.Errorf("got %d lines of the log that name it, want 1:\n%s", got, log.String())
				}
				if got := pass(time.Minute, all...); got != 4 {
					t.Errorf("only slow: got %d beats in a minute, want 4", got)
				}
			})
		})
	}
}

// A manager that does not listen makes nobody wait.
func TestNotifierWithoutAListener(t *testing.T) {
	t.Setenv("WATCHDOG_PID", "")
	t.Setenv("WATCHDOG_USEC", "soon")
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	var log bytes.Buffer
	n := NewNotifier(MaxSilence, slog.New(slog.NewTextHandler(&log, nil)))
	end := start(context.Background(), n)
	for weeks := range 10 {
		n.Status(fmt.Sprintf("%d weeks", weeks))
	}
	end()
	if got := strings.Count(log.String(), "cannot send the counter's status"); got != 1 || !strings.Contains(log.String(), "keep-alive messages; it gets none") {
		t.Errorf("got log\n%s", log.String())
	}
}
