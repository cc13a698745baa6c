package bambootest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// A Year is a team's generated history: the project "shop" with the environments
// Production, Staging and Dev, deployed to on workdays between 9 and 17 o'clock. Production
// has Friday deployments up to Quiet weeks before Emergency, then none but the emergency;
// Staging and Dev go on having them. The same Year gives the same history.
type Year struct {
	Seed      uint64
	End       time.Time      // the last day that may have deployments; the first is a year before
	Location  *time.Location // the team's zone
	Quiet     int            // weeks without a Friday deployment to Production before Emergency
	Emergency time.Time      // when an agent begins a deployment to Production, on a Friday
}

// Projects returns the history.
func (y Year) Projects() []Project {
	random := rand.New(rand.NewPCG(y.Seed, 20160112))
	// Ids do not fit 32 bits, as on old servers.
	shop := Project{ID: 4294967297, Name: "shop", Environments: []Environment{
		{ID: 4294967301, Name: "Production"}, {ID: 4294967302, Name: "Staging"}, {ID: 4294967303, Name: "Dev"},
	}}
	production := &shop.Environments[0]
	lastFriday := midnight(y.Emergency.In(y.Location)).AddDate(0, 0, -7*y.Quiet) // with a deployment to Production
	end := y.End.In(y.Location)
	for day := midnight(end.AddDate(-1, 0, 0)); !day.After(end); day = day.AddDate(0, 0, 1) {
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			continue
		}
		for i := range shop.Environments {
			e := &shop.Environments[i]
			count := random.IntN(3 + i)
			if e == production && day.Weekday() == time.Friday {
				switch {
				case day.After(lastFriday):
					count = 0
				case day.Equal(lastFriday):
					count = max(1, count)
				}
			}
			for range count {
				e.Results = append(e.Results, workday(random, day))
			}
		}
	}
	production.Results = append(production.Results, Result{
		Version: "hotfix", Started: y.Emergency.Add(-40 * time.Second), Queued: y.Emergency.Add(-39 * time.Second),
		Executed: y.Emergency, Finished: y.Emergency.Add(9 * time.Minute),
	})
	enumerate(shop.Environments)
	return []Project{shop}
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
		r.ID = 5000000000 + int64(i)
		if r.Version == "" {
			r.Version = fmt.Sprintf("release-%d", i+1)
		}
	}
}

func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}
