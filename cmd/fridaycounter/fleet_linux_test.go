package main

import (
	"fmt"
	"maps"
	"os"
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
	f.walls["wall-1"].kill()
	alone := time.Now()
	f.walls["wall-1"] = f.walls["wall-1"].again()
	f.note("   a wall that starts then: its stored number, marked", f.marked(f.names[:1], alone.Add(time.Millisecond)), f.stale())
	if l := f.now("wall-1"); l.text == "" || l.text == "--" || l.text == "?" {
		f.Errorf("a wall that starts alone shows %+v, want its stored number", l)
	}
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
