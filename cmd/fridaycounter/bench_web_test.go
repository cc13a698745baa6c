package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
)

// BenchmarkWatched reports the resident memory of the running daemon while 60
// browsers watch its page, each of which has loaded it, and a text that scrolls on
// the glass; and how many frames a second each of them gets.
func BenchmarkWatched(b *testing.B) {
	const browsers, watch = 60, 5 * time.Second
	binary := release(b)
	server := httptest.NewServer(demo.Bamboo(time.Now))
	defer server.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	free.Close()
	page := "http://" + free.Addr().String()
	for b.Loop() {
		c := &counter{t: b, program: binary, path: filepath.Join(b.TempDir(), "counter.cue"), done: make(chan error, 1)}
		policy := strings.Replace(dayPolicy("Friday"), `file: path: "deployments.jsonl"`, fmt.Sprintf(`bamboo: {url: "%s", environments: ["Production"]}`, server.URL), 1)
		policy = strings.Replace(policy, "terminal: {}", fmt.Sprintf("web: listen: %q", free.Addr()), 1)
		policy = strings.Replace(policy, "pages: [", `pages: [{text: "scrolling, scrolling, scrolling", overflow: "scroll"}, `, 1)
		c.save(policy)
		c.run(append(os.Environ(), "STATE_DIRECTORY="+b.TempDir()))
		c.wait("log", c.log, "msg=number")
		frames := make(chan int, browsers)
		for range browsers {
			go func() { frames <- watchPage(b, page, watch) }()
		}
		time.Sleep(watch / 2)
		b.ReportMetric(status(b, c.cmd.Process.Pid, "VmRSS"), "MiB-resident")
		fewest := <-frames
		for range browsers - 1 {
			fewest = min(fewest, <-frames)
		}
		b.ReportMetric(float64(fewest)/watch.Seconds(), "frames/s-least")
		b.ReportMetric(status(b, c.cmd.Process.Pid, "VmHWM"), "MiB-peak")
		c.stop(syscall.SIGTERM)
	}
}

// watchPage loads the page and counts the frames that come in a time.
func watchPage(b *testing.B, page string, d time.Duration) (frames int) {
	resp, err := http.Get(page)
	if err != nil {
		b.Error(err)
		return 0
	}
	resp.Body.Close()
	stream, err := http.Get(page + "/events")
	if err != nil {
		b.Error(err)
		return 0
	}
	end := time.AfterFunc(d, func() { stream.Body.Close() })
	defer end.Stop()
	for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
		if lines.Text() == "event: frame" {
			frames++
		}
	}
	return frames
}
