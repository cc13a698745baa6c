package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A watcher is a command with --watch on a terminal.
type watcher struct {
	*counter
	person *os.File
	text   func() string
	ended  chan error
}

// watchPolicy starts a command on a policy in a directory of its own.
func watchPolicy(t *testing.T, policy func(dir string) string, args ...string) *watcher {
	t.Helper()
	dir := t.TempDir()
	w := &watcher{counter: &counter{t: t, path: filepath.Join(dir, "counter.cue")}, ended: make(chan error, 1)}
	w.save(policy(dir))
	person, program := openTerminal(t)
	w.person = person
	cmd := exec.Command("fridaycounter", append(args, "--watch", "--config", w.path, "--state", filepath.Join(dir, "state"))...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // Ctrl-C is a signal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	program.Close()
	w.cmd = cmd
	w.text, _ = collect(person)
	go func() { w.ended <- cmd.Wait() }()
	return w
}

// shows waits until the text after a mark, which is what was there before, matches, and returns where
// it ends.
func (w *watcher) shows(from int, want string) int {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text := w.text()
		if at := regexp.MustCompile(want).FindStringIndex(text[from:]); at != nil {
			return from + at[1]
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("got %q, want %s", text[from:], want)
		}
	}
}

// ends waits until the command has ended well.
func (w *watcher) ends() {
	w.t.Helper()
	select {
	case err := <-w.ended:
		if err != nil {
			w.t.Error(err)
		}
	case <-time.After(20 * time.Second):
		w.t.Error("it does not end")
	}
}

func (w *watcher) interrupt() {
	w.t.Helper()
	if _, err := w.person.WriteString("\x03"); err != nil {
		w.t.Fatal(err)
	}
	w.ends()
}

// vet --watch checks each save, good and bad, until Ctrl-C.
func TestVetWatch(t *testing.T) {
	w := watchPolicy(t, func(string) string { return dayPolicy("Friday") }, "vet")
	at := w.shows(0, `(?m)^\x1b\[2m\d\d:\d\d:\d\d .*counter.cue\x1b\[0m\n.*is good,.*Friday`)
	w.save(dayPolicy("Frday"))
	at = w.shows(at, `\d\d:\d\d:\d\d .*\n.*:9:.*"Frday" is not a weekday`)
	w.save(dayPolicy("Monday"))
	w.shows(at, `\d\d:\d\d:\d\d .*\n.*is good,.*Monday`)
	w.interrupt()
}

// snapshot --watch shows each good save in place, writes it to a file, and says below what is wrong
// with a bad one. It ends with its terminal, also without Ctrl-C.
func TestSnapshotWatch(t *testing.T) {
	page := func(text string) string {
		return strings.Replace(dayPolicy("Friday"), `"\(#streak.weeks)"`, text, 1)
	}
	w := watchPolicy(t, func(dir string) string {
		return strings.Replace(dayPolicy(deployAgo(t, dir, 9)[0]), "modules: 2", "modules: none", 1)
	}, "snapshot", "--svg", "wall.svg")
	svg := filepath.Join(filepath.Dir(w.path), "wall.svg")
	at := w.shows(0, `counter.cue:11:.*none`)
	if strings.Contains(w.text(), "●") {
		t.Errorf("got a picture of a policy that never was good: %q", w.text())
	}
	w.save(dayPolicy(deployAgo(t, filepath.Dir(w.path), 9)[0]))
	at = w.shows(at, `●(?s:.*)1 week since `)
	first, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}

	w.save(page(`"much too long"`))
	at = w.shows(at, `\x1b\[9A(?s:.*)●(?s:.*)counter.cue:12:`)
	if now, err := os.ReadFile(svg); err != nil || string(now) != string(first) {
		t.Errorf("the file was written anew without a good save: %v", err)
	}
	w.save(page(`"hi"`))
	w.shows(at, `●(?s:.*)week`)
	if now, err := os.ReadFile(svg); err != nil || string(now) == string(first) {
		t.Errorf("the file is the old one after a good save: %v", err)
	}
	w.interrupt()

	w = watchPolicy(t, func(dir string) string { return dayPolicy(deployAgo(t, dir, 9)[0]) }, "snapshot")
	w.shows(0, `●(?s:.*)1 week since`)
	if err := w.cmd.Process.Signal(syscall.SIGHUP); err != nil { // as the terminal does
		t.Fatal(err)
	}
	w.ends()
}
