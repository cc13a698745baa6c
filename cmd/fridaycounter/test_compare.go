package main

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A difference is a field of a scenario's want that is not as expected. Its
// values are ints, strings, bools and times; nil means not known, and a breach is
// false when no deployment decides.
type difference struct {
	Field string `json:"field"`
	Got   any    `json:"got"`
	Want  any    `json:"want"`
}

// differences collects them in the order of the schema.
type differences []difference

func (d *differences) add(field string, got, want any) {
	*d = append(*d, difference{field, got, want})
}

// compareWant compares a verdict with what a scenario wants.
func compareWant(want schema.Want, v engine.Verdict) differences {
	d := differences{}
	if want.Rule != nil && *want.Rule != v.Lead.Rule {
		d.add("rule", v.Lead.Rule, *want.Rule)
	}
	d.streak("", want.WantStreak, v.Lead, v.At.Location())
	if want.Forbidden != nil && *want.Forbidden != v.Forbidden {
		d.add("forbidden", v.Forbidden, *want.Forbidden)
	}
	for _, name := range slices.Sorted(maps.Keys(want.Rules)) {
		for _, s := range v.Streaks {
			if s.Rule == name {
				d.streak("rules."+strconv.Quote(name)+".", want.Rules[name], s, v.At.Location())
			}
		}
	}
	return d
}

// streak compares one rule's streak. Field names begin with prefix.
func (d *differences) streak(prefix string, want schema.WantStreak, got rules.Streak, zone *time.Location) {
	if want.Known != nil && *want.Known != got.Known {
		d.add(prefix+"known", got.Known, *want.Known)
	}
	number := func(field string, got *int, want *int) {
		switch {
		case want == nil || got != nil && *got == *want:
		case got == nil:
			d.add(prefix+field, nil, *want)
		default:
			d.add(prefix+field, *got, *want)
		}
	}
	answer := newRuleAnswer(got, zone) // nil where nothing is known
	number("weeks", answer.Weeks, want.Weeks)
	number("days", answer.Days, want.Days)
	switch {
	case want.Since == nil || answer.Since != nil && answer.Since.Equal(*want.Since):
	case answer.Since == nil:
		d.add(prefix+"since", nil, *want.Since)
	default:
		d.add(prefix+"since", *answer.Since, *want.Since)
	}
	if want.Breach != nil && breachID(got.Breach) != *want.Breach {
		d.add(prefix+"breach", orFalse(breachID(got.Breach)), orFalse(*want.Breach))
	}
	if want.AtLeast != nil && *want.AtLeast != got.AtLeast {
		d.add(prefix+"at_least", got.AtLeast, *want.AtLeast)
	}
}

// breachID returns the id of the deployment that decides, "" for none.
func breachID(b *rules.Breach) string {
	if b == nil {
		return ""
	}
	return b.Deployment.ID
}

func orFalse(text string) any {
	if text == "" {
		return false
	}
	return text
}
