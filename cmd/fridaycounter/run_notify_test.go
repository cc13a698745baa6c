package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// A breach that comes is shown on a pixel clock at once, and a webhook is told of it once, although it
// was away and the counter was killed meanwhile. Breaches of before the first start are no news. The
// URL is in no log.
func TestRunTellsAWebhookAndAPixelClock(t *testing.T) {
	var mu sync.Mutex
	var told []string
	app, status := "", http.StatusServiceUnavailable
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.URL.Path == "/services/verysecret":
			if w.WriteHeader(status); status == http.StatusOK {
				told = append(told, string(body))
			}
		case r.URL.Path == "/api/custom":
			app = string(body)
		}
	}))
	defer web.Close()
	look := func(what *string, list *[]string) func() string {
		return func() string {
			mu.Lock()
			defer mu.Unlock()
			if list != nil {
				return strings.Join(*list, "\n")
			}
			return "app: " + *what + "."
		}
	}
	server := weeksAgo(5, 2)
	at := httptest.NewServer(server)
	defer at.Close()
	policy := strings.Replace(bambooPolicy(at.URL), "terminal: {}}", `terminal: {}, awtrix: {url: "`+web.URL+`", app: "friday"}}
	notify: [{webhook: url: file: "webhook", on: ["breach"]}]`, 1)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "webhook"), []byte(web.URL+"/services/verysecret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &counter{t: t, path: filepath.Join(dir, "counter.cue"), done: make(chan error, 1)}
	c.save(policy)
	c.run(append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state")))
	c.wait("glass", func() string { return c.out(0) }, lit(t, "2"))
	c.wait("clock", look(&app, nil), `"text":"2"`)
	c.wait("history", c.stored, "stored")
	server.Change(func(s *bambootest.Server) {
		e := &s.Projects[0].Environments[0]
		now := time.Now().Add(-time.Minute)
		e.Results = append([]bambootest.Result{{ID: 1002, Version: "hotfix", Started: now, Queued: now, Executed: now, Finished: now}}, e.Results...)
	})
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.wait("log", c.log, `a webhook cannot be told; it is tried again" webhook="file webhook" error="it answers 503 Service Unavailable"`)
	c.wait("clock", look(&app, nil), `"text":"0"`)
	log := c.log()
	c.stop(os.Kill)
	mu.Lock()
	status = http.StatusOK
	mu.Unlock()
	for range 2 {
		c = c.restart()
		c.wait("webhook", look(nil, &told), `"text":"hotfix of shop to Production broke the rule quiet: `)
		c.wait("glass", func() string { return c.out(0) }, lit(t, "0"))
		time.Sleep(time.Second)
		log += c.log()
		c.stop(syscall.SIGTERM)
		if got := look(&app, nil)(); got != "app: ." {
			t.Errorf("after the end the clock shows %s", got)
		}
	}
	if len(told) != 1 {
		t.Errorf("the webhook was told %q, want one event", told)
	}
	if strings.Contains(log, "verysecret") {
		t.Errorf("the URL is in the log:\n%s", log)
	}
	if _, stderr, code := command(t, c.path, filepath.Join(dir, "state"), "history", "check"); code != exitOK {
		t.Errorf("history check: %d %s", code, stderr)
	}
}
