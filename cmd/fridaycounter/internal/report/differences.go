package report

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

// differences are in the order of the schema.
type differences []difference

// compare adds a difference, unless nothing is wanted. Where got is nil it is not known.
func compare[T comparable](d *differences, field string, got, want *T) {
	switch {
	case want == nil || got != nil && *got == *want:
	case got == nil:
		*d = append(*d, difference{field, nil, *want})
	default:
		*d = append(*d, difference{field, *got, *want})
	}
}

func Compare(want schema.Want, v engine.Verdict) differences {
	d, zone := differences{}, v.At.Location()
	compare(&d, "rule", &v.Lead.Rule, want.Rule)
	d.streak("", want.WantStreak, v.Lead, zone)
	compare(&d, "forbidden", &v.Forbidden, want.Forbidden)
	for _, name := range slices.Sorted(maps.Keys(want.Rules)) {
		for _, s := range v.Streaks {
			if s.Rule == name {
				d.streak("rules."+strconv.Quote(name)+".", want.Rules[name], s, zone)
			}
		}
	}
	return d
}

// streak compares one rule's streak. Field names begin with prefix.
func (d *differences) streak(prefix string, want schema.WantStreak, got rules.Streak, zone *time.Location) {
	answer := newStreak(got, nil, zone) // nil where nothing is known
	compare(d, prefix+"known", &got.Known, want.Known)
	compare(d, prefix+"weeks", answer.Weeks, want.Weeks)
	compare(d, prefix+"days", answer.Days, want.Days)
	if want.Since != nil && (!got.Known || !got.Since.Equal(*want.Since)) {
		compare(d, prefix+"since", answer.Since, want.Since)
	}
	id := ""
	if got.Breach != nil {
		id = got.Breach.Deployment.ID
	}
	if want.Breach != nil && id != *want.Breach {
		*d = append(*d, difference{prefix + "breach", orFalse(id), orFalse(*want.Breach)})
	}
	compare(d, prefix+"at_least", &got.AtLeast, want.AtLeast)
}

func orFalse(text string) any {
	if text == "" {
		return false
	}
	return text
}
