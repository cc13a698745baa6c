// It starts no goroutines, so the race detector has nothing to see.

//go:build !race

package notify

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/engine"
)

// killed is what a kill of the process panics with.
type killed struct{}

func killIf(now bool) {
	if now {
		panic(killed{})
	}
}

// Whatever happens, and wherever the program is killed: each breach that a streak begins with is told,
// and only those twice after whose sending it was killed. What an except uncovers is not told, and
// nothing is while the clock is not trusted.
func TestOnceOverKills(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := newNotifying(rt, memory(t))
		defer func() { n.stop() }()
		w := newWorld(t)
		w.config.Notify = hooks([]string{breach}, "HOOK")
		w.now = at("12 20:00")
		var kill string // where
		step := func() (died bool) {
			defer func() {
				if r := recover(); r != nil {
					if r != (killed{}) {
						panic(r)
					}
					n.start()
					died = true
				}
			}()
			n.o.Now = func() time.Time { return w.now }
			n.hook.before = func() { killIf(kill == "before") }
			n.hook.after = func() { killIf(kill == "after") }
			n.last.Store(w.status())
			n.step(context.Background())
			return false
		}
		step()
		may := map[string]int{} // how often each may be told
		seen := map[string]bool{eventID(breach, run(&w.deployments[0])...): true}
		var latest time.Time // end of a breach that was found, or start of one that runs
		running := ""        // a deployment
		for i := range rapid.IntRange(1, 25).Draw(rt, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 50).Draw(rt, "minutes")) * time.Minute)
			now, id := w.now.Format("02 15:04"), fmt.Sprint(10+i)
			switch rapid.SampledFrom([]string{"nothing", "deploy", "begin", "end", "rename", "except", "none excepted"}).Draw(rt, "what") {
			case "deploy":
				w.deploy(id, now, now)
			case "begin":
				w.deploy(id, now, "")
				running = id
			case "end":
				for j := range w.deployments {
					if d := &w.deployments[j]; d.ID == running {
						w.deploy(running, d.Started.Format("02 15:04"), now)
					}
				}
			case "rename":
				w.deployments[len(w.deployments)-1].Version = "renamed"
			case "except":
				w.config.Rules[0].Except = except(w.deployments[len(w.deployments)-1].ID)
			case "none excepted":
				w.config.Rules[0].Except = nil
			}
			w.clock = rapid.SampledFrom([]engine.ClockState{engine.ClockTrusted, engine.ClockTrusted, engine.ClockBehind}).Draw(rt, "clock")
			n.hook.answer = nil
			if rapid.Bool().Draw(rt, "away") {
				n.hook.answer = func(int) (int, error) { return 503, nil }
			}
			if b := w.status().Verdict.Streaks[0].Breach; b != nil && w.clock == engine.ClockTrusted {
				if id := eventID(breach, run(&b.Deployment)...); !seen[id] {
					if seen[id] = true; b.At.After(latest) {
						may[id] = 1
					}
				}
				noted := b.At
				if b.Running {
					noted = b.First
				}
				if noted.After(latest) {
					latest = noted
				}
			}
			kill = rapid.SampledFrom([]string{"", "", "before", "after"}).Draw(rt, "kill")
			if died := step(); died && kill == "after" {
				_, id, _ := strings.Cut(n.hook.got[len(n.hook.got)-1], " ")
				may[id]++
			}
		}
		kill, n.hook.answer = "", nil
		n.start()
		step()
		told := map[string]int{}
		for _, text := range n.hook.got {
			_, id, _ := strings.Cut(text, " ")
			told[id]++
			if may[id] == 0 {
				rt.Errorf("told %s, which is no news", text)
			}
		}
		for id, times := range may {
			if got := told[id]; got < 1 || got > times {
				rt.Errorf("%s was told %d times, want 1 to %d; log:\n%s", id, got, times, n.log)
			}
		}
	})
}
