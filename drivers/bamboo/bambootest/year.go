package bambootest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Ids of the generated history. They do not fit 32 bits, as on old servers.
const (
	YearProject     int64 = 4294967297
	YearProduction  int64 = 4294967301
	YearStaging     int64 = 4294967302
	YearDev         int64 = 4294967303
	firstYearResult int64 = 5000000000
)

// A Year is a team's generated history: the project "shop" with the environments
// Production, Staging and Dev, deployed to on workdays between 9 and 17 o'clock.
// Production has Friday deployments up to Quiet weeks before Emergency, then none
// but the emergency; Staging and Dev go on having them. The same Year gives the
// same history.
type Year struct {
	Seed     uint64
	End      time.Time      // the last day that may have deployments; the first is a year before
	Location *time.Location // the team's zone; nil: UTC
	Quiet    int            // weeks without a Friday deployment to Production before Emergency
	// Emergency is when an agent begins a deployment to Production, on a Friday;
	// zero: there is none, and Quiet counts back from End.
	Emergency time.Time
}

// Projects returns the history.
func (y Year) Projects() []Project {
	if y.Location == nil {
		y.Location = time.UTC
	}
	random := rand.New(rand.NewPCG(y.Seed, 20160112))
	anchor := y.Emergency
	if anchor.IsZero() {
		anchor = y.End
	}
	// The last Friday on which Production was deployed to before the quiet weeks.
	last := midnight(anchor.In(y.Location))
	for last.Weekday() != time.Friday {
		last = last.AddDate(0, 0, -1)
	}
	last = last.AddDate(0, 0, -7*y.Quiet)

	environments := []Environment{{ID: YearProduction, Name: "Production"}, {ID: YearStaging, Name: "Staging"}, {ID: YearDev, Name: "Dev"}}
	end := y.End.In(y.Location)
	for day := midnight(end.AddDate(-1, 0, 0)); !day.After(end); day = day.AddDate(0, 0, 1) {
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			continue
		}
		for i := range environments {
			e := &environments[i]
			count := random.IntN(3 + i)
			if e.ID == YearProduction && day.Weekday() == time.Friday {
				switch {
				case day.After(last):
					count = 0
				case day.Equal(last):
					count = max(1, count)
				}
			}
			for range count {
				e.Results = append(e.Results, workday(random, day))
			}
		}
	}
	if !y.Emergency.IsZero() {
		environments[0].Results = append(environments[0].Results, Result{
			Version: "hotfix", Started: y.Emergency.Add(-40 * time.Second), Queued: y.Emergency.Add(-39 * time.Second),
			Executed: y.Emergency, Finished: y.Emergency.Add(9 * time.Minute),
		})
	}
	enumerate(environments)
	return []Project{{ID: YearProject, Name: "shop", Environments: environments}}
}

// workday makes one deployment between 9 and 17 o'clock of a day.
func workday(random *rand.Rand, day time.Time) Result {
	year, month, date := day.Date()
	started := time.Date(year, month, date, 9+random.IntN(7), random.IntN(60), random.IntN(60), random.IntN(1000)*1e6, day.Location())
	queued := started.Add(time.Duration(5+random.IntN(20)) * time.Millisecond)
	executed := queued.Add(time.Duration(random.IntN(60000)) * time.Millisecond)
	r := Result{Started: started, Queued: queued, Executed: executed,
		Finished: executed.Add(time.Duration(30+random.IntN(900)) * time.Second)}
	if random.IntN(15) == 0 {
		r.State = "FAILED"
	}
	return r
}

// enumerate gives ids and versions in the order of the starts, as a server does.
func enumerate(environments []Environment) {
	var all []*Result
	for i := range environments {
		for j := range environments[i].Results {
			all = append(all, &environments[i].Results[j])
		}
	}
	slices.SortStableFunc(all, func(a, b *Result) int { return a.Started.Compare(b.Started) })
	for i, r := range all {
		r.ID = firstYearResult + int64(i)
		if r.Version == "" {
			r.Version = fmt.Sprintf("release-%d", i+1)
		}
	}
}

func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}
