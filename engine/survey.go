package engine

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Survey is all that is known, as people look at it: why the number is what it is,
// and how the days went.
type Survey struct {
	At           time.Time // as of, in the policy's zone
	Verdict      Verdict
	Explanations []rules.Explanation // by rule name
	Environments []rules.Environment // that are judged
	Runs         [][]rules.Run       // of each rule, by its name, oldest first: those that reach the days
	Days         []rules.Day
	Hours        [7][24]rules.Hour // by weekday
	Breaches     []rules.Broken    // the latest of the days, oldest first
}

// maxRuns bounds the runs of a survey for each rule.
const maxRuns = 400

// Survey surveys what a store knows of a configuration's source as of now, with the
// days from first to last. dir is where the policy file is. It reads the store twice.
func (c *Court) Survey(ctx context.Context, store Reader, config *schema.Config, dir string, first, last rules.Date, now time.Time) (Survey, error) {
	d, err := c.Read(ctx, store, config, dir, now)
	if err != nil {
		return Survey{}, err
	}
	s := Survey{At: now.In(c.zone), Verdict: d.Judge(now), Environments: d.environments}
	almanac := rules.NewAlmanac(c.judges, c.zone, first, last, now)
	if s.Explanations, err = d.explain(ctx, store, now, almanac.Add); err != nil {
		return Survey{}, err
	}
	s.Days, s.Hours, s.Breaches = almanac.Days(d.environments), almanac.Hours(), almanac.Breaches()
	for i := range s.Breaches {
		if err := d.Complete(ctx, store, &s.Breaches[i].Breach, now); err != nil {
			return Survey{}, err
		}
	}
	since := time.Date(first.Year, first.Month, first.Day, 0, 0, 0, 0, c.zone)
	for _, l := range d.ledgers {
		runs := l.Runs(d.environments, since, now, maxRuns)
		for i := range runs {
			if b := runs[i].Ended; b != nil {
				if err := d.Complete(ctx, store, b, now); err != nil {
					return Survey{}, err
				}
			}
		}
		s.Runs = append(s.Runs, runs)
	}
	return s, nil
}
