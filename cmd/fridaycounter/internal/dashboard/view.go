package dashboard

import (
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// newView makes the page of a status. Before a policy is in force it says only what is wrong.
func newView(status *engine.Status) (v web.View, err error) {
	detail := report.Detailed(status)
	v = web.View{
		Glass: report.Glass(status), Marks: report.Marks(status), Health: health(status),
		Config:  web.Config{Loaded: status.Reloads.Last, Refused: report.Refusal(status.Refused, detail), RefusedSince: status.Reloads.RefusedSince},
		Trouble: report.PollFailure(status, detail),
	}
	if status.Policy == nil {
		return v, nil
	}
	zone, verdict := status.Policy.Zone, &status.Verdict
	if w := status.Policy.Config.Display.Web; w != nil {
		v.Title = w.Title
	}
	v.At, v.Config.Hash, v.Config.Loaded = verdict.At, status.Policy.Config.Hash, v.Config.Loaded.In(zone)
	var lead *rules.History
	for i, s := range verdict.Streaks {
		if s.Rule == verdict.Lead.Rule {
			v.Number, lead = number(status, i), &verdict.Histories[i]
		} else {
			v.Others = append(v.Others, number(status, i))
		}
	}
	if w := verdict.Occurrence; w != nil {
		v.Window = &web.Window{Now: verdict.Forbidden, Start: w.Start, End: w.End, Rule: w.Rule}
	}
	for _, e := range environmentsRead(status) {
		if len(status.Policy.Sources) > 1 {
			e.Project = strings.TrimSuffix(e.Source+": "+e.Project, ": ")
		}
		v.Sources = append(v.Sources, web.Freshness{
			Project: e.Project, Name: e.Name, Good: e.Read, From: e.CompleteFrom, All: e.Exhausted,
		})
	}
	v.Year = year(status, lead, detail)
	reasons := report.Because(status, detail)
	if v.Streak, err = streak(status, detail); err != nil {
		return v, err
	}
	v.Explanations = map[string]web.Document{}
	for _, c := range status.Policy.Rules {
		rule := c.Rule()
		x := report.Explanation{
			Explanation: c.Explain(status.Environments, v.At), Rule: rule, At: v.At, Environments: status.Environments, Because: reasons[rule.Name],
			Known: status.Known, HistoryFrom: status.Policy.Config.History.Begin(zone, v.At), Detail: detail,
		}
		answer := x.JSON()
		same := answer
		same.At = time.Time{}
		if v.Explanations[rule.Name], err = web.NewDocument(answer, same); err != nil {
			return v, err
		}
		if rule.Name == verdict.Lead.Rule {
			v.Why, v.Explanations[""] = x.Text(), v.Explanations[rule.Name]
		}
	}
	return v, nil
}

// environmentsRead returns the environments that the policy judges.
func environmentsRead(status *engine.Status) (list []source.KnownEnvironment) {
	for _, k := range status.Known {
		for _, e := range k.Environments {
			if status.Policy.Reads(&e.Environment) {
				list = append(list, e)
			}
		}
	}
	return list
}

// streak returns the answer of /api/v1/streak: that of once, and how far it can be relied on.
func streak(status *engine.Status, detail bool) (web.Document, error) {
	answer := struct {
		report.Verdict
		LastGood *time.Time `json:"last_good"` // last poll without error
		Config   string     `json:"config"`    // SHA-256 of the file in force
		Refused  bool       `json:"refused"`   // another file was saved, and is not in force
	}{
		Verdict: report.PublicVerdict(status, detail), LastGood: report.Instant(status.Good, status.Policy.Zone),
		Config: status.Policy.Config.Hash, Refused: status.Refused != nil,
	}
	same := answer
	same.At = time.Time{}
	return web.NewDocument(answer, same)
}

// number says how the rule of an index was kept.
func number(status *engine.Status, i int) web.Number {
	s, h, c := &status.Verdict.Streaks[i], &status.Verdict.Histories[i], status.Policy.Rules[i]
	forbid := c.Rule().Forbid
	n := web.Number{
		Rule: s.Rule, Known: s.Known, AtLeast: s.AtLeast, Stale: len(status.Because[s.Rule]) > 0, Weeks: s.Weeks, Breaches: h.Breaches,
		Sentence: report.Sentence(*s) + ".",
		Forbids:  report.Windows(forbid), Windows: report.WindowsNoun(forbid), Years: windowYears(status, c, h),
	}
	if s.Known && s.Breach != nil {
		n.Cause = report.Subject(s.Breach.Deployment)
	}
	if s.InForce && !s.Known {
		n.Sentence = "The number is not known yet."
	}
	if h.Record != nil {
		n.Record, n.RecordAtLeast, n.Running = h.Record.Weeks, h.Record.AtLeast, h.Record.Ended == nil
		record := span(h.Record)
		n.RecordSpan = &record
	}
	return n
}

// span returns a streak. One that goes on has no end, which would make each view another one.
func span(r *rules.StreakSpan) web.Streak {
	if r.Ended == nil {
		return web.Streak{Start: r.Start, Weeks: r.Weeks, AtLeast: r.AtLeast, Current: true}
	}
	return web.Streak{Start: r.Start, End: r.End, Weeks: r.Weeks, AtLeast: r.AtLeast, Ended: report.Subject(r.Ended.Deployment)}
}

// The most streaks and breaches that the page lists.
const (
	maxStreaks  = 400
	maxBreaches = 20
)

// year returns how the last 53 weeks went, from a Monday on. Streaks are those of the rule that leads.
func year(status *engine.Status, lead *rules.History, detail bool) (y web.Year) {
	p, now := status.Policy, status.Verdict.At
	sunday := now.AddDate(0, 0, 6-(int(now.Weekday())+6)%7)
	first, last := rules.DateOf(sunday.AddDate(0, 0, -53*7+1)), rules.DateOf(sunday)
	days, hours, broken := rules.Days(p.Rules, p.Zone, status.Environments, first, last, now)
	y = web.Year{Days: days, Hours: weekly(p, hours, now), OneOff: oneOff(p, now), Breaches: breaches(broken, detail)}
	if !lead.Known {
		return y
	}
	y.Streaks = []web.Streak{span(&lead.Current)}
	begin := time.Date(first.Year, first.Month, first.Day, 0, 0, 0, 0, p.Zone)
	for _, r := range slices.Backward(lead.Ended) {
		if r.End.Before(begin) || len(y.Streaks) == maxStreaks {
			break
		}
		y.Streaks = append(y.Streaks, span(&r))
	}
	return y
}

// breaches returns the latest breaches of any rule. A deployment that broke several rules at
// once is one.
func breaches(list []rules.Breach, detail bool) (latest []web.Breach) {
	for i := len(list) - 1; i >= 0 && len(latest) < maxBreaches; i-- {
		b, d := list[i], &list[i].Deployment
		if n := len(latest); n > 0 {
			later := list[i+1]
			if b.At.Equal(later.At) && d.ID == later.Deployment.ID && d.EnvironmentID == later.Deployment.EnvironmentID {
				latest[n-1].Rule = b.Rule + ", " + latest[n-1].Rule
				continue
			}
		}
		one := web.Breach{At: b.At, Date: b.Date(), Rule: b.Rule, Subject: report.Subject(*d)}
		if detail {
			one.URL = d.URL
		}
		latest = append(latest, one)
	}
	return latest
}

// viewWalls returns walls for the page, those that are not well first.
func viewWalls(list []report.Wall) (walls []web.Wall) {
	for _, w := range list {
		one := web.Wall{Name: w.Name, State: w.State, Text: w.Text, Version: w.Version}
		if w.Since != nil {
			one.Since = *w.Since
		}
		walls = append(walls, one)
	}
	slices.SortStableFunc(walls, func(a, b web.Wall) int {
		return slices.Index(report.WallStates(), b.State) - slices.Index(report.WallStates(), a.State)
	})
	return walls
}

// health says what /readyz shows.
func health(status *engine.Status) web.Health {
	h := web.Health{File: report.FileFailure(status)}
	if status.Clock != engine.ClockTrusted {
		h.Clock = string(status.Clock)
	}
	switch {
	case status.Policy == nil || !status.Verdict.Lead.Known:
		h.Facts = "nothing is known yet"
	case status.Stale:
		h.Facts = "stale"
	}
	if status.Store != nil {
		h.History = "it cannot be used; the counter goes on from memory, and the log says why"
	}
	return h
}
