package rules_test

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// civilDay numbers the days of the calendar, 1970-01-01 being 0. It counts years
// from March, so that the day of a leap year comes last, and knows no zone.
func civilDay(y, m, d int) int {
	if m <= 2 {
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 719469
}

// Every Friday from 1970 to 2070 in every zone: its noon is forbidden, Thursday's
// and Saturday's are not, and it is as many weeks after the first as the calendar
// says. A Friday that a zone skipped has no noon.
func TestEveryFriday(t *testing.T) {
	friday := rules.Rule{Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}
	first, last := civilDay(1970, 1, 2), civilDay(2070, 12, 31)
	if first != 1 || last != 36889 {
		t.Fatalf("days: got %d to %d, want 1 to 36889", first, last)
	}
	for _, name := range allZones(t) {
		loc := location(t, name)
		compiled := rules.Compile(friday, loc)
		day := func(t time.Time) int { y, m, d := t.Date(); return civilDay(y, int(m), d) }
		breach := time.Date(1970, 1, 2, 12, 0, 0, 0, loc)
		environments := []rules.Environment{{CompleteFrom: breach, Deployments: []rules.Deployment{deployment("7", breach, breach)}}}
		skipped := 0
		for n := first; n <= last; n += 7 {
			noon := time.Date(1970, 1, 1+n, 12, 0, 0, 0, loc)
			if day(noon) != n {
				skipped++
				continue
			}
			for i, want := range [3]bool{false, true, false} {
				at := time.Date(1970, 1, n+i, 12, 0, 0, 0, loc)
				d := deployment("8", at, at)
				if _, forbidden := compiled.Breach(&d, &environments[0], at); day(at) == n-1+i && forbidden != want {
					t.Fatalf("%s: forbidden at %s: got %v, want %v", name, at, !want, want)
				}
			}
			if s := streak(compiled, environments, noon); s.Weeks != n/7 || s.Days != n-1 {
				t.Fatalf("%s: at %s: got %d weeks, %d days, want %d, %d", name, noon, s.Weeks, s.Days, n/7, n-1)
			}
		}
		want := 0
		if name == "Pacific/Apia" || name == "Pacific/Fakaofo" { // 2011-12-30
			want = 1
		}
		if skipped != want {
			t.Errorf("%s: fridays without a noon: got %d, want %d", name, skipped, want)
		}
	}
}
