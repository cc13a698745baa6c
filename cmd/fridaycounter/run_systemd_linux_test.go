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

// serviceManager returns what reads the messages of this process and its children to the service
// manager. watchdog is its interval in microseconds.
func serviceManager(t *testing.T, watchdog string) (received func() []string) {
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
	return func() (messages []string) {
		for buffer := make([]byte, 4096); ; {
			if err := conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			n, err := conn.Read(buffer)
			if err != nil {
				return messages
			}
			messages = append(messages, string(buffer[:n]))
		}
	}
}

// The program itself tells the service manager how it is.
func TestRunTellsTheServiceManager(t *testing.T) {
	received := serviceManager(t, "100000")
	c := startCounter(t, dayPolicy("Friday"))
	var messages []string
	all := func() string {
		messages = append(messages, received()...)
		return strings.Join(messages, "\n") + "\n"
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
	if got := strings.TrimSpace(all()); !strings.HasSuffix(got, "STOPPING=1") {
		t.Errorf("got at last %q", got)
	}
}

// A wall is ready as soon as it shows something, and tells of a refused file.
func TestRunWallTellsTheServiceManager(t *testing.T) {
	received := serviceManager(t, "100000")
	w := startWall(t, wallFile("mqtt://127.0.0.1:1"))
	var messages []string
	all := func() string {
		messages = append(messages, received()...)
		return strings.Join(messages, "\n") + "\n"
	}
	w.wait("the socket", all, "READY=1\nSTATUS=shows --; stale: nothing was ever heard")
	w.wait("the socket", all, "WATCHDOG=1\n")
	w.save("package wall\n")
	w.wait("the socket", all, "wall.cue is refused")
	w.stop(syscall.SIGTERM)
	if got := strings.TrimSpace(all()); !strings.HasSuffix(got, "STOPPING=1") {
		t.Errorf("got at last %q", got)
	}
}

// A counter sends keep-alive messages while every part of it sends heartbeats, and only then: each
// of them is wired up.
func TestRunFeedsTheWatchdog(t *testing.T) {
	const silence = time.Second
	received := serviceManager(t, "200000")
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
			if slices.ContainsFunc(received(), func(message string) bool { return strings.Contains(message, word) }) {
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
	time.Sleep(2 * silence) // the start counts as a heartbeat of all
	received()
	reloaded := time.Time{}
	await(daemon.SdNotifyWatchdog, func() {
		if time.Since(reloaded) > silence { // not oftener: the watcher waits until a file rests
			reloaded = time.Now()
			hangup <- syscall.SIGHUP // gives all of them something to do
		}
	})
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
