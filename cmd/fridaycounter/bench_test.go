package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// BenchmarkResident reports the resident memory of the running daemon, built as
// a release is, when it has its first number from a Bamboo with a year of
// deployments; the child that evaluated the file has ended.
func BenchmarkResident(b *testing.B) {
	binary := release(b)
	server := httptest.NewServer(demo.Bamboo(time.Now))
	defer server.Close()
	for b.Loop() {
		c := &counter{t: b, program: binary, path: filepath.Join(b.TempDir(), "counter.cue"), done: make(chan error, 1)}
		c.save(strings.Replace(dayPolicy("Friday"), `file: path: "deployments.jsonl"`, fmt.Sprintf(`bamboo: {url: "%s", environments: ["Production"]}`, server.URL), 1))
		c.run(append(os.Environ(), "STATE_DIRECTORY="+b.TempDir()))
		c.wait("log", c.log, "msg=number")
		b.ReportMetric(status(b, c.cmd.Process.Pid, "VmRSS"), "MiB-resident")
		b.ReportMetric(status(b, c.cmd.Process.Pid, "RssAnon"), "MiB-anonymous")
		c.cmd.Process.Kill()
		<-c.done
	}
}

// status returns a figure of /proc/PID/status in MiB.
func status(b *testing.B, pid int, name string) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skipf("no /proc on this system: %v", err)
	}
	m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(data)
	if m == nil {
		b.Fatalf("no %s in /proc/%d/status", name, pid)
	}
	kib, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}

// release builds the program as a release is built.
func release(b *testing.B) string {
	binary := filepath.Join(b.TempDir(), "fridaycounter")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return binary
}

var stored = []int{1e3, 2e4, 1e5}

// A storedDaemon is a daemon over a history of n deployments, whose source does not answer.
type storedDaemon struct {
	b      *testing.B
	binary string
	path   string // of counter.cue
	env    []string
}

// newStoredDaemon fills the history, and runs the daemon once so that it keeps its
// configuration.
func newStoredDaemon(b *testing.B, binary string, n int) *storedDaemon {
	dir := b.TempDir()
	d := &storedDaemon{b, binary, filepath.Join(dir, "counter.cue"), append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state"))}
	(&counter{t: b, path: d.path}).save(dayPolicy("Friday"))
	fillHistory(b, filepath.Join(dir, "state", "history.db"), source.Key{Name: "file", Address: filepath.Join(dir, "deployments.jsonl")}, n)
	c := d.start()
	c.wait("history", c.stored, "stored")
	d.stop(c)
	return d
}

// start starts it and waits for the first picture.
func (d *storedDaemon) start() *counter {
	c := &counter{t: d.b, program: d.binary, path: d.path, done: make(chan error, 1)}
	c.run(d.env)
	c.wait("glass", func() string { return c.out(0) }, "#")
	return c
}

func (d *storedDaemon) stop(c *counter) {
	d.b.ReportMetric(status(d.b, c.cmd.Process.Pid, "VmHWM"), "MiB-peak")
	c.stop(syscall.SIGTERM)
}

// BenchmarkFirstPicture reports the time from the start of the daemon to its first
// picture on a terminal in a pipe, and the most memory that it had.
func BenchmarkFirstPicture(b *testing.B) {
	binary := release(b)
	for _, n := range stored {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			d := newStoredDaemon(b, binary, n)
			for b.Loop() {
				c := d.start()
				b.StopTimer()
				d.stop(c)
				b.StartTimer()
			}
		})
	}
}

// BenchmarkReload reports the time from a save of another rule to its number in
// force: seeing the file, evaluating it, judging all that is stored, its pages.
func BenchmarkReload(b *testing.B) {
	binary := release(b)
	for _, n := range stored {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			d := newStoredDaemon(b, binary, n)
			c := d.start()
			days := []string{"Thursday", "Friday"}
			for i := 0; b.Loop(); i++ {
				c.save(dayPolicy(days[i%2]))
				c.wait("log", c.log, fmt.Sprintf("forbidden: %s -> %s", days[(i+1)%2], days[i%2]))
				b.StopTimer()
				c.mu.Lock()
				c.stderr = nil
				c.mu.Unlock()
				b.StartTimer()
			}
			d.stop(c)
		})
	}
}

// fillHistory makes a history of n deployments, one in seven of which is on a
// Friday, the last of them three weeks ago.
func fillHistory(b *testing.B, path string, key source.Key, n int) {
	file, err := history.Open(b.Context(), path, history.Opts{})
	if err != nil {
		b.Fatal(err)
	}
	end := time.Now().AddDate(0, 0, -1)
	every := 20 * 365 * 24 * time.Hour / time.Duration(n)
	at := time.Now()
	e := source.KnownEnvironment{Environment: rules.Environment{ID: "shop/Production", Name: "Production", ProjectID: "shop", Project: "shop", CompleteFrom: end.Add(-time.Duration(n) * every), Exhausted: true}, Read: at, FirstSeen: at}
	for i := range n {
		at := end.Add(-time.Duration(i) * every)
		e.Deployments = append(e.Deployments, rules.Deployment{
			ID: strconv.Itoa(n - i), Source: key.Name, ProjectID: "shop", Project: "shop", EnvironmentID: e.ID, Environment: e.Name,
			Version: "release-" + strconv.Itoa(n-i), Started: at, Executed: at, Finished: at.Add(2 * time.Minute),
			State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
		})
	}
	slices.SortFunc(e.Deployments, source.CompareRuns)
	known := source.Known{Key: key, FirstRead: at, Good: at, Environments: []source.KnownEnvironment{e}}
	if err := file.Save(b.Context(), &known, known.All()); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
}
