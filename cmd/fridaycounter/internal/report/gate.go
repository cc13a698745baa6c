package report

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
)

// Gate is the JSON of gate. Until is null when the answer never changes.
type Gate struct {
	At      time.Time  `json:"at"`
	Allowed bool       `json:"allowed"`
	Rule    string     `json:"rule"`
	Until   *time.Time `json:"until"`
}

// NewGate returns the JSON of a gate.
func NewGate(g engine.Gate) Gate {
	return Gate{At: g.At, Allowed: g.Allowed, Rule: g.Rule, Until: Instant(g.Until, g.At.Location())}
}

// GateSentence says whether anybody may deploy, until when, and by which rule.
func GateSentence(g engine.Gate) string {
	word, end := "yes", "; then "+g.Rule+" forbids it"
	if !g.Allowed {
		word, end = "no", fmt.Sprintf(", by %s (%s:%d)", g.Rule, g.Source.File, g.Source.Line)
	}
	switch {
	case g.Rule == "":
		return word + ": no rule will ever forbid it"
	case g.Until.IsZero():
		return word + ": for ever" + end
	}
	return fmt.Sprintf("%s: until %s%s", word, Day(g.Until), end)
}
