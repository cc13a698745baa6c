package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// Under the unit's limit of open files, neither 300 clients that say nothing nor 300 that want
// events keep the counter from polling and from taking a save.
func TestRunWithManyConnections(t *testing.T) {
	unit, err := os.ReadFile("service/fridaycounter.service")
	if err != nil {
		t.Fatal(err)
	}
	limit := regexp.MustCompile(`(?m)^LimitNOFILE=([0-9]+)$`).FindSubmatch(unit)
	if limit == nil {
		t.Fatal("the unit sets no LimitNOFILE")
	}
	for name, request := range map[string]string{"idle": "", "events": "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			dir, address := t.TempDir(), freeAddress(t)
			c := &counter{t: t, path: filepath.Join(dir, "counter.cue"), done: make(chan error, 1)}
			script := filepath.Join(dir, "limited")
			if err := os.WriteFile(script, fmt.Appendf(nil, "#!/bin/sh\nulimit -n %s && exec fridaycounter \"$@\"\n", limit[1]), 0o755); err != nil {
				t.Fatal(err)
			}
			days := deployAgo(t, dir, 23)
			c.program = script
			c.save(pagePolicy(days[0], address))
			c.run(append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state")))
			c.wait("glass", func() string { return c.out(0) }, lit(t, "3"))
			for range 300 {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				fmt.Fprint(conn, request)
			}
			days = deployAgo(t, dir, 23, 16, 8) // 23 and 16 days ago was the same weekday
			from := c.lines()
			if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			c.wait("glass", func() string { return c.out(from) }, lit(t, "2"))
			from = c.lines()
			c.save(pagePolicy(days[2], address))
			c.wait("glass", func() string { return c.out(from) }, lit(t, "1"))
			if log := c.log(); strings.Contains(log, "too many open files") {
				t.Errorf("got log\n%s", log)
			}
			if got := fetch("http://" + address + "/healthz"); got != "200 OK\nok\n" {
				t.Errorf("another client: got %q", got)
			}
		})
	}
}
