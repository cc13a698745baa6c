package main

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The limits that docs/fleet.md promises, with room for a machine that does something else too.
const (
	breachLimit = time.Second     // a breach on every wall, after the counter's own glass
	changeLimit = time.Second     // any change; asked are 200 ms, on a machine that does nothing else
	healLimit   = 3 * time.Second // right again after what was cut off is back
	maxResident = 24 << 10        // KiB, of a wall
)

// TestFleet is the proof of many walls on one machine. .ci/fleet runs it. FRIDAYCOUNTER_FLEET is the
// number of walls; the first ten have an address of their own, as the counter has.
func TestFleet(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("FRIDAYCOUNTER_FLEET"))
	if err != nil {
		t.Skip(".ci/fleet runs it, in a network of its own")
	}
	f := &fleetTest{site: openSite(t, 3*time.Second), began: time.Now()}
	t.Cleanup(f.print)
	f.broker = f.startBroker()
	for i := range n {
		f.names = append(f.names, fmt.Sprintf("wall-%d", i+1))
	}
	f.begin()
	if n > 40 {
		f.figures()
		return
	}
	f.killed()
	f.stopped()
	f.cutOff()
	f.refused()
	f.figures()
	f.audit()
}

// A fleetTest is the story of a site, and what came out.
type fleetTest struct {
	*site
	names  []string // of the walls
	plain  *program // one more, with the program as it is shipped
	began  time.Time
	text   string // on the counter's glass
	number string // of weeks, which is on a glass until a page says something else
	count  int    // of the changes
	report []string
}

// note adds a line to the report: the worst of what was measured, and its limit.
func (f *fleetTest) note(what string, worst, limit time.Duration) {
	f.report = append(f.report, fmt.Sprintf("%-66s %7d ms  of %6d", what, worst.Milliseconds(), limit.Milliseconds()))
	if worst > limit {
		f.Errorf("%s: took %v, want at most %v", what, worst, limit)
	}
}

func (f *fleetTest) print() {
	fmt.Printf("\n%d walls, a counter, a broker; a poll each %v\n", len(f.names), f.every)
	for _, line := range f.report {
		fmt.Println("  " + line)
	}
	fmt.Printf("the fleet test took %d s\n", int(time.Since(f.began).Seconds()))
}

// address returns the address of a machine: the first ten walls can be cut off, and the counter.
func (f *fleetTest) address(i int) string {
	if i < 10 {
		return "127.0.0.3"
	}
	return "127.0.0.4"
}

func (f *fleetTest) first() []string  { return f.names[:min(10, len(f.names))] }
func (f *fleetTest) others() []string { return f.names[min(10, len(f.names)):] }

// begin starts the counter and the walls, and has them show the demo's breach.
func (f *fleetTest) begin() {
	for i := range 30 {
		f.know(f.T, strconv.Itoa(i))
	}
	f.save("")
	wall := f.sample("schema.#Wall")
	if err := os.WriteFile("/etc/fridaycounter/wall.cue", []byte(f.everyDay(wall)), 0o644); err != nil {
		f.Fatal(err)
	}
	f.counter = f.start("counter", "127.0.0.2", "leader-shop", "fridaycounter-glass", "run", "--trust-clock", "--config", "/etc/fridaycounter/counter.cue")
	f.until("the counter's glass, when it has read all", 30*time.Second, func() bool {
		l := f.now("counter")
		return len(l.text) == 2 && len(l.marks) == 0 && time.Since(l.at) > time.Second
	})
	f.text = f.now("counter").text
	start := time.Now()
	for i, name := range f.names {
		f.walls[name] = f.start(name, f.address(i), "walls", "fridaycounter-glass", "run", "--config", "/etc/fridaycounter/wall.cue")
	}
	limit := time.Duration(len(f.names)) * 600 * time.Millisecond // they share this machine
	f.note("all walls started, and right", f.right(f.names, start, limit), limit)
	f.startPlain()

	f.clock.Store(new(time.Now()))
	from := time.Now()
	at := f.changed(from, func(text string) bool { return text == "0" || text == "1" || text == "2" })
	f.note("1. the demo's breach on every wall, after the counter's glass", f.reached(f.names, at), breachLimit)
	f.same()
	f.number = f.text
	var worst time.Duration
	for range 5 {
		worst = max(worst, f.change(f.names))
	}
	f.note("   a change by a save of counter.cue", worst, changeLimit)
	f.same()
}

// everyDay lights a wall on weekends too.
func (f *fleetTest) everyDay(wall string) string {
	text := strings.Replace(wall, "{level: \"off\", during: [{weekdays: [\"Saturday\", \"Sunday\"]}]},\n", "", 1)
	if text == wall {
		f.Fatal("the page's wall.cue is not off on weekends")
	}
	return text
}

// until waits for something.
func (f *fleetTest) until(what string, limit time.Duration, ok func() bool) {
	f.Helper()
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.Fatalf("%s: not within %v\ncounter: %+v\n%s\nbroker:\n%s\nwall-1: %+v\n%s", what, limit,
				f.now("counter"), tail(f.counter), tail(f.broker), f.now("wall-1"), tail(f.walls["wall-1"]))
		}
	}
}

// tail returns the end of a program's log.
func tail(p *program) string {
	if p == nil {
		return ""
	}
	text := p.log.String()
	return text[max(0, len(text)-3000):]
}

// changed waits for a number on the counter's glass, and returns since when it is there.
func (f *fleetTest) changed(from time.Time, ok func(text string) bool) (at time.Time) {
	f.Helper()
	f.until("the counter's glass", 20*time.Second, func() bool {
		for _, l := range f.since("counter", from) {
			if l.at.After(from) && ok(l.text) {
				f.text, at = l.text, l.at
				return true
			}
		}
		return false
	})
	return at
}

// set has the counter show another text, and returns since when it does.
func (f *fleetTest) set() time.Time {
	f.Helper()
	f.count++
	text, from := strconv.Itoa(3+f.count%26), time.Now()
	f.save(text)
	return f.changed(from, func(got string) bool { return got == text })
}

// change has the counter show another text, and returns how long after it the last wall did.
func (f *fleetTest) change(walls []string) time.Duration {
	f.Helper()
	return f.reached(walls, f.set())
}

// reached returns how long after an instant the last wall showed the counter's text.
func (f *fleetTest) reached(walls []string, at time.Time) (worst time.Duration) {
	f.Helper()
	for _, name := range walls {
		f.until(name+" shows "+f.text, 10*time.Second, func() bool {
			for _, l := range f.since(name, at) {
				if l.text == f.text {
					worst = max(worst, l.at.Sub(at))
					return true
				}
			}
			return false
		})
	}
	return worst
}

// right returns how long after an instant the last wall showed the counter's text without a mark, and
// went on to.
func (f *fleetTest) right(walls []string, from time.Time, limit time.Duration) (worst time.Duration) {
	f.Helper()
	for _, name := range walls {
		f.until(name+" is right with "+f.text, limit+5*time.Second, func() bool {
			var good time.Time
			for _, l := range f.since(name, from) {
				switch {
				case l.text != f.text || len(l.marks) > 0:
					good = time.Time{}
				case good.IsZero():
					good = l.at
				}
			}
			if good.IsZero() || time.Since(good) < dark {
				return false
			}
			worst = max(worst, good.Sub(from))
			return true
		})
	}
	return worst
}

// marked returns how long after an instant the last wall was marked stale.
func (f *fleetTest) marked(walls []string, from time.Time) (worst time.Duration) {
	f.Helper()
	for _, name := range walls {
		f.until(name+" is marked stale", 2*f.every+5*time.Second, func() bool {
			for _, l := range f.since(name, from) {
				if l.stale() && l.at.After(from) {
					worst = max(worst, l.at.Sub(from))
					return true
				}
			}
			return false
		})
	}
	return worst
}

// same holds that the walls light the very LEDs that the counter lights.
func (f *fleetTest) same() {
	f.Helper()
	f.right(append([]string{"counter"}, f.names...), time.Now(), f.every)
	want := f.now("counter").frame
	for _, name := range f.names {
		if got := f.now(name).frame; got != want {
			f.Errorf("%s shows\n%s\nwant what the counter does\n%s", name, got, want)
		}
	}
}

// lose notes that some machines could not know the number, or not show it, for a time; "" are all.
func (f *fleetTest) lose(from, to time.Time, machines ...string) {
	for _, name := range machines {
		f.lost = append(f.lost, loss{name, span{"", from, to}, false})
	}
}

// frozen notes that a wall could not even mark itself.
func (f *fleetTest) frozen(from, to time.Time, machine string) {
	f.lost = append(f.lost, loss{machine, span{"", from, to}, true})
}

// stale is the limit for a mark by a wall's own clock: it blinks.
func (f *fleetTest) stale() time.Duration { return 2*f.every + time.Second }

// killed kills the counter, the broker, both and a wall, as a power cut does.
func (f *fleetTest) killed() {
	from := time.Now()
	f.counter.kill()
	f.note("2. kill -9 of the counter: marked", f.marked(f.names, from), f.stale())
	f.displays("offline")
	f.counter = f.counter.again()
	back := f.lit(from)
	f.lose(from, back, "")
	f.note("   it is back: right, since its glass is", f.right(f.names, back, healLimit), healLimit)
	f.displays("online")

	before := f.retained("homeassistant")
	from = time.Now()
	f.broker.kill()
	f.sh("rm -f /var/lib/mosquitto/mosquitto.db")
	f.set()
	f.note("   kill -9 of the broker: marked", f.marked(f.names, from), f.stale())
	back = time.Now()
	f.broker = f.broker.again()
	f.lose(from, back, "")
	f.note("   it is back without its file, and the number is another: right", f.right(f.names, back, healLimit), healLimit)
	f.restored(before)

	from = time.Now()
	f.broker.kill() // first, or it would tell of the counter
	f.counter.kill()
	f.note("   kill -9 of both: marked", f.marked(f.names, from), f.stale())
	f.broker = f.broker.again()
	f.counter = f.counter.again()
	back = f.lit(from)
	f.lose(from, back, "")
	f.note("   they are back: right, since the counter's glass is", f.right(f.names, back, healLimit), healLimit)

	from = time.Now()
	f.walls["wall-2"].kill()
	f.set()
	back = time.Now()
	f.walls["wall-2"] = f.walls["wall-2"].again()
	f.frozen(from, back, "wall-2")
	f.note("   kill -9 of a wall, and another number: right after its start", f.right([]string{"wall-2"}, back, healLimit), healLimit)
}

// lit waits until the counter's glass, which showed its number when it died, shows it again.
func (f *fleetTest) lit(from time.Time) time.Time {
	f.Helper()
	return f.changed(from, func(text string) bool { return text == f.text })
}

// restored holds that the broker has every topic that it had.
func (f *fleetTest) restored(before map[string]string) {
	f.Helper()
	after := f.retained("homeassistant")
	for topic := range before {
		if _, ok := after[topic]; !ok {
			f.Errorf("4. the broker lost its file: %s is not back", topic)
		}
	}
	if want := 5 + 2*(len(f.names)+1); len(before) != want { // state, leader, text, and two sensors
		f.Errorf("the broker had %d topics, want %d", len(before), want)
	}
	f.report = append(f.report, fmt.Sprintf("4. the broker lost its file: %d topics of %d are back", len(after), len(before)))
}

// displays holds what the displays of other makers can read: the number, and whether it can be relied on.
func (f *fleetTest) displays(leader string) {
	f.Helper()
	want := map[string]string{"fridaycounter/shop/text": f.number, "fridaycounter/shop/leader": leader}
	if got := f.retained("displays"); !maps.Equal(got, want) {
		f.Errorf("another maker's display reads %v, want %v", got, want)
	}
}

// stopped stops the counter, the broker and a wall for a while: they live, and do nothing.
func (f *fleetTest) stopped() {
	from := f.signal(f.counter, syscall.SIGSTOP)
	f.note("   SIGSTOP of the counter: marked", f.marked(f.names, from), f.stale())
	back := f.signal(f.counter, syscall.SIGCONT)
	f.lose(from, back, "")
	f.note("   it goes on: right", f.right(f.names, back, healLimit), healLimit)

	from = f.signal(f.broker, syscall.SIGSTOP)
	f.set()
	f.note("   SIGSTOP of the broker, and another number: marked", f.marked(f.names, from), f.stale())
	back = f.signal(f.broker, syscall.SIGCONT)
	f.lose(from, back, "")
	f.note("   it goes on: right", f.right(f.names, back, healLimit), healLimit)

	from = f.signal(f.walls["wall-3"], syscall.SIGSTOP)
	f.set()
	time.Sleep(2*f.every + 2*time.Second)
	back = f.signal(f.walls["wall-3"], syscall.SIGCONT)
	f.frozen(from, back, "wall-3")
	f.note("   SIGSTOP of a wall, and another number: right when it goes on", f.right([]string{"wall-3"}, back, healLimit), healLimit)
}

// signal sends a signal, and returns when.
func (f *fleetTest) signal(p *program, signal os.Signal) time.Time {
	f.Helper()
	at := time.Now()
	if err := p.Process.Signal(signal); err != nil {
		f.Fatal(err)
	}
	return at
}

// cutOff drops the packets of ten walls, then of the counter.
func (f *fleetTest) cutOff() {
	from := time.Now()
	f.cut(f.address(0))
	f.set()
	f.note("3. ten walls are cut off, and another number: marked", f.marked(f.first(), from), f.stale())
	f.right(f.others(), time.Now(), f.every)
	time.Sleep(time.Until(from.Add(9 * time.Second))) // the broker and the clients noticed by then
	f.set()
	back := time.Now()
	f.cut()
	f.lose(from, back, f.first()...)
	f.note("   healed: right", f.right(f.names, back, healLimit), healLimit)

	from = time.Now()
	f.cut("127.0.0.2")
	f.set()
	f.note("   the counter is cut off, and another number: marked", f.marked(f.names, from), f.stale())
	time.Sleep(time.Until(from.Add(9 * time.Second)))
	back = time.Now()
	f.cut()
	f.lose(from, back, "")
	f.note("   healed: right", f.right(f.names, back, healLimit), healLimit)
}

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
