package rules_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// BenchmarkScale is all that one rule needs after a
// poll, over stored deployments of eight years, one in seven of which broke it.
func BenchmarkScale(b *testing.B) {
	loc := location(b, "America/Los_Angeles")
	now := local(b, loc, "2026-12-01 10:00")
	for _, n := range []int{1_000, 20_000, 100_000} {
		environments := deployments(n, local(b, loc, "2018-01-01 10:00"))
		for _, c := range []struct {
			name string
			rule rules.Rule
		}{
			{"friday", rules.Rule{Forbid: windows(b, "Fri")}},
			{"friday, survived", rules.Rule{Forbid: windows(b, "Fri"), Count: rules.CountSurvived}},
			{"every night", rules.Rule{Forbid: windows(b, "22:00-06:00")}},
		} {
			compiled := rules.Compile(c.rule, loc)
			breaches := compiled.Breaches(environments, now)
			b.Run(fmt.Sprintf("%s/%d/breaches", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if len(compiled.Breaches(environments, now)) == 0 {
						b.Fatal("no breaches")
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/streak", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if s := compiled.Streak(environments, breaches, now); !s.Known {
						b.Fatal("not known")
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/history", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if h := compiled.History(environments, breaches, now); !h.Known {
						b.Fatal("not known")
					}
				}
			})
		}
		b.Run(fmt.Sprintf("days of a year/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rules.Days([]*rules.Compiled{fridays()}, time.UTC, environments, rules.Date{Year: 2025, Month: 1, Day: 1}, rules.Date{Year: 2025, Month: 12, Day: 31}, now)
			}
		})
	}
}
