package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A counter is a running "fridaycounter run" with its terminal display in a pipe.
type counter struct {
	t       testing.TB
	program string // "": the one under test
	cmd     *exec.Cmd
	path    string // of counter.cue

	mu     sync.Mutex
	stdout []string
	stderr []string
	done   chan error
}

// startCounter runs the policy in a directory of its own.
func startCounter(t testing.TB, policy string) *counter {
	t.Helper()
	dir := t.TempDir()
	c := &counter{t: t, path: filepath.Join(dir, "counter.cue"), done: make(chan error, 1)}
	c.save(policy)
	c.run(append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state")))
	return c
}

// run starts the program. It is killed when the test ends.
func (c *counter) run(env []string) {
	c.t.Helper()
	t := c.t
	c.cmd = exec.Command(cmp.Or(c.program, "fridaycounter"), "run", "--trust-clock", "--config", c.path)
	c.cmd.Env = env
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { c.collect(stdout, &c.stdout) })
	reading.Go(func() { c.collect(stderr, &c.stderr) })
	go func() {
		reading.Wait()
		c.done <- c.cmd.Wait()
	}()
	t.Cleanup(func() { c.cmd.Process.Kill() })
}

func (c *counter) collect(r io.Reader, lines *[]string) {
	for s := bufio.NewScanner(r); s.Scan(); {
		c.mu.Lock()
		*lines = append(*lines, s.Text())
		c.mu.Unlock()
	}
}

// save writes counter.cue as an editor does: a new file over the old one.
func (c *counter) save(policy string) {
	c.t.Helper()
	if err := os.WriteFile(c.path+"~", []byte(policy), 0o644); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(c.path+"~", c.path); err != nil {
		c.t.Fatal(err)
	}
}

// out returns standard output from a line on, and log all of standard error.
func (c *counter) out(from int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.stdout[min(from, len(c.stdout)):], "\n") + "\n"
}

func (c *counter) lines() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.stdout)
}

func (c *counter) log() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.stderr, "\n") + "\n"
}

// wait waits until got returns a text that holds want.
func (c *counter) wait(what string, got func() string, want string) {
	c.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(got(), want) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s lacks\n%s\nout:\n%s\nlog:\n%s", what, want, c.out(0), c.log())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// lit is how a display in a pipe shows a text with marks.
func lit(t testing.TB, text string, marks ...led.Mark) string {
	t.Helper()
	line, err := led.Fit(text, 16, 8, led.FontAuto, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	f := led.NewFrame(16, 8)
	line.Draw(f, 0)
	for _, m := range marks {
		m.Draw(f, true)
	}
	return f.String()
}

// dayPolicy forbids one weekday, and reads deployments from a file beside it.
func dayPolicy(day string) string {
	return fmt.Sprintf(`package counter

import "github.com/fridaycounter/fridaycounter/schema"

schema.#Counter & {
	#streak:  _
	timezone: "Etc/UTC"
	source: file: path: "deployments.jsonl"
	rules: quiet: forbid: [{weekdays: ["%s"]}]
	poll: [{every: "1h"}]
	display: {modules: 2, terminal: {}}
	pages: [{text: "\(#streak.weeks)"}]
	brightness: [{level: 8}]
}
`, day)
}

// deployAgo writes a deployment of one minute, that many days ago, and returns
// its weekday.
func deployAgo(t testing.TB, dir string, days ...int) []string {
	t.Helper()
	var file strings.Builder
	var weekdays []string
	for i, n := range days {
		at := time.Now().UTC().AddDate(0, 0, -n).Truncate(24 * time.Hour)
		fmt.Fprintf(&file, `{"id":"%d","project":"shop","environment":"Production","version":"release-%d","state":"SUCCESS","started":"%s","executed":"%[3]s","finished":"%s"}`+"\n",
			i, i, at.Format(time.RFC3339), at.Add(time.Minute).Format(time.RFC3339))
		weekdays = append(weekdays, at.Weekday().String())
	}
	if err := os.WriteFile(filepath.Join(dir, "deployments.jsonl"), []byte(file.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return weekdays
}

// From the file to the glass: a save changes the digits, a typo only the mark in the corner, a fix
// clears the mark, and SIGTERM ends the counter.
func TestRun(t *testing.T) {
	c := startCounter(t, "not yet")
	days := deployAgo(t, filepath.Dir(c.path), 22, 9)
	c.wait("log", c.log, "is refused")
	c.save(dayPolicy(days[0]))
	c.wait("glass", func() string { return c.out(0) }, lit(t, "3"))

	from := c.lines()
	c.save(dayPolicy(days[1]))
	c.wait("glass", func() string { return c.out(from) }, lit(t, "1"))
	c.wait("log", c.log, fmt.Sprintf("forbidden: %s -> %s; weeks: 3 -> 1", days[0], days[1]))

	from = c.lines()
	c.save(strings.Replace(dayPolicy(days[1]), days[1], days[1][1:], 1))
	c.wait("glass", func() string { return c.out(from) }, lit(t, "1", led.Refused))
	c.wait("log", c.log, days[1][1:]+`\" is not a weekday`)

	from = c.lines()
	c.save(dayPolicy(days[1]))
	c.wait("glass", func() string { return c.out(from) }, lit(t, "1"))
	c.wait("log", c.log, "is accepted again")

	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-c.done:
		if err != nil {
			t.Errorf("SIGTERM: got %v, want a clean end", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("SIGTERM: still running after 10 s")
	}
}

// A start with a broken file shows the last good one, marked.
func TestRunStartsWithTheLastGoodFile(t *testing.T) {
	c := startCounter(t, "not yet")
	days := deployAgo(t, filepath.Dir(c.path), 22)
	c.save(dayPolicy(days[0]))
	c.wait("glass", func() string { return c.out(0) }, lit(t, "3"))
	c.wait("history", c.stored, "stored")
	c.stop(os.Kill) // a power cut
	c.save("package counter")

	next := c.restart()
	next.wait("glass", func() string { return next.out(0) }, lit(t, "3", led.Refused))
}
