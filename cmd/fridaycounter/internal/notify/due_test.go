package notify

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A world is what a counter knows, and what it told of it.
type world struct {
	t           *testing.T
	config      schema.Config
	deployments []rules.Deployment
	from        time.Time // from which they are known
	now         time.Time
	because     map[string][]facts.Reason
	unknown     bool // the environment was not read yet
	clock       engine.ClockState
	behind      time.Duration // the clock is
	source      string        // another name of it
	lasted      time.Duration
	every       time.Duration // of the polls
	marks       marks
}

// at is an instant of March 2026, of which the 6th, 13th, 20th and 27th are Fridays.
func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-03-"+text)
	if err != nil {
		panic(err)
	}
	return t
}

// newWorld is a counter that forbids Fridays, at noon of a Thursday. It knows a breach of
// 6 March.
func newWorld(t *testing.T) *world {
	w := &world{t: t, clock: engine.ClockTrusted, every: 10 * time.Minute, now: at("12 12:00"), from: at("01 00:00").AddDate(-1, 0, 0)}
	w.config = schema.Config{
		Timezone: "UTC", Rules: []rules.Rule{weekday("no-friday", time.Friday)},
		Sources: []schema.Source{{Name: "ci", Kind: "http", URL: "https://ci.example.com"}},
	}
	w.deploy("1", "06 09:00", "06 09:10")
	return w
}

func weekday(name string, days ...time.Weekday) rules.Rule {
	return rules.Rule{Name: name, Forbid: []rules.Window{{Weekdays: days, To: 24 * 60}}}
}

// deploy adds a deployment, or changes it; to "" it runs.
func (w *world) deploy(id, from, to string) *rules.Deployment {
	d := rules.Deployment{
		ID: id, Source: "ci", EnvironmentID: "1", Environment: "Production", Project: "shop", Version: "release-" + id,
		Started: at(from), Executed: at(from), LifeCycle: rules.LifeCycleInProgress,
	}
	if to != "" {
		d.Finished, d.State, d.LifeCycle = at(to), rules.StateSuccess, rules.LifeCycleFinished
	}
	for i := range w.deployments {
		if w.deployments[i].ID == id {
			w.deployments[i] = d
			return &w.deployments[i]
		}
	}
	w.deployments = append(w.deployments, d)
	return &w.deployments[len(w.deployments)-1]
}

// status is what the engine reports.
func (w *world) status() *engine.Status {
	w.t.Helper()
	config := w.config
	policy, err := engine.NewPolicy(&config, "")
	if err != nil {
		w.t.Fatal(err)
	}
	e := rules.Environment{
		Source: "ci", ID: "1", Name: "Production", Project: "shop", CompleteFrom: w.from,
		Deployments: append([]rules.Deployment{}, w.deployments...),
	}
	if w.unknown {
		e.CompleteFrom, e.Deployments = time.Time{}, nil
	}
	if w.source != "" {
		config.Sources, e.Source = slices.Clone(config.Sources), w.source
		config.Sources[0].Name = w.source
		for i := range e.Deployments {
			e.Deployments[i].Source = w.source
		}
	}
	environments := []rules.Environment{e}
	return &engine.Status{
		Policy: policy, Verdict: policy.Judge(environments, w.now), Environments: environments,
		Because: w.because, Stale: len(w.because) > 0, Clock: w.clock, Every: w.every,
	}
}

// look returns what is due now, as "breach no-friday, window no-friday 1h0m0s". The marks go the
// way that a restart sends them.
func (w *world) look() string {
	w.t.Helper()
	list, m := due(w.status(), w.marks, w.lasted, []time.Duration{0, time.Hour})
	data, err := json.Marshal(m)
	if err != nil {
		w.t.Fatal(err)
	}
	w.marks = marks{}
	if err := json.Unmarshal(data, &w.marks); err != nil {
		w.t.Fatal(err)
	}
	if !reflect.DeepEqual(w.marks, m) {
		w.t.Errorf("marks differ after a restart: %s", data)
	}
	var texts []string
	for _, e := range list {
		text := e.kind + " " + e.rule
		if e.kind == window {
			text += " " + e.before.String()
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// want looks at an instant, and once more.
func (w *world) want(instant, want string) {
	w.t.Helper()
	w.now = at(instant)
	if got := w.look(); got != want {
		w.t.Errorf("%s: got %q, want %q", instant, got, want)
	}
	if got := w.look(); got != "" {
		w.t.Errorf("%s: told again: %q", instant, got)
	}
}

func except(id string) []rules.Exception {
	p, err := rules.ParsePattern(id)
	if err != nil {
		panic(err)
	}
	return []rules.Exception{{ID: &p, Reason: "agreed"}}
}

func TestBreaches(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*world)
	}{
		{"one that comes", func(w *world) {
			w.want("12 12:00", "")
			w.want("13 00:00", "window no-friday 0s, window no-friday 1h0m0s")
			w.deploy("2", "13 09:00", "13 09:10")
			w.want("13 09:11", "breach no-friday")
		}},
		{"a first contact tells the one that stands, if it is of today", func(w *world) {
			w.deploy("2", "11 09:00", "11 09:10")
			w.config.Rules = []rules.Rule{weekday("no-wednesday", time.Wednesday, time.Friday)}
			w.want("12 08:00", "breach no-wednesday")
		}},
		{"a first contact tells no other", func(w *world) {
			w.deploy("2", "11 09:00", "11 09:10")
			w.config.Rules = []rules.Rule{weekday("no-wednesday", time.Wednesday, time.Friday)}
			w.want("12 12:00", "")
		}},
		{"after a long outage the newest", func(w *world) {
			w.want("12 12:00", "")
			w.deploy("2", "13 09:00", "13 09:10")
			w.deploy("3", "20 09:00", "20 09:10")
			w.want("28 12:00", "breach no-friday")
		}},
		{"one that runs, ends, and is renamed and corrected", func(w *world) {
			w.want("13 00:10", "")
			w.deploy("2", "13 09:00", "")
			w.want("13 09:01", "breach no-friday")
			w.want("13 09:30", "")
			w.deploy("2", "13 09:00", "13 09:40").Version = "hotfix"
			w.want("13 09:41", "")
			w.deploy("2", "13 09:00", "13 09:50").Environment = "Live"
			w.want("14 09:41", "")
			w.deploy("2", "13 09:00", "13 09:20")
			w.want("14 09:42", "")
		}},
		{"one that ended while another seemed to run", func(w *world) {
			w.want("13 00:10", "")
			w.deploy("2", "13 09:00", "")
			w.want("13 09:01", "breach no-friday")
			w.want("13 09:59", "")
			w.deploy("2", "13 09:00", "13 09:10")
			w.deploy("3", "13 09:30", "13 09:40")
			w.want("13 10:00", "breach no-friday")
			w.deploy("2", "13 09:00", "13 09:50")
			w.want("13 10:10", "")
		}},
		{"two that run", func(w *world) {
			w.want("13 00:10", "")
			w.deploy("4", "13 09:00", "")
			w.want("13 09:01", "breach no-friday")
			w.deploy("3", "13 09:30", "")
			w.want("13 09:31", "breach no-friday")
			w.deploy("3", "13 09:30", "13 09:32")
			w.want("13 09:33", "")
			w.deploy("4", "13 09:00", "13 09:40")
			w.want("13 09:41", "")
		}},
		{"an older one, by an except", func(w *world) {
			w.deploy("2", "13 09:00", "13 09:10")
			w.want("20 12:00", "")
			w.deploy("3", "20 13:00", "20 13:10")
			w.want("20 13:11", "breach no-friday")
			w.config.Rules[0].Except = except("3")
			w.want("20 14:00", "")
			w.config.Rules[0].Except = nil
			w.want("20 15:00", "")
		}},
		{"an older one that was found with it, by an except", func(w *world) {
			w.want("12 12:00", "")
			w.deploy("2", "13 09:00", "13 09:10")
			w.deploy("3", "13 10:00", "13 10:10")
			w.want("13 11:00", "breach no-friday")
			w.config.Rules[0].Except = except("3")
			w.want("13 12:00", "")
		}},
		{"an older one that is imported", func(w *world) {
			w.want("12 12:00", "")
			w.deploy("3", "13 09:00", "13 09:10")
			w.want("14 12:00", "breach no-friday")
			w.deploy("2", "06 10:00", "06 10:10")
			w.want("14 13:00", "")
		}},
		{"of several rules once", func(w *world) {
			w.config.Rules = append(w.config.Rules, weekday("no-weekend", time.Friday, time.Saturday))
			w.want("12 12:00", "")
			w.deploy("2", "13 09:00", "13 09:10")
			w.want("13 09:11", "breach no-friday")
			w.deploy("3", "14 09:00", "14 09:10")
			w.want("14 09:11", "breach no-weekend")
		}},
		{"of each rule, though one poll finds both", func(w *world) {
			w.config.Rules = append(w.config.Rules, weekday("no-weekend", time.Saturday))
			w.want("12 12:00", "")
			w.deploy("2", "13 09:00", "13 09:10")
			w.deploy("3", "14 09:00", "14 09:10")
			w.want("14 09:11", "breach no-friday, breach no-weekend")
		}},
		{"not again by a new rule or a new name of one", func(w *world) {
			w.want("12 12:00", "")
			w.deploy("2", "13 09:00", "13 09:10")
			w.want("13 09:11", "breach no-friday")
			w.config.Rules = []rules.Rule{weekday("renamed", time.Friday), weekday("second", time.Friday)}
			w.want("13 09:12", "")
			w.deploy("3", "20 09:00", "20 09:10")
			w.want("20 09:11", "breach renamed")
		}},
		{"nothing while the number is unknown, and no older one afterwards", func(w *world) {
			w.unknown = true
			w.want("12 12:00", "")
			w.unknown = false
			w.want("12 12:10", "")
			w.deploy("2", "13 09:00", "13 09:10")
			w.unknown = true
			w.want("13 09:11", "")
			w.unknown = false
			w.want("13 09:12", "breach no-friday")
		}},
		{"of a first contact nothing before every source was read", func(w *world) {
			w.because = map[string][]facts.Reason{"no-friday": {{Kind: "not_read", Source: "ci"}}}
			w.want("12 12:00", "")
			w.because = nil
			w.deploy("0", "13 08:00", "13 08:10")
			w.want("14 12:00", "")
			w.deploy("2", "13 07:00", "13 07:10")
			w.want("14 12:10", "")
		}},
		{"nothing while the clock is not trusted", func(w *world) {
			w.want("12 12:00", "")
			w.deploy("2", "13 09:00", "13 09:10")
			w.clock = engine.ClockBehind
			w.want("13 09:11", "")
			w.clock = engine.ClockTrusted
			w.want("13 09:12", "breach no-friday")
		}},
		{"also while the number is stale", func(w *world) {
			w.want("12 12:00", "")
			w.because = map[string][]facts.Reason{"no-friday": {{Kind: "poll", Source: "ci"}}}
			w.deploy("2", "13 09:00", "13 09:10")
			w.want("13 09:11", "breach no-friday")
		}},
		{"before the rule is in force", func(w *world) {
			w.config.Rules[0].Since = rules.Date{Year: 2026, Month: 3, Day: 20}
			w.want("12 12:00", "")
			w.deploy("2", "20 09:00", "20 09:10")
			w.want("20 09:11", "breach no-friday")
		}},
	} {
		t.Run(c.name, func(t *testing.T) { c.do(newWorld(t)) })
	}
}

// A record is told once a streak, when it has more weeks than every one that ended.
func TestRecords(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*world)
	}{
		{"once a streak", func(w *world) { // of 1 week, then one since the 14th
			w.deploy("2", "14 09:00", "14 09:10")
			w.config.Rules = []rules.Rule{weekday("free", time.Friday, time.Saturday)}
			w.want("15 12:00", "")
			w.want("21 09:11", "")
			w.want("28 09:09", "")
			w.want("28 09:10", "record free")
			w.deploy("2", "14 09:00", "14 09:05").Version = "renamed"
			w.want("30 12:00", "")
		}},
		{"not at a first contact", func(w *world) {
			w.deploy("2", "07 09:00", "07 09:10")
			w.config.Rules = []rules.Rule{weekday("free", time.Friday, time.Saturday)}
			w.want("30 12:00", "")
		}},
		{"not before all was read", func(w *world) {
			w.deploy("2", "07 09:00", "07 09:10")
			w.config.Rules = []rules.Rule{weekday("free", time.Friday, time.Saturday)}
			w.because = map[string][]facts.Reason{"free": {{Kind: "not_read", Environment: "1"}}}
			w.want("29 12:00", "")
			w.because = nil
			w.want("30 12:00", "")
		}},
		{"not while it is stale", func(w *world) {
			w.deploy("2", "14 09:00", "14 09:10")
			w.config.Rules = []rules.Rule{weekday("free", time.Friday, time.Saturday)}
			w.want("15 12:00", "")
			w.because = map[string][]facts.Reason{"free": {{Kind: "poll"}}}
			w.want("29 12:00", "")
			w.because = nil
			w.want("30 12:00", "record free")
		}},
		{"after an outage in which it fell", func(w *world) {
			w.deploy("2", "14 09:00", "14 09:10")
			w.config.Rules = []rules.Rule{weekday("free", time.Friday, time.Saturday)}
			w.want("15 12:00", "")
			w.want("31 12:00", "record free")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.from = at("05 00:00")
			c.do(w)
		})
	}
}

// That the number is stale is told once an episode, after it has lasted longer than a poll.
func TestStale(t *testing.T) {
	w := newWorld(t)
	w.want("12 12:00", "")
	w.because = map[string][]facts.Reason{"no-friday": {{Kind: "poll", Text: "502"}}}
	w.want("12 12:01", "")
	w.lasted = 10 * time.Minute
	w.want("12 12:11", "")
	w.lasted = 10*time.Minute + 1
	w.want("12 12:12", "stale no-friday")
	w.lasted = 0 // after a restart
	w.want("12 13:00", "")
	w.lasted = time.Hour
	w.want("12 14:00", "")
	w.because, w.lasted = nil, 0
	w.want("12 15:00", "")
	w.because, w.every = map[string][]facts.Reason{"no-friday": {{Kind: "poll"}}}, time.Minute
	w.lasted = 5 * time.Minute
	w.want("12 15:10", "")
	w.lasted++
	w.want("12 15:11", "stale no-friday")
	w.because = nil
	w.want("12 15:20", "")
	w.because, w.lasted, w.clock = map[string][]facts.Reason{"no-friday": {{Kind: "clock"}}}, time.Hour, engine.ClockUnsynchronised
	w.want("12 16:00", "stale no-friday")
}

// A window is told once, as early as somebody wants it, and not when it began long ago.
func TestWindows(t *testing.T) {
	for _, c := range []struct {
		name  string
		times map[string]string
		order []string
	}{
		{"both", map[string]string{"12 22:59": "", "12 23:00": "window no-friday 1h0m0s", "12 23:59": "", "13 00:00": "window no-friday 0s"},
			[]string{"12 22:59", "12 23:00", "12 23:59", "13 00:00"}},
		{"a start in between", map[string]string{"12 23:30": "window no-friday 1h0m0s"}, []string{"12 23:30"}},
		{"a start after it began", map[string]string{"13 00:06": "", "19 23:10": "window no-friday 1h0m0s"}, []string{"13 00:06", "19 23:10"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			for _, instant := range c.order {
				w.want(instant, c.times[instant])
			}
		})
	}
	w := newWorld(t)
	w.clock = engine.ClockUnsynchronised
	w.want("12 23:30", "")
}
