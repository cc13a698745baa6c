package schema

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
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

// scenarios turns the evaluated file into Scenarios for a policy, and finds what
// CUE cannot say.
func (f *file) scenarios(policy *Config) []Scenario {
	r, err := fieldsOf(f.Value)
	if err == nil {
		f.zone, err = policy.Location()
	}
	if err != nil {
		f.Explain(err, "")
		return nil
	}
	if name, at := f.Package(); name != policy.Package {
		f.Add(nil, at, fmt.Sprintf("package %s beside a policy of package %s: want the same", name, policy.Package),
			"cue vet ./... refuses two packages in one directory")
	}
	var raw struct{ Scenarios []rawScenario }
	f.decode(nil, r, reflect.ValueOf(&raw).Elem())
	w := newWorld(policy)
	var scenarios []Scenario
	for _, r := range raw.Scenarios {
		scenarios = append(scenarios, f.scenario(r, w))
	}
	slices.SortStableFunc(scenarios, func(a, b Scenario) int {
		return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
	return scenarios
}

// A rawScenario is a scenario whose deployments are in no environment yet.
type rawScenario struct {
	Scenario
	KnownFrom   time.Time
	Deployments []rawDeployment
}

// A rawDeployment is a deployment whose outcome is no state yet.
type rawDeployment struct {
	rules.Deployment
	Outcome rules.Outcome
}

// scenario returns a scenario with its environments.
func (f *file) scenario(r rawScenario, w *world) Scenario {
	at := diagnose.Path{"scenarios", r.Name}
	var deployments []rules.Deployment
	var oldest time.Time
	ids := map[string]int{} // the first deployment of each
	for i, d := range r.Deployments {
		p := at.With("deployments").With(strconv.Itoa(i))
		f.deployment(p, &d, w)
		d.ID = cmp.Or(d.ID, strconv.Itoa(i+1))
		if j, ok := ids[d.ID]; ok {
			f.Report(p, fmt.Sprintf("has the id %q of deployments[%d]", d.ID, j), "")
		} else {
			ids[d.ID] = i
		}
		if begin := cmp.Or(d.Started, d.Executed); i == 0 || begin.Before(oldest) {
			oldest = begin
		}
		deployments = append(deployments, d.Deployment)
	}
	f.checkWant(at.With("want"), &r.Want, w.policy, ids) // it may name what is not seen
	r.Environments = w.environments(deployments, cmp.Or(r.KnownFrom, oldest))
	return r.Scenario
}

// deployment completes a deployment of a scenario.
func (f *file) deployment(p diagnose.Path, d *rawDeployment, w *world) {
	began := cmp.Or(d.Executed, d.Started)
	switch {
	case f.FoundBelow(p): // a time that there is not
	case began.IsZero():
		f.Report(p, "has no beginning: want executed, when an agent began, or started", "")
	case began.Before(d.Started):
		f.Report(p.With("executed"), "is before started", "")
	case !d.Finished.IsZero() && d.Finished.Before(began):
		f.Report(p.With("finished"), "is before the deployment began", "")
	case d.Finished.IsZero() && d.Outcome != "":
		f.Report(p.With("outcome"), "has no outcome while it is running: want finished too", "")
	}
	to, ok := w.target(target{d.Source, d.Project, d.Environment})
	if !ok {
		f.Report(p, "no environment that the policy names is in the scope of all of its rules: want environment (and project)", "")
	}
	d.Source, d.Project, d.ProjectID = to.source, to.project, to.project
	d.Environment, d.EnvironmentID = to.environment, to.id()
	d.State, d.LifeCycle = ended(d)
}

// ended returns Bamboo's words for how a deployment ended.
func ended(d *rawDeployment) (rules.State, rules.LifeCycle) {
	switch {
	case d.Finished.IsZero() && d.Executed.IsZero():
		return rules.StateUnknown, rules.LifeCycleQueued
	case d.Finished.IsZero():
		return rules.StateUnknown, rules.LifeCycleInProgress
	case d.Outcome == rules.OutcomeFailed:
		return rules.StateFailed, rules.LifeCycleFinished
	case d.Outcome == rules.OutcomeNotBuilt:
		return rules.StateUnknown, rules.LifeCycleNotBuilt
	case d.Outcome == rules.OutcomeUnknown:
		return rules.StateUnknown, rules.LifeCycleFinished
	}
	return rules.StateSuccess, rules.LifeCycleFinished
}

// checkWant refuses what is wanted of rules and deployments that there are not.
func (f *file) checkWant(p diagnose.Path, w *Want, policy *Config, ids map[string]int) {
	if w.Rule != nil {
		f.checkNamed(p.With("rule"), *w.Rule, policy)
	}
	f.checkBreach(p, w.WantStreak, ids)
	for name, w := range w.Rules {
		f.checkNamed(p.With("rules").With(name), name, policy)
		f.checkBreach(p.With("rules").With(name), w, ids)
	}
}

// checkBreach refuses an id that no deployment has.
func (f *file) checkBreach(p diagnose.Path, w WantStreak, ids map[string]int) {
	if w.Breach == nil || *w.Breach == "" {
		return
	}
	if _, ok := ids[*w.Breach]; !ok {
		f.Report(p.With("breach"), fmt.Sprintf("no deployment of this scenario has the id %q", *w.Breach),
			"without an id it is the number in the list, 1 for the first")
	}
}

// checkNamed refuses a name that no rule of the policy has.
func (f *file) checkNamed(p diagnose.Path, name string, policy *Config) {
	var names []string
	for _, r := range policy.Rules {
		if r.Name == name {
			return
		}
		names = append(names, r.Name)
	}
	f.Report(p, fmt.Sprintf("the policy has no rule %q", name), diagnose.SuggestOrList(name, names))
}
