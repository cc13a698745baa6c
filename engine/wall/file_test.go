package wall

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A refused file changes nothing but a corner, until a good one is saved.
func TestRefusedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		h.publish(number(5, 42))
		h.save("typo")
		h.pass(time.Second)
		h.wantText("42", led.Refused)
		h.wantLog("wall.cue:3:4: typo in typo", 1)
		h.saves <- watch.Saved{Err: errors.New("wall.cue: permission denied")}
		h.pass(time.Second)
		h.wantText("42", led.Refused)
		h.save("good")
		h.pass(time.Second)
		h.wantText("42")
		h.wantLog("accepted again", 1)
		if len(h.conns) != 1 {
			t.Errorf("%d connections, want one", len(h.conns))
		}
	})
}

// Without a file in force the displays of the refused one say that it is refused.
func TestFirstFileRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).start()
		h.save("typo")
		h.pass(time.Second)
		h.want("braces", led.ConfigError.Draw, []led.Mark{led.Refused})
		h.save("good")
		h.pass(time.Second)
		h.wantText("--")
	})
}

// A child that cannot be started is not the file's fault: it is tried again.
func TestEvaluationFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		fails := &failing{files: h.files, times: 3}
		h.o.Evaluator = fails
		h.start()
		h.save("good")
		h.pass(2 * time.Minute)
		h.wantText("--")
		h.wantLog("out of memory", 1)
	})
}

type failing struct {
	files
	times int
}

func (f *failing) Wall(ctx context.Context, name string, file []byte) (*schema.Wall, error) {
	if f.times--; f.times >= 0 {
		return nil, errors.New("out of memory")
	}
	return f.files.Wall(ctx, name, file)
}

// A restart shows the last number, stale until the counter is heard.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		h.publish(number(5, 42))
		h.restart()
		h.wantText("42", led.Stale)
		h.wantLog("this is the number of before", 1)
		h.leader("online")
		h.wantText("42", led.Stale)
		h.retained(number(4, 41), time.Second) // an older one
		h.wantText("42", led.Stale)
		h.retained(number(5, 42), time.Second)
		h.wantText("42")
		// What was stored is enough to show it before the file is evaluated, and with a refused one.
		for _, program := range []string{"this build", "another build"} {
			h.end()
			h.o.Program = program
			h.start()
			if program == "this build" {
				h.wantText("42", led.Stale)
			} else if got, _ := h.chain.registers(); strings.Contains(got, "#") {
				t.Errorf("what another build evaluated is shown:\n%s", got)
			}
			h.save("typo")
			h.pass(2 * time.Second)
			h.wantText("42", led.Stale, led.Refused)
		}
	})
}

// What another counter published is not shown after a restart either.
func TestRestartWithAnotherTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		h.publish(number(5, 42))
		h.end()
		h.start()
		h.save("other team")
		h.pass(time.Second)
		h.wantText("--")
	})
}

// A damaged file means that nothing is known.
func TestDamagedState(t *testing.T) {
	for name, damage := range map[string]func(string) string{
		"empty":      func(string) string { return "" },
		"cut off":    func(s string) string { return s[:len(s)/2] },
		"other text": func(string) string { return "{}" },
		"newer":      func(s string) string { return strings.Replace(s, `"v":1`, `"v":2`, 1) },
		"huge":       func(s string) string { return s + strings.Repeat(" ", maxKept) },
		"no state":   func(s string) string { return strings.Replace(s, `"boot":"a"`, `"boot":""`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t).run()
				h.leader("online")
				h.publish(number(5, 42))
				h.end()
				data, err := os.ReadFile(h.o.State)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(h.o.State, []byte(damage(string(data))), 0o600); err != nil {
					t.Fatal(err)
				}
				h.run()
				h.wantText("--")
				h.leader("online")
				h.publish(number(6, 43))
				h.wantText("43")
				h.restart()
				h.wantText("43", led.Stale)
			})
		})
	}
}

// A directory that cannot be written is told once, and the wall goes on.
func TestStateCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.o.State = "/dev/null/wall.json"
		h.run()
		h.leader("online")
		for i := range uint64(20) {
			h.publish(number(i, int(i)))
			h.pass(time.Minute)
		}
		h.wantText("19")
		h.wantLog("what the wall shows cannot be stored", 1)
	})
}

// The file is written when what is shown changes, and not at each poll.
func TestWritesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		writes, last := 0, time.Time{}
		for i := range uint64(600) {
			h.publish(number(i, int(i/300)))
			h.pass(time.Second)
			info, err := os.Stat(h.o.State)
			if err == nil && !info.ModTime().Equal(last) {
				writes, last = writes+1, info.ModTime()
			}
		}
		if writes < 2 || writes > 4 {
			t.Errorf("%d writes for two numbers, want few", writes)
		}
	})
}
