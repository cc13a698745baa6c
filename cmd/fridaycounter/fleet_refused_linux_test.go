package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// ask runs a command on the counter's machine.
func (f *fleetTest) ask(args ...string) (string, int) {
	f.Helper()
	return f.askAt("counter@asks", "leader-shop", args...)
}

func (f *fleetTest) askAt(machine, user string, args ...string) (string, int) {
	f.Helper()
	p := f.start(machine, "127.0.0.2", user, append([]string{"fridaycounter"}, args...)...)
	<-p.ended
	return p.log.String(), p.ProcessState.ExitCode()
}

// states returns the walls by their states, as the command fleet has them, and its exit code.
func (f *fleetTest) states() (map[string][]string, int) {
	f.Helper()
	out, code := f.ask("fleet", "--json", "--config", "/etc/fridaycounter/counter.cue")
	var all report.Fleet
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&all); err != nil { // a sentence follows
		f.Fatalf("fleet --json: %v\n%s", err, out)
	}
	states := map[string][]string{}
	for _, w := range all.Walls {
		states[w.State] = append(states[w.State], w.Name)
	}
	return states, code
}

// oneLine joins lines that were broken to fit a terminal.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// refused tries what brokers and walls refuse, and what the counter says of its walls.
func (f *fleetTest) refused() {
	if states, code := f.states(); code != exitOK || len(states["online"]) != len(f.names)+1 {
		f.Errorf("fleet: exit code %d, walls %v, want 0 and all online", code, states)
	}
	f.forged()
	f.diverged()
	f.rival()
	f.cloned()
	f.unwelcome()
}

// forged has a wall's user write the counter's number.
func (f *fleetTest) forged() {
	const topic = "fridaycounter/shop/state"
	state, from := f.retained("homeassistant")[topic], time.Now()
	var m map[string]any
	if err := json.Unmarshal([]byte(state), &m); err != nil {
		f.Fatalf("the state is %q: %v", state, err)
	}
	m["seq"], m["pages"] = 1e9, []any{map[string]any{"text": "99"}}
	forged, err := json.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	for topic, payload := range map[string]string{topic: string(forged), "fridaycounter/shop/leader": "online", "fridaycounter/shop/wall/wall-1/status": "offline"} {
		if out, _ := f.client("walls", "intruder", "mosquitto_pub", "-t", topic, "-m", payload, "-q", "1", "-r"); !strings.Contains(strings.ToLower(out), "not authori") {
			f.Errorf("a forged %s: the broker says %q", topic, out)
		}
	}
	f.right(f.names, from, f.every)
	f.report = append(f.report, "5. state, leader and another wall's status, forged by the user of the walls: refused by the broker, no glass changed")
}

// diverged has a wall show what another does, by another policy.
func (f *fleetTest) diverged() {
	const base = "fridaycounter/shop/wall/wall-99/"
	tell := func(name string, args ...string) {
		if out, err := f.client("walls", "wall-99", "mosquitto_pub", append([]string{"-q", "1", "-r", "-t", base + name}, args...)...); err != nil {
			f.Fatalf("%v\n%s", err, out)
		}
	}
	from := time.Now()
	tell("status", "-m", "online")
	as := func(command, user, id string) string {
		return strings.Join(append([]string{command}, f.login(user, id)...), " ")
	}
	other := f.start("diverged", "127.0.0.4", "", "sh", "-c", as("mosquitto_sub", "homeassistant", "copies")+" -t fridaycounter/shop/wall/wall-1/shown | "+
		`sed -u 's/"policy":"[0-9a-f]*"/"policy":"00"/' | `+as("mosquitto_pub", "walls", "wall-99")+" -q 1 -r -l -t "+base+"shown")
	walls := func() string { return fetch("http://127.0.0.1:8474/metrics") }
	f.until("the metric of the wall that diverged", 25*time.Second, func() bool { return strings.Contains(walls(), `fridaycounter_walls{state="diverged"} 1`) })
	f.note("6. a wall with another policy, in the metrics", time.Since(from), 16*time.Second)
	if states, code := f.states(); code != exitError || len(states["online"]) != len(f.names)+1 || !slices.Equal(states["diverged"], []string{"wall-99"}) {
		f.Errorf("fleet: exit code %d, walls %v, want 1, and wall-99 diverged", code, states)
	}
	f.until("the mark on the counter's glass", 10*time.Second, func() bool {
		for _, l := range f.since("counter", from) {
			if slices.Contains(l.marks, led.Faulty) {
				return strings.Contains(f.counter.log.String(), "wall-99")
			}
		}
		return false
	})
	other.kill()
	tell("status", "-n")
	tell("shown", "-n")
	f.until("the wall is forgotten", 15*time.Second, func() bool { return strings.Contains(walls(), `fridaycounter_walls{state="diverged"} 0`) })
	f.right([]string{"counter"}, time.Now(), 30*time.Second) // a display that did not work is tried again, less and less often
}

// rival starts a second counter on the topic of the first. When it dies, its last will says that the
// counter is offline, which the first one puts right.
func (f *fleetTest) rival() {
	from := time.Now()
	rival := f.start("rival", "127.0.0.4", "leader-shop", "fridaycounter-glass", "run", "--trust-clock", "--config", "/etc/fridaycounter/counter.cue")
	f.until("each counter names the other", 20*time.Second, func() bool {
		return strings.Contains(f.counter.log.String(), "on rival") && strings.Contains(rival.log.String(), "on counter")
	})
	f.note("   two counters on one topic, named in both logs", time.Since(from), 20*time.Second)
	rival.kill()
	f.right(f.names, time.Now(), 2*f.every)
	f.right([]string{"counter"}, time.Now(), 30*time.Second)
}

// cloned starts a second machine with the name of a wall.
func (f *fleetTest) cloned() {
	from := time.Now()
	clone := f.start("wall-4@clone", f.address(3), "walls", "fridaycounter-glass", "run", "--config", "/etc/fridaycounter/wall.cue")
	said := "another client"
	f.until("a clone is named", 20*time.Second, func() bool {
		return strings.Contains(clone.log.String(), said) || strings.Contains(f.walls["wall-4"].log.String(), said)
	})
	f.note("   a wall with the name of another, named in the log, and by doctor", time.Since(from), 20*time.Second)
	time.Sleep(2 * f.every)
	for name, p := range map[string]*program{"the wall": f.walls["wall-4"], "its clone": clone} {
		if n := strings.Count(p.log.String(), said); n > 1 {
			f.Errorf("%s names the other %d times:\n%s", name, n, p.log)
		}
	}
	clone.kill()
	if out, _ := f.askAt("wall-5@doctor", "walls", "doctor", "--config", "/etc/fridaycounter/wall.cue"); !strings.Contains(oneLine(out), "with the id wall-5") {
		f.Errorf("doctor, on a machine with the name of another wall:\n%s", out)
	}
	if out, _ := f.ask("doctor", "--config", "/etc/fridaycounter/counter.cue"); !strings.Contains(oneLine(out), "lets leader-shop read and publish") {
		f.Errorf("doctor, on the counter's machine:\n%s", out)
	}
	f.walls["wall-4"].kill() // it may wait a minute
	back := time.Now()
	f.walls["wall-4"] = f.walls["wall-4"].again()
	f.right([]string{"wall-4", "wall-5"}, back, healLimit)
}

// unwelcome starts walls that the broker, or they themselves, refuse.
func (f *fleetTest) unwelcome() {
	good, err := os.ReadFile("/etc/fridaycounter/wall.cue")
	if err != nil {
		f.Fatal(err)
	}
	f.sh("cd /etc/fridaycounter && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Other -keyout /dev/null -out other.crt 2>/dev/null")
	f.passwords["nobody"] = "wr0ng-secret"
	started := map[string]*program{}
	for name, c := range map[string]struct{ user, old, new, says string }{
		"password": {"nobody", "", "", "password"},
		"ca":       {"walls", "ca.crt", "other.crt", "certificate"},
		"expired":  {"walls", ":8883", ":8884", "valid from"},
		"away":     {"walls", ":8883", ":8885", "refused"},
	} {
		path := fmt.Sprintf("/etc/fridaycounter/%s/wall.cue", name)
		f.sh("mkdir -p " + filepath.Dir(path) + " && cp /etc/fridaycounter/*.crt " + filepath.Dir(path))
		if err := os.WriteFile(path, bytes.Replace(good, []byte(c.old), []byte(c.new), 1), 0o644); err != nil {
			f.Fatal(err)
		}
		started[c.says] = f.start("bad-"+name, "127.0.0.4", c.user, "fridaycounter-glass", "run", "--config", path)
	}
	time.Sleep(4 * time.Second)
	for says, p := range started {
		p.Process.Signal(syscall.SIGTERM)
		<-p.ended
		var lines []string
		for line := range strings.Lines(p.log.String()) {
			if strings.Contains(line, "the broker cannot be used") {
				lines = append(lines, line)
			}
		}
		if len(lines) != 1 || !strings.Contains(lines[0], says) || strings.Contains(p.log.String(), f.passwords["nobody"]) {
			f.Errorf("%s: want one line that says %q, and no secret; got\n%s", p.machine, says, p.log)
			continue
		}
		if l := f.now(p.machine); l.text != "" { // it was switched off
			f.Errorf("%s shows %+v", p.machine, l)
		}
		f.report = append(f.report, "   "+strings.TrimSpace(lines[0][strings.Index(lines[0], "msg="):]))
	}
}
