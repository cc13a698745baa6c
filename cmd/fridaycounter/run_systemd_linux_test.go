package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
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

// The program itself tells its manager.
func TestRunNotifies(t *testing.T) {
	m := newManager(t, "100000")
	c := startCounter(t, dayPolicy("Friday"))
	var words []string
	all := func() string {
		words = append(words, m.received()...)
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
	m := newManager(t, "200000")
	dir := t.TempDir()
	path := filepath.Join(dir, "counter.cue")
	if err := os.WriteFile(path, []byte(dayPolicy(deployAgo(t, dir, 22)[0])), 0o644); err != nil {
		t.Fatal(err)
	}
	hangup := make(chan os.Signal, 1)
	log := new(lockedText)
	d := testService(path, filepath.Join(dir, "state"), log, machine{hangup: hangup, maxSilence: silence})
	d.trustClock = true
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	await := func(word string, meanwhile func()) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			if slices.ContainsFunc(m.received(), func(heard string) bool { return strings.Contains(heard, word) }) {
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
	m.received()
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
