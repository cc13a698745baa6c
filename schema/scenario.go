package schema

import (
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Scenario is one check of the policy: a small world, an instant, and what the
// rules are expected to say.
type Scenario struct {
	Name         string
	At           time.Time
	Environments []rules.Environment // with their deployments
	Want         Want
	Position     rules.Position // the scenario's name, or what holds it
}

// Want is what is expected of the leading rule's streak. What is nil does not
// matter.
type Want struct {
	WantStreak
	Rule      *string               // the rule that leads
	Forbidden *bool                 // some rule forbids deploying at the instant
	Rules     map[string]WantStreak // of each rule, whether it leads or not
}

// WantStreak is what is expected of one rule's streak. What is nil does not
// matter. A streak that is not known has neither weeks, days nor since.
type WantStreak struct {
	Weeks   *int
	Days    *int
	Since   *time.Time
	Breach  *string // id of the deployment that decides; "" when none is to
	Known   *bool
	AtLeast *bool
}
