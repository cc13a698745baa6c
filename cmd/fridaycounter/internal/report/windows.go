package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// WindowsNoun says what the windows of a rule are called: "Fridays" where it forbids
// nothing but times of one weekday, else "windows".
func WindowsNoun(list []rules.Window) string {
	for _, w := range list {
		if w.Dates != nil || len(w.Weekdays) != 1 || w.Weekdays[0] != list[0].Weekdays[0] {
			return "windows"
		}
	}
	if len(list) == 0 {
		return "windows"
	}
	return list[0].Weekdays[0].String() + "s"
}

// WindowsOfWeek says what became of the windows that begin in one week, at least one, the
// first first: the worst of their states, and all in words.
func WindowsOfWeek(list []rules.Occurrence, zone *time.Location) (rules.Status, string) {
	worst := []rules.Status{rules.StatusBroken, rules.StatusOpen, rules.StatusUnknown, rules.StatusKept, rules.StatusAhead, rules.StatusBefore}
	count := map[rules.Status]int{}
	for _, o := range list {
		count[o.Status]++
	}
	status := worst[slices.IndexFunc(worst, func(s rules.Status) bool { return count[s] > 0 })]
	day := list[0].Start.In(zone).Format("Mon 2 Jan")
	if len(list) == 1 {
		text := day + ": " + statusWords(status)
		if b := list[0].Breach; b != nil {
			text += " by " + Subject(b.Deployment)
		}
		return status, text
	}
	text := day + " and later:"
	for _, s := range worst {
		if count[s] > 0 {
			text += fmt.Sprintf(" %d %s,", count[s], statusWords(s))
		}
	}
	return status, text[:len(text)-1]
}

// statusWords says what became of a window.
func statusWords(s rules.Status) string {
	switch s {
	case rules.StatusOpen:
		return "under way"
	case rules.StatusAhead:
		return "to come"
	case rules.StatusUnknown:
		return "not known"
	case rules.StatusBefore:
		return "before the rule's since"
	}
	return string(s)
}
