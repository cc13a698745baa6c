package dashboard

import (
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// windowYears returns what became of a rule's windows this year and, if the rule leads and
// something is known of it, last year: the page has no room for more.
func windowYears(status *engine.Status, c *rules.Compiled, h *rules.History) (years []web.WindowYear) {
	zone, now := status.Policy.Zone, status.Verdict.At
	first := now.Year()
	if h.Known && h.From.In(zone).Year() < first && h.Rule == status.Verdict.Lead.Rule {
		first--
	}
	from, to := time.Date(first, 1, 1, 0, 0, 0, 0, zone), time.Date(now.Year()+1, 1, 1, 0, 0, 0, 0, zone)
	for year := first; year <= now.Year(); year++ {
		years = append(years, web.WindowYear{Year: year})
	}
	weeks := map[*web.WeekOfWindows][]rules.Occurrence{}
	for _, o := range c.Occurrences(status.Environments, c.Breaches(status.Environments, now), from, to, now) {
		start := o.Start.In(zone)
		if !start.Before(from) && start.Before(to) {
			y := &years[start.Year()-first]
			switch o.Status {
			case rules.StatusKept:
				y.Kept++
			case rules.StatusBroken:
				y.Broken++
			}
		}
		// One of more than a week stands in each of its weeks.
		at := slices.MaxFunc([]time.Time{start, from}, time.Time.Compare)
		for ; at.Before(to) && (o.End.IsZero() || at.Before(o.End)); at = at.AddDate(0, 0, 7) {
			w := &years[at.Year()-first].Weeks[(at.YearDay()-1)/7]
			weeks[w] = append(weeks[w], o)
		}
	}
	for w, list := range weeks {
		w.Status, w.Name = report.WindowsOfWeek(list, zone)
	}
	return years
}

// weekly returns the hours of the week with what is forbidden every week. What is forbidden
// on certain dates only, or excepted on some, does not change them.
func weekly(p *engine.Policy, hours [7][24]rules.Hour, now time.Time) [7][24]rules.Hour {
	var list []*rules.Compiled
	for _, c := range p.Rules {
		rule := c.Rule()
		rule.Forbid = slices.DeleteFunc(slices.Clone(rule.Forbid), func(w rules.Window) bool { return w.Dates != nil })
		rule.Except, rule.Since = nil, rules.Date{}
		if len(rule.Forbid) > 0 {
			list = append(list, rules.Compile(rule, p.Zone))
		}
	}
	today := rules.DateOf(now)
	_, forbidden, _ := rules.Days(list, p.Zone, nil, rules.DateOf(now.AddDate(0, 0, -6)), today, now)
	for day := range hours {
		for i := range hours[day] {
			hours[day][i].Forbidden = forbidden[day][i].Forbidden
		}
	}
	return hours
}

// maxOneOff is how many windows with dates the page lists.
const maxOneOff = 8

// oneOff says the windows with dates that are not over.
func oneOff(p *engine.Policy, now time.Time) (list []string) {
	today, more := rules.DateOf(now), 0
	for _, c := range p.Rules {
		for _, w := range c.Rule().Forbid {
			w.Dates = slices.DeleteFunc(slices.Clone(w.Dates), func(r rules.DateRange) bool { return r.Last.String() < today.String() })
			switch {
			case len(w.Dates) == 0:
			case len(list) == maxOneOff:
				more++
			default:
				text := report.Windows([]rules.Window{w})
				if len(p.Rules) > 1 {
					text += " (" + c.Rule().Name + ")"
				}
				list = append(list, text)
			}
		}
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return list
}
