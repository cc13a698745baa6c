package report

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// The log of a reload says what the file changes, and what becomes of the number, of the
// record and of the breaches.
func TestLogChange(t *testing.T) {
	policy := func(change func(*schema.Config)) *engine.Policy {
		c := &schema.Config{
			Timezone: "America/Los_Angeles",
			Sources:  []schema.Source{{Name: "bamboo", Kind: "bamboo", URL: "https://bamboo.example.com"}},
			Poll:     []schema.Poll{{Every: time.Hour}},
			Rules:    []rules.Rule{{Name: "no-friday-deploys", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}, To: 24 * 60, Position: rules.Position{File: "counter.cue"}}}}},
		}
		change(c)
		p, err := engine.NewPolicy(c, ".")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	old := policy(func(*schema.Config) {})
	now := time.Date(2010, 12, 31, 16, 0, 0, 0, old.Zone)
	answer := source.Answer{Listed: true, Environments: []source.Environment{{
		Environment: rules.Environment{ID: "1", Name: "Production", Project: "shop"}, Reading: source.ReadWhole, From: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC),
	}}}
	for id, day := range map[string]int{"1": 10, "2": 16} { // a Friday, and a Thursday
		at := time.Date(2010, 12, day, 15, 0, 0, 0, old.Zone)
		answer.Deployments = append(answer.Deployments, rules.Deployment{
			ID: id, EnvironmentID: "1", Environment: "Production", Project: "shop", Version: "release-" + id,
			Started: at, Executed: at, Finished: at.Add(time.Minute), State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
		})
	}
	known, _, _ := facts.Merge(source.Known{Key: old.Sources[0].Key}, facts.Poll{
		Answer: answer, Began: now, Now: now, Selection: old.Sources[0].Selection, Interval: time.Hour, Room: 100,
	})
	three := []schema.Page{{Text: "3"}}
	for _, test := range []struct {
		name   string
		change func(*schema.Config)
		pages  []schema.Page // after; before there is "3"
		want   []string      // in the log
	}{
		{"nothing", func(*schema.Config) {}, three, []string{"changes=none"}},
		{"windows", func(c *schema.Config) {
			c.Rules[0].Forbid = []rules.Window{{Weekdays: []time.Weekday{time.Thursday, time.Friday}, To: 24 * 60}}
		}, three, []string{
			"forbidden: Friday -> Thursday, Friday; weeks: 3 -> 2",
			"no-friday-deploys: weeks: 3 -> 2; record: at least 49 -> at least 49; breaches: 1 gained, 0 lost",
			"+ Thu 16 Dec 2010, 15:01 PST  release-2 of shop to Production",
		}},
		{"where a window stands in the file", func(c *schema.Config) {
			c.Rules[0].Forbid[0].Position = rules.Position{File: "counter.cue", Line: 12}
		}, three, []string{"changes=none"}},
		{"poll", func(c *schema.Config) { c.Poll[0].Every = time.Minute }, three, []string{`changes="poll changed"`}},
		{"another rule", func(c *schema.Config) {
			c.Rules = append(c.Rules, rules.Rule{Name: "nights", Forbid: []rules.Window{{From: 20 * 60, To: 8 * 60}}})
		}, three, []string{`rule \"nights\": none -> forbidden: 20:00-08:00`}},
		{"a window that leaves a minute free", func(c *schema.Config) { c.Rules[0].Forbid[0].To = 23*60 + 59 }, three,
			[]string{`note="counter.cue: rules.\"no-friday-deploys\".forbid[0].to: the last minute of the day is free`}},
		{"pages", func(*schema.Config) {}, append(three, schema.Page{Text: "21d"}), []string{`pages: \"3\" -> \"3\", \"21d\"`}},
		{"time of a page", func(*schema.Config) {}, []schema.Page{{Text: "3", For: time.Second}}, []string{`changes="pages changed"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			next := policy(test.change)
			list := []source.Known{known}
			LogChange(slog.New(slog.NewTextHandler(&log, nil)), engine.PolicyChange{
				Old: old, New: next, Known: list, OldPages: three, NewPages: test.pages,
				Before: old.Judge(old.Environments(list), now), After: next.Judge(next.Environments(list), now),
			})
			for _, want := range test.want {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log lacks %q:\n%s", want, log.String())
				}
			}
		})
	}
}

// A policy of many rules is still described in a line.
func TestVettedNamesSomeRules(t *testing.T) {
	c := &schema.Config{Timezone: "UTC"}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		c.Rules = append(c.Rules, rules.Rule{Name: name, Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}, To: 24 * 60}}})
	}
	const want = "standard input is good, with 5 rules and 5 windows: a: forbidden: Friday; b: forbidden: Friday; c: forbidden: Friday; and 2 more rules; timezone: UTC\n"
	if got := Vetted("-", c, 0); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}
