package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns a terminal of 100 columns: the end at which a person sits, and the end that
// a program has.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 100})
	}
	if err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// stopOutput makes a terminal take nothing more, as Ctrl-S does.
func stopOutput(t *testing.T, terminal *os.File) {
	t.Helper()
	if err := unix.IoctlSetInt(int(terminal.Fd()), unix.TCXONC, unix.TCOOFF); err != nil {
		t.Fatal(err)
	}
}

// What a terminal gets from run: lines of the log, then pictures of 8 rows. Each picture is drawn
// over the last one, and lines of the log are written in its place, above the next.
var (
	logLines       = `(?:(?:\x1b\[[0-9;]*m)*[0-9]{2}:[0-9]{2}:[0-9]{2}[^\n]*\n)`
	drawn          = regexp.MustCompile(`^\r(?:\x1b\[8A)?(\x1b\[J` + logLines + `+)?\x1b\[\?7l(?:(?:\x1b\[[0-9;]*m|[·● ])+\x1b\[K\n){8}\x1b\[J\x1b\[\?7h(?:\r\x1b\[K\x1b\[\?25h` + logLines + `*)?$`)
	beforePictures = regexp.MustCompile(`^` + logLines + `*$`)
)

// collect returns what a person sees until nobody has the other end of the terminal any more, as far
// as it has come.
func collect(person io.Reader) (text func() string, end <-chan struct{}) {
	var mu sync.Mutex
	var got bytes.Buffer
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for buffer := make([]byte, 4096); ; {
			n, err := person.Read(buffer)
			mu.Lock()
			got.Write(buffer[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.NewReplacer("\r\r\n", "\n", "\r\n", "\n").Replace(got.String())
	}, ended
}

// With a stored number on the glass and a source that cannot be read, no line of the log is torn or
// drawn over.
func TestRunOnATerminal(t *testing.T) {
	dir := t.TempDir()
	c := &counter{t: t, path: filepath.Join(dir, "counter.cue")}
	policy, state := dayPolicy(deployAgo(t, dir, 23)[0]), filepath.Join(dir, "state")
	c.save(policy)
	once := exec.Command("fridaycounter", "once", "--config", c.path, "--state", state)
	if out, err := once.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Remove(filepath.Join(dir, "deployments.jsonl")); err != nil {
		t.Fatal(err)
	}
	for start := range 4 {
		person, program := openTerminal(t)
		cmd := exec.Command("fridaycounter", "run", "--trust-clock", "--config", c.path, "--state", state)
		cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=")
		cmd.Stdout, cmd.Stderr = program, program
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Process.Kill()
		program.Close()
		text, end := collect(person)
		wait := func(word string, times int) {
			t.Helper()
			for deadline := time.Now().Add(20 * time.Second); strings.Count(text(), word) < times; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("got %q, want %s %d times", text(), word, times)
				}
			}
		}
		wait("●", 1)
		wait("polling failed", 1)
		for save := range 3 {
			before := strings.Count(text(), "in force")
			c.save(fmt.Sprintf("%s// %d of start %d\n", policy, save, start))
			wait("in force", before+1)
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		<-end
		parts := strings.Split(text(), "\x1b[?25l")
		if !beforePictures.MatchString(parts[0]) {
			t.Errorf("before the first picture: got %q", parts[0])
		}
		for _, part := range parts[1:] {
			if !drawn.MatchString(part) {
				t.Errorf("got %q, want lines of the log above a picture", part)
			}
		}
	}
}

// A terminal that takes nothing more, after Ctrl-S, stops neither the other displays nor SIGTERM.
func TestRunOnAStoppedTerminal(t *testing.T) {
	dir, address := t.TempDir(), freeAddress(t)
	c := &counter{t: t, path: filepath.Join(dir, "counter.cue")}
	days := deployAgo(t, dir, 16, 1)
	policy := func(day string) string {
		return strings.Replace(pagePolicy(day, address), "pages: [", `pages: [{text: "scrolling, scrolling, scrolling", overflow: "scroll"}, `, 1)
	}
	c.save(policy(days[0]))
	_, program := openTerminal(t)
	stopOutput(t, program)
	cmd := exec.Command("fridaycounter", "run", "--trust-clock", "--config", c.path)
	cmd.Env = append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state"))
	cmd.Stdout, cmd.Stderr = program, program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	c.wait("page", func() string { return fetch("http://" + address + "/api/v1/streak") }, `"weeks": 2`)
	c.save(policy(days[1]))
	c.wait("page", func() string { return fetch("http://" + address + "/api/v1/streak") }, `"weeks": 0`)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("SIGTERM does not end it")
	}
}

// A command that cannot tell what went wrong there ends at a signal.
func TestErrorOnAStoppedTerminal(t *testing.T) {
	_, program := openTerminal(t)
	stopOutput(t, program)
	cmd := exec.Command("fridaycounter", "vet", filepath.Join(t.TempDir(), "none.cue"))
	cmd.Stderr = program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("it ended by itself: %v", err)
	case <-time.After(2 * time.Second):
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("SIGTERM does not end it")
	}
}
