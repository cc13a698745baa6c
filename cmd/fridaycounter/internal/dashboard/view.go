package dashboard

import (
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// streakAnswer is the JSON of /api/v1/streak: that of once, and how far it can be
// relied on.
type streakAnswer struct {
	report.Verdict
	LastGood *time.Time `json:"last_good"` // last poll without error
	Config   string     `json:"config"`    // SHA-256 of the file in force
	Refused  bool       `json:"refused"`   // another file was saved, and is not in force
}

// newView puts a status and a report, which may be nil, into the words of the page. Before
// a policy is in force there is only what is wrong.
func newView(status *engine.Status, r *engine.Report) (web.View, error) {
	detail := detailed(status)
	v := web.View{
		Glass: report.Glass(status), Marks: report.Marks(status),
		Config: web.Config{Loaded: status.Reloads.Last, Refused: report.Refusal(status.Refused, detail)},
		Health: health(status),
	}
	if kind, err := status.Trouble(); err != nil {
		v.Trouble = report.PollFailure(status, kind, err, detail)
	}
	if status.Policy == nil {
		return v, nil
	}
	zone := status.Policy.Zone
	v.At, v.Config.Hash = status.Verdict.At, status.Policy.Config.Hash
	v.Config.Loaded = v.Config.Loaded.In(zone)
	v.Number = numberOf(status, status.Verdict.Lead)
	for _, s := range status.Verdict.Streaks {
		if s.Rule != v.Number.Rule {
			v.Others = append(v.Others, numberOf(status, s))
		}
	}
	if w := status.Verdict.Window; w != nil {
		v.Window = &web.Window{Now: status.Verdict.Forbidden, Start: inZone(w.Start, zone), End: inZone(w.End, zone), Rule: w.Rule}
	}
	for _, e := range environmentsRead(status) {
		v.Sources = append(v.Sources, web.Freshness{
			Project: e.Project, Name: e.Name, Good: inZone(e.Read, zone), From: inZone(e.CompleteFrom, zone), All: e.Exhausted,
		})
	}
	told := streakAnswer{
		Verdict: report.NewVerdict(status.Verdict, because(status, detail)), LastGood: report.Known(status.Good, zone),
		Config: status.Policy.Config.Hash, Refused: status.Refused != nil,
	}
	if status.Clock != engine.ClockTrusted {
		told.ForbiddenNow, told.NextWindow = nil, nil // nobody knows what time it is
	}
	if !detail {
		told.HideLinks()
	}
	same := told
	same.At = time.Time{}
	var err error
	if v.Streak, err = web.NewDocument(told, same); err != nil {
		return v, err
	}
	return v, tellWhy(&v, status, r, detail)
}

// environmentsRead are the environments that the policy judges, with when they were read.
func environmentsRead(status *engine.Status) (list []source.KnownEnvironment) {
	for i := range status.Known {
		for _, e := range status.Known[i].Environments {
			if status.Policy.Reads(&e.Environment) {
				list = append(list, e)
			}
		}
	}
	return list
}

// because says why numbers may have been overtaken. Unless details are told, nothing in it
// names the CI server or a path.
func because(status *engine.Status, detail bool) map[string][]facts.Reason {
	if detail {
		return status.Because
	}
	text := "the last poll failed"
	if kind, err := status.Trouble(); err != nil {
		text = report.PollFailure(status, kind, err, false)
	}
	bare := map[string][]facts.Reason{}
	for rule, reasons := range status.Because {
		for _, r := range reasons {
			if r.Kind == "poll" {
				r.Text = text
			}
			bare[rule] = append(bare[rule], r)
		}
	}
	return bare
}

// detailed reports whether the page may tell what only those who run the counter need.
func detailed(status *engine.Status) bool {
	return status.Policy != nil && status.Policy.Config.Display.Web != nil && status.Policy.Config.Display.Web.Detail
}

func tellWhy(v *web.View, status *engine.Status, r *engine.Report, detail bool) error {
	v.Why = report.Sentence(status.Verdict) + ".\n"
	if r == nil {
		return nil
	}
	reasons := because(status, detail)
	v.Explanations = map[string]web.Document{}
	for i, e := range r.Explanations {
		rule := status.Policy.Rules[i].Rule()
		x := report.Explanation{
			Explanation: e, Rule: rule, At: status.Verdict.At, Environments: r.Environments, Because: reasons[rule.Name],
			Known: status.Known, HistoryFrom: status.Policy.Config.History.Begin(status.Policy.Zone, status.Verdict.At), Detail: detail,
		}
		a := x.JSON()
		same := a
		same.At = time.Time{}
		document, err := web.NewDocument(a, same)
		if err != nil {
			return err
		}
		v.Explanations[rule.Name] = document
		if rule.Name == status.Verdict.Lead.Rule {
			v.Why, v.Explain = x.Text(), document
			addRuns(&v.Year, r.Runs[i], status.Policy.Zone)
		}
	}
	v.Year.Days, v.Year.Hours = r.Days, r.Hours
	addBreaches(&v.Year, r.Breaches, status.Policy.Zone, detail)
	return nil
}

const maxBreaches = 20

func addRuns(year *web.Year, runs []rules.Run, zone *time.Location) {
	for _, run := range runs {
		ended := ""
		if run.Ended != nil {
			ended = report.Subject(run.Ended.Deployment)
		}
		year.Runs = append(year.Runs, web.Run{Start: inZone(run.Start, zone), End: inZone(run.End, zone), Weeks: run.Weeks, AtLeast: run.AtLeast, Current: run.Ended == nil, Ended: ended})
	}
}

// addBreaches adds the latest breaches of any rule. One deployment that broke several rules
// at once is one.
func addBreaches(year *web.Year, list []rules.Breach, zone *time.Location, detail bool) {
	for i := len(list) - 1; i >= 0 && len(year.Breaches) < maxBreaches; i-- {
		b := list[i]
		if n := len(year.Breaches); n > 0 && sameBreach(&b, &list[i+1]) {
			year.Breaches[n-1].Rule = b.Rule + ", " + year.Breaches[n-1].Rule
			continue
		}
		one := web.Breach{At: b.At.In(zone), Date: b.Date(), Rule: b.Rule, Subject: report.Subject(b.Deployment)}
		if detail {
			one.URL = b.Deployment.URL
		}
		year.Breaches = append(year.Breaches, one)
	}
}

func sameBreach(a, b *rules.Breach) bool {
	return a.At.Equal(b.At) && a.Deployment.ID == b.Deployment.ID && a.Deployment.EnvironmentID == b.Deployment.EnvironmentID
}

func numberOf(status *engine.Status, s rules.Streak) web.Number {
	var h rules.History
	for _, one := range status.Verdict.Histories {
		if one.Rule == s.Rule {
			h = one
		}
	}
	n := web.Number{
		Rule: s.Rule, Known: s.Known, AtLeast: s.AtLeast, Stale: len(status.Because[s.Rule]) > 0, Weeks: s.Weeks, Breaches: h.Breaches,
		Sentence: report.StreakSentence(s, status.Verdict.At.Location()) + ".",
	}
	if s.InForce && !s.Known {
		n.Sentence = "The number is not known yet."
	}
	if h.Record != nil {
		n.Record, n.RecordAtLeast = h.Record.Weeks, h.Record.AtLeast
	}
	return n
}

// health says what /readyz tells.
func health(status *engine.Status) web.Health {
	var h web.Health
	switch {
	case status.Policy == nil && status.Refused != nil:
		h.File = "refused, and none is in force"
	case status.Policy == nil:
		h.File = "not looked at yet"
	case status.Refused != nil:
		h.File = "refused; the one before is in force"
	}
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
		h.History = "it cannot be used; the wall goes on from memory, and the log says why"
	}
	return h
}

func inZone(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}
