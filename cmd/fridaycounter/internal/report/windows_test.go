package report

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

func TestWindowsNoun(t *testing.T) {
	weekly := func(days ...time.Weekday) rules.Window { return rules.Window{Weekdays: days} }
	for _, test := range []struct {
		list []rules.Window
		want string
	}{
		{nil, "windows"},
		{[]rules.Window{weekly(time.Friday)}, "Fridays"},
		{[]rules.Window{weekly(time.Friday), weekly(time.Friday)}, "Fridays"},
		{[]rules.Window{weekly(time.Friday), weekly(time.Sunday)}, "windows"},
		{[]rules.Window{weekly(time.Friday, time.Sunday)}, "windows"},
		{[]rules.Window{weekly()}, "windows"},
		{[]rules.Window{{Weekdays: []time.Weekday{time.Friday}, Dates: []rules.DateRange{{}}}}, "windows"},
	} {
		if got := WindowsNoun(test.list); got != test.want {
			t.Errorf("%v: got %q, want %q", test.list, got, test.want)
		}
	}
}

func TestWindowsOfWeek(t *testing.T) {
	at := time.Date(2026, 11, 9, 22, 0, 0, 0, time.UTC)
	of := func(list ...rules.Status) (occurrences []rules.Occurrence) {
		for _, s := range list {
			occurrences = append(occurrences, rules.Occurrence{Start: at, Status: s})
		}
		return occurrences
	}
	for _, test := range []struct {
		list   []rules.Occurrence
		status rules.Status
		name   string
	}{
		{of(rules.StatusKept), "kept", "Mon 9 Nov: kept"},
		{of(rules.StatusOpen), "open", "Mon 9 Nov: under way"},
		{of(rules.StatusAhead), "ahead", "Mon 9 Nov: to come"},
		{of(rules.StatusUnknown), "unknown", "Mon 9 Nov: not known"},
		{of(rules.StatusBefore), "before", "Mon 9 Nov: before the rule's since"},
		{of(rules.StatusKept, rules.StatusBroken, rules.StatusKept), "broken", "Mon 9 Nov and later: 1 broken, 2 kept"},
		{of(rules.StatusUnknown, rules.StatusKept), "unknown", "Mon 9 Nov and later: 1 not known, 1 kept"},
	} {
		if status, name := WindowsOfWeek(test.list, time.UTC); status != test.status || name != test.name {
			t.Errorf("got %s %q, want %s %q", status, name, test.status, test.name)
		}
	}
}
