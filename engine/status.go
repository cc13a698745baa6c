package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Status is what the loop knows, for those who watch it. It shares nothing that
// the loop changes.
type Status struct {
	Config   *schema.Config // nil until one was accepted
	Verdict  Verdict
	Pages    []schema.Page // with their texts
	Level    led.Level     // of the glass
	Stale    bool
	LastGood time.Time // last poll without error; zero: none yet
	Poll     error     // why the last poll went wrong; nil when it did not
	Trouble  Kind      // of Poll
	Faulty   []string  // displays that cannot be shown on
	Refused  error     // why the last saved file is not in force; nil when it is

	// Facts is another number whenever more or something else is known.
	Facts     uint64
	Freshness []Freshness // of the environments that are judged
	Reloads   Reloads
	Clock     ClockState
}

// Freshness is when an environment was last read.
type Freshness struct {
	rules.Environment
	// Good is when the last poll began that read it, or, before the first one
	// since the start, the last one without error; zero: none yet.
	Good time.Time
}

// Reloads counts what became of saved files since the start.
type Reloads struct {
	Accepted uint64
	Refused  uint64
	// Last is when a file came into force; zero: none yet.
	Last time.Time
}

// freshness lists what Status tells of the environments.
func (l *loop) freshness() []Freshness {
	if l.policy == nil {
		return nil
	}
	d := l.policy.docket
	var list []Freshness
	for _, e := range d.environments {
		f := Freshness{e, d.good}
		if good := l.asking.read[e.ID]; good.After(f.Good) {
			f.Good = good
		}
		list = append(list, f)
	}
	return list
}
