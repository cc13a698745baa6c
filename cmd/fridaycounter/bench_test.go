package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkResident reports the resident memory of the running daemon, built as
// a release is, when it has its first number from a Bamboo with a year of
// deployments; the child that evaluated the file has ended.
func BenchmarkResident(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "fridaycounter")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	server := httptest.NewServer(demoBamboo(time.Now))
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
