package report

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// weeksSince is the status of a wall that shows a number.
func weeksSince(weeks int, at time.Time) engine.Status {
	return engine.Status{Policy: &engine.Policy{}, Verdict: engine.Verdict{
		At: at.UTC(), Lead: rules.Streak{InForce: true, Known: true, Weeks: weeks, Since: at.UTC()},
	}}
}

func TestStatusLine(t *testing.T) {
	refused := errors.New("counter.cue:1:1: typo")
	twelve := weeksSince(12, time.Date(2025, 12, 19, 15, 22, 0, 0, time.UTC))
	stale := twelve
	stale.Stale, stale.Refused = true, refused
	for _, c := range []struct {
		status engine.Status
		want   string
	}{
		{engine.Status{Refused: refused}, "counter.cue is refused, and there is none in force"},
		{engine.Status{Policy: &engine.Policy{}}, "the number is not known yet"},
		{twelve, "12 weeks since Friday 19 December 2025, 15:22 UTC"},
		{stale, "12 weeks since Friday 19 December 2025, 15:22 UTC; stale; counter.cue is refused"},
	} {
		if got := StatusLine(&c.status, "counter.cue"); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Each mark and symbol of the displays has its sentence, and nothing else has.
func TestMarks(t *testing.T) {
	polled := func(kind source.Kind) []engine.PollStatus {
		return []engine.PollStatus{{Source: "bamboo", Err: &source.Error{Kind: kind, Err: errors.New("https://ci.example.com")}}}
	}
	because := func(kind string) map[string][]facts.Reason {
		return map[string][]facts.Reason{"no-friday-deploys": {{Kind: kind}}}
	}
	for _, c := range []struct {
		name   string
		change func(*engine.Status)
		want   []string // how the sentences begin
	}{
		{"nothing", func(*engine.Status) {}, nil},
		{"stale", func(s *engine.Status) { s.Stale = true }, []string{"top right pixel"}},
		{"refused", func(s *engine.Status) { s.Refused = errors.New("typo") }, []string{"bottom right pixel"}},
		{"a page does not fit", func(s *engine.Status) { s.PagesErr = errors.New("too wide") }, []string{"bottom right pixel blinks: a page"}},
		{"no file", func(s *engine.Status) { s.Policy, s.Refused = nil, errors.New("typo") }, []string{"bottom right pixel", "braces"}},
		{"at least", func(s *engine.Status) { s.Verdict.Lead.AtLeast = true }, []string{"bottom left pixel"}},
		{"a display fails", func(s *engine.Status) { s.Faulty = []string{"max7219"} }, []string{"top left pixel"}},
		{"login", func(s *engine.Status) { s.Polls = polled(source.Login) }, []string{"a padlock"}},
		{"missing", func(s *engine.Status) { s.Polls = polled(source.Missing) }, []string{"a magnifying glass"}},
		{"an environment is gone", func(s *engine.Status) { s.Stale, s.Because = true, because("gone") }, []string{"top right pixel", "a magnifying glass: an environment is gone"}},
		{"a rule names none", func(s *engine.Status) { s.Stale, s.Because = true, because("scope") }, []string{"top right pixel", "a magnifying glass: " + missingText}},
		{"not read in time", func(s *engine.Status) { s.Stale, s.Because = true, because("not_read") }, []string{"top right pixel"}},
		{"clock", func(s *engine.Status) { s.Clock = engine.ClockBehind }, []string{"a clock face"}},
		{"server", func(s *engine.Status) { s.Polls = polled(source.Other) }, nil},
	} {
		status := weeksSince(12, time.Date(2025, 12, 19, 15, 22, 0, 0, time.UTC))
		status.Clock = engine.ClockTrusted
		c.change(&status)
		got := Marks(&status)
		if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestGlass(t *testing.T) {
	twelve := weeksSince(12, time.Date(2025, 12, 19, 15, 22, 0, 0, time.UTC))
	twelve.Pages = []schema.Page{{Text: "12"}, {Text: "record 14"}}
	off, unknown := twelve, twelve
	off.Level, unknown.Verdict = led.Off, engine.Verdict{}
	unfit := twelve
	unfit.Pages, unfit.PagesErr = nil, errors.New("too wide")
	for _, c := range []struct {
		status engine.Status
		want   string
	}{
		{engine.Status{}, "dark"},
		{engine.Status{Refused: errors.New("typo")}, "no good counter.cue"},
		{twelve, "12, then record 14"},
		{unfit, "12"},
		{off, "dark: brightness is off at this hour"},
		{unknown, "--: the number is not known yet"},
	} {
		if got := Glass(&c.status); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
