package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// audit holds that no glass ever looked fresh with a number that was old for longer than twice the
// poll interval.
func (f *fleetTest) audit() {
	end := time.Now()
	limit := f.stale()
	var truth []span
	counter := f.since("counter", time.Time{})
	for i, l := range counter {
		to := end
		if i+1 < len(counter) {
			to = counter[i+1].at
		}
		truth = append(truth, span{l.text, l.at, to})
	}
	var checked time.Duration
	for _, name := range f.names {
		var unknown, excused []span
		for _, l := range f.lost {
			if l.machine != "" && l.machine != name {
				continue
			}
			unknown = append(unknown, l.span)
			if l.frozen {
				excused = append(excused, span{"", l.from, l.to.Add(time.Second)})
			}
		}
		known := minus(truth, unknown)
		for i := range known {
			known[i].from = known[i].from.Add(-100 * time.Millisecond) // a wall may be faster than the counter's glass
			known[i].to = known[i].to.Add(limit)
		}
		for _, s := range f.fresh(name, end) {
			checked += s.to.Sub(s.from)
			var of []span
			for _, k := range known {
				if k.text == s.text {
					of = append(of, k)
				}
			}
			for _, bad := range minus([]span{s}, append(of, excused...)) {
				if bad.text != "" && bad.text != "--" {
					f.Errorf("%s shows %s as fresh from %s for %v, which was no longer the number\n%s", name, bad.text,
						bad.from.Format("15:04:05.000"), bad.to.Sub(bad.from), tail(f.walls[name]))
				}
			}
		}
	}
	if checked < time.Minute {
		f.Errorf("only %v of fresh glasses were looked at", checked)
	}
	f.report = append(f.report, fmt.Sprintf("   no old number looked fresh, in %d s of what all walls showed", int(checked.Seconds())))
}

// startPlain starts a wall with the program as it is shipped, and a terminal.
func (f *fleetTest) startPlain() {
	const path = "/etc/fridaycounter/plain/wall.cue"
	wall := regexp.MustCompile(`max7219: .*`).ReplaceAllString(f.everyDay(f.sample("schema.#Wall")), "terminal: {}")
	f.sh("mkdir -p /etc/fridaycounter/plain && cp /etc/fridaycounter/ca.crt /etc/fridaycounter/plain")
	if err := os.WriteFile(path, []byte(wall), 0o644); err != nil {
		f.Fatal(err)
	}
	f.plain = f.start("plain", "127.0.0.4", "walls", os.Getenv("FRIDAYCOUNTER_PROGRAM"), "run", "--config", path)
}

// figures measures how long changes take, and memory.
func (f *fleetTest) figures() {
	var worst time.Duration
	for range 10 {
		worst = max(worst, f.change(f.names))
	}
	f.note("a change on every wall, of ten", worst, changeLimit)
	p := f.plain
	f.until("the terminal of a wall", 10*time.Second, func() bool { return strings.Contains(p.log.String(), "#") })
	time.Sleep(time.Until(p.started.Add(25 * time.Second))) // what only the start needs is given back by then
	f.report = append(f.report, fmt.Sprintf("resident: a wall %d KiB, of them %d anonymous; the broker %d KiB",
		f.memory(p, "VmRSS:"), f.memory(p, "RssAnon:"), f.memory(f.broker, "VmRSS:")))
	if kib := f.memory(p, "VmRSS:"); kib > maxResident {
		f.Errorf("a wall has %d KiB resident, want at most %d", kib, maxResident)
	}
}

// memory returns a figure of a process's memory in KiB.
func (f *fleetTest) memory(p *program, key string) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		f.Fatal(err)
	}
	_, text, _ := strings.Cut(string(status), key)
	kib, err := strconv.Atoi(strings.Fields(text)[0])
	if err != nil {
		f.Fatal(err)
	}
	return kib
}
