package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A payload is what a webhook gets: a sentence, and the JSON of once, whose streak is that of the
// event's rule.
type payload struct {
	Text  string `json:"text"`
	Event string `json:"event"`
	ID    string `json:"id"`
	report.Verdict
}

// body returns the payload of an event.
func body(s *engine.Status, e event) (string, error) {
	p := payload{Event: e.kind, ID: e.id, Verdict: report.PublicVerdict(s, report.Detailed(s))}
	for i, streak := range s.Verdict.Streaks {
		if streak.Rule == e.rule && e.kind != stale {
			p.Streak = p.Rules[i]
			p.Text = sentence(e.kind, &s.Verdict, streak, s.Verdict.Histories[i])
		}
	}
	if e.kind == stale && len(p.StaleBecause) > 0 {
		p.Text = fmt.Sprintf("The number, %s, may be out of date: %s.", report.Weeks(s.Verdict.Lead), p.StaleBecause[0].Text)
	}
	// In a chat, these mention people or make links, and names come from the CI server.
	p.Text = strings.NewReplacer("<", "‹", ">", "›", "@", "＠").Replace(p.Text)
	data, err := json.Marshal(p)
	return string(data), err
}

// sentence says what happened to a rule.
func sentence(kind string, v *engine.Verdict, streak rules.Streak, history rules.History) string {
	switch b, zone := streak.Breach, v.At.Location(); {
	case kind == breach && b != nil:
		text := fmt.Sprintf("%s broke the rule %s: %s.", report.Subject(b.Deployment), streak.Rule, report.Day(b.First.In(zone)))
		if n := len(history.Ended); n > 0 && history.Ended[n-1].End.Equal(b.First) && history.Ended[n-1].Weeks > 0 {
			text += fmt.Sprintf(" It ended a streak of %s.", report.Plural(history.Ended[n-1].Weeks, "week"))
		}
		return text
	case kind == record && history.Best != nil:
		return fmt.Sprintf("A new record: %s without a breach of the rule %s. The longest streak before had %s.",
			report.Plural(streak.Weeks, "week"), streak.Rule, report.Plural(history.Best.Weeks, "week"))
	case kind == window && v.Occurrence != nil:
		text := fmt.Sprintf("The rule %s forbids deployments from %s", streak.Rule, report.Day(v.Occurrence.Start.In(zone)))
		if end := v.Occurrence.End; !end.IsZero() {
			text += " until " + report.Day(end.In(zone))
		}
		return text + "."
	}
	return ""
}

// card is what a workflow of Microsoft Teams shows, with its text in JSON for %s.
const card = `"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{` +
	`"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4",` +
	`"body":[{"type":"TextBlock","text":%s,"wrap":true}]}}]`

// teams are the ends of the hosts of workflows of Microsoft Teams.
var teams = []string{".api.powerplatform.com", ".logic.azure.com"}

// forHost returns a payload as its host wants it. Workflows of Teams show cards only, and another chat
// would show the card beside the text.
func forHost(host, body string) (string, error) {
	workflow := func(end string) bool { return strings.HasSuffix(strings.ToLower(host), end) }
	if !slices.ContainsFunc(teams, workflow) {
		return body, nil
	}
	var p struct{ Text json.RawMessage }
	err := json.Unmarshal([]byte(body), &p)
	return strings.TrimSuffix(body, "}") + "," + fmt.Sprintf(card, p.Text) + "}", err
}
