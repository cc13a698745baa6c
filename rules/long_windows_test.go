package rules_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Windows that touch for weeks and months, with a few days left out. The search for their
// ends skips whole weeks, which the worlds of the oracle are too short to show. This oracle
// walks by the hour, so its zones and windows have whole hours only.
func TestLongWindows(t *testing.T) {
	const days, hours = 160, 160 * 24
	for i, c := range []struct {
		zone, from string
		cases      int
	}{
		{"UTC", "2026-01-10 00:00", 400},
		{"Europe/Berlin", "2026-01-10 00:00", 400},
		{"America/Santiago", "2026-01-10 00:00", 400}, // the change is at midnight
		{"Pacific/Apia", "2011-10-10 00:00", 400},     // and a day was skipped
		{"Africa/Casablanca", "2026-01-10 00:00", 400},
	} {
		t.Run(c.zone, func(t *testing.T) {
			loc := location(t, c.zone)
			from := local(t, loc, c.from)
			rnd := rand.New(rand.NewPCG(*seed, uint64(i)))
			for range c.cases {
				rule := longRule(rnd.IntN, from, days)
				in := make([]bool, hours)
				for h := range in {
					in[h] = forbiddenHour(rule, from.Add(time.Duration(h)*time.Hour).In(loc))
				}
				compiled := rules.Compile(rule, loc)
				for range 8 {
					h := rnd.IntN(hours)
					now := from.Add(time.Duration(h) * time.Hour)
					got, ok := compiled.NextOccurrence(now)
					first, end := runAround(in, h)
					start, stop := from.Add(time.Duration(first)*time.Hour), from.Add(time.Duration(end)*time.Hour)
					switch {
					case first == hours:
						ok = !ok || !got.Start.Before(start)
					case first == 0 && got.Start.After(from), first > 0 && !got.Start.Equal(start):
						ok = false
					case end == hours:
						ok = ok && (got.End.IsZero() || !got.End.Before(stop))
					default:
						ok = ok && got.End.Equal(stop)
					}
					if !ok {
						t.Fatalf("window at %s: got %s to %s, want %s to %s\n%+v", now.In(loc), got.Start, got.End, start.In(loc), stop.In(loc), rule)
					}
				}
			}
		})
	}
}

// runAround returns the run of true that has hour h or else is the next.
func runAround(in []bool, h int) (first, end int) {
	for first = h; first < len(in) && !in[first]; first++ {
	}
	end = first
	for end < len(in) && in[end] {
		end++
	}
	for first < end && first > 0 && in[first-1] {
		first--
	}
	return first, end
}

func forbiddenHour(r rules.Rule, local time.Time) bool {
	y, m, d := local.Date()
	date, before := y*10000+int(m)*100+d, time.Date(y, m, d-1, 0, 0, 0, 0, time.UTC)
	return slices.ContainsFunc(r.Forbid, func(w rules.Window) bool {
		owner, ok := owningDay(w, date, local.Weekday(), before, local.Hour()*60)
		return ok && !exceptedForAll(r, owner)
	})
}

// longRule has windows that nearly fill the days, with a few dates left out.
func longRule(pick picker, from time.Time, days int) rules.Rule {
	span := func(most int) rules.DateRange {
		first := from.AddDate(0, 0, pick(days))
		return rules.DateRange{First: rules.DateOf(first), Last: rules.DateOf(first.AddDate(0, 0, pick(most)))}
	}
	var r rules.Rule
	for range 1 + pick(3) {
		w := rules.Window{To: 24 * 60, Weekdays: weekdaySet(choose(pick, 0, 0, 0, 127, 1+pick(127)))}
		for range pick(4) {
			w.Dates = append(w.Dates, span(60))
		}
		switch other := w; pick(4) {
		case 0: // two halves of a day
			w.To, other.From = 12*60, 12*60
			r.Forbid = append(r.Forbid, other)
		case 1: // from noon to noon, or to the morning after the next
			w.From = int(60 * choose(pick, 12, 23, 1))
			w.To = w.From
		}
		r.Forbid = append(r.Forbid, w)
	}
	for range pick(4) {
		r.Except = append(r.Except, rules.Exception{Dates: []rules.DateRange{span(3)}})
	}
	return r
}
