package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
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

// heard returns what has come, without waiting: a bubble's clock is not the kernel's.
func (m *manager) heard() []string {
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

// weeksSince is the status of a wall that shows a number.
func weeksSince(weeks int, at time.Time) engine.Status {
	return engine.Status{Policy: &engine.Policy{}, Verdict: engine.Verdict{
		At: at.UTC(), Lead: rules.Streak{InForce: true, Known: true, Weeks: weeks, Since: at.UTC()},
	}}
}

func TestNotify(t *testing.T) {
	m := newManager(t, "60000000")
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := newNotifier("/etc/fridaycounter/counter.cue", slog.New(slog.NewTextHandler(&log, nil)))
		end := attend(t.Context(), n.run)
		step := func(want ...string) {
			t.Helper()
			synctest.Wait()
			if got := m.heard(); !slices.Equal(got, want) {
				t.Errorf("at %s: got %q, want %q", time.Now().UTC().Format(time.TimeOnly), got, want)
			}
		}
		n.report(engine.Status{}) // nothing was looked at
		step()
		refused := engine.Status{Refused: errors.New("counter.cue:1:1: typo")}
		n.report(refused)
		step("READY=1\nSTATUS=counter.cue is refused, and there is none in force")
		n.report(engine.Status{Policy: &engine.Policy{}})
		step("STATUS=the number is not known yet")
		at := time.Date(2025, 12, 19, 15, 22, 0, 0, time.UTC)
		n.report(weeksSince(12, at))
		step("STATUS=12 weeks since Friday 19 December 2025, 15:22 UTC")
		n.report(weeksSince(12, at)) // polled
		step()
		stale := weeksSince(12, at)
		stale.Stale, stale.Refused = true, refused.Refused
		n.report(stale)
		step("STATUS=12 weeks since Friday 19 December 2025, 15:22 UTC; stale; counter.cue is refused")
		time.Sleep(15 * time.Second)
		step("WATCHDOG=1")
		end()
		step("STOPPING=1")
		if log.Len() > 0 {
			t.Errorf("got log\n%s", log.String())
		}
	})
}

// When one part hangs, the beats stop, whatever the others do; when it was only slow,
// they go on.
func TestNotifyHungPart(t *testing.T) {
	for hung, most := range maxSilence {
		t.Run(hung, func(t *testing.T) {
			m := newManager(t, "60000000")
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				n := newNotifier("counter.cue", slog.New(slog.NewTextHandler(&log, nil)))
				defer attend(t.Context(), n.run)()
				pass := func(d time.Duration, parts ...string) (beats int) {
					for end := time.Now().Add(d); time.Now().Before(end); {
						time.Sleep(5 * time.Second)
						for _, part := range parts {
							n.beat(part)()
						}
						synctest.Wait()
						beats += len(m.heard())
					}
					return beats
				}
				all := []string{partLoop, partWatcher, partDisplay}
				if got := pass(time.Hour, all...); got != 240 {
					t.Errorf("all live: got %d beats in an hour, want 240", got)
				}
				others := slices.DeleteFunc(slices.Clone(all), func(part string) bool { return part == hung })
				pass(most+5*time.Second, others...)
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

// A manager that does not listen keeps nobody.
func TestNotifyNobody(t *testing.T) {
	t.Setenv("WATCHDOG_PID", "")
	t.Setenv("WATCHDOG_USEC", "soon")
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	var log bytes.Buffer
	n := newNotifier("counter.cue", slog.New(slog.NewTextHandler(&log, nil)))
	end := attend(context.Background(), n.run)
	for weeks := range 10 {
		n.report(weeksSince(weeks, time.Now()))
	}
	end()
	if got := strings.Count(log.String(), "cannot be told"); got != 1 || !strings.Contains(log.String(), "gets no beat") {
		t.Errorf("got log\n%s", log.String())
	}
}

// The program itself tells its manager.
func TestRunNotifies(t *testing.T) {
	m := newManager(t, "100000")
	c := startCounter(t, dayPolicy("Friday"))
	var words []string
	all := func() string {
		words = append(words, m.heard()...)
		return strings.Join(words, "\n") + "\n"
	}
	c.wait("the socket", all, "READY=1\nSTATUS=")
	c.wait("the socket", all, "WATCHDOG=1\n")
	c.save("package counter\n")
	c.wait("the socket", all, "counter.cue is refused")
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-c.done; err != nil {
		t.Error(err)
	}
	if words := strings.TrimSpace(all()); !strings.HasSuffix(words, "STOPPING=1") {
		t.Errorf("got at last %q", words)
	}
}

// A counter that hears of every part beats, and only then: each of them is wired up.
func TestRunBeatsByEveryPart(t *testing.T) {
	const silence = time.Second
	was := maps.Clone(maxSilence)
	defer func() { maxSilence = was }()
	maxSilence = map[string]time.Duration{}
	for part := range was {
		maxSilence[part] = silence
	}
	m := newManager(t, "200000")
	dir := t.TempDir()
	path := filepath.Join(dir, "counter.cue")
	if err := os.WriteFile(path, []byte(dayPolicy(deployAgo(t, dir, 22)[0])), 0o644); err != nil {
		t.Fatal(err)
	}
	hangup := make(chan os.Signal, 1)
	log := new(lockedText)
	p := &program{name: "fridaycounter", hangup: hangup, stdout: io.Discard, stderr: log, getenv: func(string) string { return "" }, state: filepath.Join(dir, "state")}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.run(ctx, path, true) }()
	await := func(word string, meanwhile func()) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			if slices.ContainsFunc(m.heard(), func(heard string) bool { return strings.Contains(heard, word) }) {
				return
			}
			if time.Now().After(end) {
				t.Errorf("no %s; log:\n%s", word, log)
				return
			}
			meanwhile()
		}
	}
	await("weeks", func() {})
	time.Sleep(2 * silence) // the start counts as a beat of all
	m.heard()
	asked := time.Time{}
	await(daemon.SdNotifyWatchdog, func() {
		if time.Since(asked) > silence { // not oftener: the watcher waits for a file to settle
			asked = time.Now()
			hangup <- syscall.SIGHUP // gives all of them something to do
		}
	})
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
