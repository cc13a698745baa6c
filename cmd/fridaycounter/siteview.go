package main

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/web"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// streakAnswer is the JSON of /api/v1/streak: that of once, and how far it can be
// relied on.
type streakAnswer struct {
	answer
	Stale    bool       `json:"stale"`
	LastGood *time.Time `json:"last_good"` // last poll without error
	Config   string     `json:"config"`    // SHA-256 of the file in force
	Refused  bool       `json:"refused"`   // another file was saved, and is not in force
}

// newView puts a status and what was read into the words of the page. file names files
// as the page does. Before a policy is in force there is only what is wrong.
func newView(status *engine.Status, court *engine.Court, known *dossier, file func(string) string) (web.View, error) {
	detail := detailed(status)
	v := web.View{
		Glass: glassWords(status), Marks: markWords(status),
		Config: web.Config{Loaded: status.Reloads.Last, Refused: refusal(status.Refused, detail, file)},
		Health: health(status),
	}
	if status.Poll != nil {
		v.Trouble = pollTrouble(status, detail)
	}
	if court == nil {
		return v, nil
	}
	zone := court.Zone()
	v.At, v.Config.Hash = status.Verdict.At, status.Config.Hash
	v.Config.Loaded = v.Config.Loaded.In(zone)
	v.Number = numberOf(status, status.Verdict.Lead)
	if len(status.Verdict.Streaks) > 1 {
		for _, s := range status.Verdict.Streaks {
			if s.Rule != v.Number.Rule {
				v.Others = append(v.Others, numberOf(status, s))
			}
		}
	}
	if w := status.Verdict.Window; w != nil {
		v.Window = &web.Window{Now: status.Verdict.Forbidden, Start: inZone(w.Start, zone), End: inZone(w.End, zone), Rule: w.Rule}
	}
	for _, f := range status.Freshness {
		v.Sources = append(v.Sources, web.Freshness{
			Project: f.Project, Name: f.Name, Good: inZone(f.Good, zone), From: inZone(f.CompleteFrom, zone), All: f.Exhausted,
		})
	}
	told := streakAnswer{
		answer: newAnswer(status.Verdict), Stale: status.Stale, LastGood: present(status.LastGood, zone),
		Config: status.Config.Hash, Refused: status.Refused != nil,
	}
	if status.Clock != engine.ClockTrusted {
		told.ForbiddenNow, told.NextWindow = nil, nil // nobody knows what time it is
	}
	withoutURLs(&told.answer, detail)
	same := told
	same.At = time.Time{}
	var err error
	if v.Streak, err = web.NewDocument(told, same); err != nil {
		return v, err
	}
	return v, tellWhy(&v, status, court, known, detail, file)
}

// detailed reports whether the page may tell what only those who run the counter need.
func detailed(status *engine.Status) bool {
	return status.Config != nil && status.Config.Display.Web != nil && status.Config.Display.Web.Detail
}

// tellWhy adds what was read of the store.
func tellWhy(v *web.View, status *engine.Status, court *engine.Court, known *dossier, detail bool, file func(string) string) error {
	v.Why = sentence(status.Verdict) + ".\n"
	if known.Explanations == nil || !agrees(status, known) {
		return nil
	}
	zone := court.Zone()
	v.Explanations = map[string]web.Document{}
	for _, e := range known.Explanations {
		if !detail {
			for d := range e.Deployments() {
				d.URL = ""
			}
		}
		a := newExplainAnswer(e, status.Verdict.At, zone, known.Environments, history.Polls{})
		if a.Window != nil {
			a.Window.File = file(a.Window.File)
		}
		same := a
		same.At = time.Time{}
		document, err := web.NewDocument(a, same)
		if err != nil {
			return err
		}
		v.Explanations[e.Streak.Rule] = document
		if e.Streak.Rule == status.Verdict.Lead.Rule {
			t := telling{zone: zone, policy: court.Rules(), read: known.Environments, file: file, from: historyFrom(status.Config, zone, status.Verdict.At)}
			v.Why, v.Explain = t.explanation(e), document
		}
	}
	v.Year = web.Year{Days: known.Days, Hours: known.Hours}
	runs(v, status, court, known, detail)
	return nil
}

// agrees reports whether what was read gives the number of the wall. It does not while
// a new source has not answered yet, and the old one's facts stay in force.
func agrees(status *engine.Status, known *dossier) bool {
	return known.Verdict.Lead.Known == status.Verdict.Lead.Known
}

// maxBreaches is how many the page lists.
const maxBreaches = 20

// runs adds the runs of the leading rule, and the breaches that ended runs of any.
func runs(v *web.View, status *engine.Status, court *engine.Court, known *dossier, detail bool) {
	zone := court.Zone()
	for i, r := range court.Rules() {
		if i >= len(known.Runs) {
			return
		}
		for _, run := range known.Runs[i] {
			ended := ""
			if run.Ended != nil {
				ended = engine.Subject(run.Ended.Deployment)
			}
			if r.Name == status.Verdict.Lead.Rule {
				v.Year.Runs = append(v.Year.Runs, web.Run{Start: inZone(run.Start, zone), End: inZone(run.End, zone), Weeks: run.Weeks, AtLeast: run.AtLeast, Current: run.Ended == nil, Ended: ended})
			}
		}
	}
	for i := len(known.Breaches) - 1; i >= 0 && len(v.Year.Breaches) < maxBreaches; i-- {
		b := known.Breaches[i]
		if n := len(v.Year.Breaches); n > 0 && i+1 < len(known.Breaches) && sameBreach(&b, &known.Breaches[i+1]) {
			v.Year.Breaches[n-1].Rule = b.Rule + ", " + v.Year.Breaches[n-1].Rule
			continue
		}
		one := web.Breach{At: b.At.In(zone), Date: b.Date, Rule: b.Rule, Subject: engine.Subject(b.Deployment)}
		if detail {
			one.URL = b.Deployment.URL
		}
		v.Year.Breaches = append(v.Year.Breaches, one)
	}
}

// sameBreach reports whether one deployment broke two rules at once.
func sameBreach(a, b *rules.Broken) bool {
	return a.At.Equal(b.At) && a.Deployment.ID == b.Deployment.ID && a.Deployment.EnvironmentID == b.Deployment.EnvironmentID
}

// numberOf puts a rule's streak into the words of the page.
func numberOf(status *engine.Status, s rules.Streak) web.Number {
	h := byName(status.Verdict.Histories, s.Rule)
	n := web.Number{
		Rule: s.Rule, Known: s.Known, AtLeast: s.AtLeast, Stale: status.Stale, Weeks: s.Weeks, Breaches: h.Breaches,
		Sentence: streakSentence(s, status.Verdict.At.Location()) + ".",
	}
	if !s.Known {
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
	case status.Config == nil && status.Refused != nil:
		h.File = "refused, and none is in force"
	case status.Config == nil:
		h.File = "not looked at yet"
	case status.Refused != nil:
		h.File = "refused; the one before is in force"
	}
	if status.Clock != engine.ClockTrusted {
		h.Clock = string(status.Clock)
	}
	switch {
	case status.Config == nil || !status.Verdict.Lead.Known:
		h.Facts = "nothing is known yet"
	case status.Stale:
		h.Facts = "stale"
	}
	return h
}

// withoutURLs takes links to the CI server out of an answer, unless details are told.
func withoutURLs(a *answer, detail bool) {
	if detail {
		return
	}
	a.ruleAnswer = a.bare()
	list := make([]ruleAnswer, len(a.Rules))
	for i := range a.Rules {
		list[i] = a.Rules[i].bare()
	}
	a.Rules = list
}

// bare returns the answer without a link.
func (a ruleAnswer) bare() ruleAnswer {
	if a.Breach != nil {
		b := *a.Breach
		b.URL = ""
		a.Breach = &b
	}
	return a
}

func inZone(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}
