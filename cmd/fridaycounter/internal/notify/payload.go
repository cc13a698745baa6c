package notify

import (
	"encoding/json"
	"fmt"
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

// A card is what a workflow of Microsoft Teams shows, in place of a text.
type card struct {
	ContentType string `json:"contentType"`
	Content     struct {
		Schema  string  `json:"$schema"`
		Type    string  `json:"type"`
		Version string  `json:"version"`
		Body    []block `json:"body"`
	} `json:"content"`
}

type block struct {
	Type string `json:"type"`
	Text string `json:"text"`
	Wrap bool   `json:"wrap"`
}

// teams are the ends of the hosts of workflows of Microsoft Teams.
var teams = []string{".api.powerplatform.com", ".logic.azure.com"}

// forHost returns a payload as its host wants it. Workflows of Teams show cards only, and another chat
// would show the card beside the text.
func forHost(host, body string) (string, error) {
	workflow := false
	for _, end := range teams {
		workflow = workflow || strings.HasSuffix(strings.ToLower(host), end)
	}
	var p struct{ Text string }
	if err := json.Unmarshal([]byte(body), &p); err != nil || !workflow {
		return body, err
	}
	c := card{ContentType: "application/vnd.microsoft.card.adaptive"}
	c.Content.Schema, c.Content.Type, c.Content.Version = "http://adaptivecards.io/schemas/adaptive-card.json", "AdaptiveCard", "1.4"
	c.Content.Body = []block{{"TextBlock", p.Text, true}}
	more, err := json.Marshal(struct {
		Type        string `json:"type"`
		Attachments []card `json:"attachments"`
	}{"message", []card{c}})
	return strings.TrimSuffix(body, "}") + "," + strings.TrimPrefix(string(more), "{"), err
}
