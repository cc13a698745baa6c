package schema

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// scenarios turns the evaluated file into Scenarios for a policy, and finds what
// CUE cannot say.
func (f *file) scenarios(policy *Config) []Scenario {
	raw, err := decodeAs[rawScenarioFile](f.Value)
	if err != nil {
		f.Explain(err, "")
		return nil
	}
	zone, err := policy.Location()
	if err != nil {
		f.Report(diagnose.Path{"scenarios"}, err.Error(), "")
		return nil
	}
	if name, at := f.Package(); name != policy.Package {
		f.Add(nil, at, fmt.Sprintf("package %s beside a policy of package %s: want the same", name, policy.Package),
			"cue vet ./... refuses two packages in one directory")
	}
	c := scenarioConverter{file: f, policy: policy, zone: zone, world: newWorld(policy)}
	var scenarios []Scenario
	for _, name := range slices.Sorted(maps.Keys(raw.Scenarios)) {
		scenarios = append(scenarios, c.scenario(name, raw.Scenarios[name]))
	}
	slices.SortStableFunc(scenarios, func(a, b Scenario) int {
		return cmp.Or(cmp.Compare(a.Source.Line, b.Source.Line), cmp.Compare(a.Source.Column, b.Source.Column))
	})
	return scenarios
}

// A scenarioConverter has what all scenarios of a file share.
type scenarioConverter struct {
	*file
	policy *Config
	zone   *time.Location
	world  world
}

func (c *scenarioConverter) scenario(name string, r rawScenario) Scenario {
	at := diagnose.Path{"scenarios", name}
	x := Scenario{
		Name:   name,
		At:     c.instant(at.With("at"), r.At, c.zone),
		Source: c.NamePosition(at),
	}
	known := c.instant(at.With("known_from"), r.KnownFrom, c.zone)
	var deployments []rules.Deployment
	for i, d := range r.Deployments {
		p := at.With("deployments").With(strconv.Itoa(i))
		deployments = append(deployments, c.deployment(p, i, d))
	}
	c.checkIDs(at.With("deployments"), deployments)
	x.Environments = c.world.environments(deployments, cmp.Or(known, oldest(deployments)))
	x.Want = c.want(at.With("want"), r.Want, deployments) // it may name what is not seen
	return x
}

// oldest returns the first date of all deployments.
func oldest(deployments []rules.Deployment) (first time.Time) {
	for i := range deployments {
		if at := begins(&deployments[i]); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

func begins(d *rules.Deployment) time.Time { return cmp.Or(d.Started, d.Executed) }

// deployment converts the i-th deployment of a scenario.
func (c *scenarioConverter) deployment(p diagnose.Path, i int, r rawDeployment) rules.Deployment {
	d := rules.Deployment{
		ID:       cmp.Or(string(r.ID), strconv.Itoa(i+1)),
		Version:  r.Version,
		Started:  c.instant(p.With("started"), r.Started, c.zone),
		Executed: c.instant(p.With("executed"), r.Executed, c.zone),
		Finished: c.instant(p.With("finished"), r.Finished, c.zone),
	}
	switch {
	case r.Started == "" && r.Executed == "":
		c.Report(p, "has no beginning: want executed, when an agent began, or started", "")
	case r.Started != "" && r.Executed != "" && d.Executed.Before(d.Started):
		c.Report(p.With("executed"), "is before started", "")
	case r.Finished != "" && d.Finished.Before(cmp.Or(d.Executed, d.Started)):
		c.Report(p.With("finished"), "is before the deployment began", "")
	case r.Finished == "" && r.Outcome != "":
		c.Report(p.With("outcome"), "has no outcome while it is running: want finished too", "")
	}
	to, ok := c.world.target(target{string(r.Project), string(r.Environment)})
	if !ok {
		c.Report(p, "no environment that the policy names is in the scope of all of its rules: want environment (and project)", "")
	}
	d.Project, d.ProjectID, d.Environment, d.EnvironmentID = to.project, to.project, to.environment, to.id()
	d.State, d.LifeCycle = ended(r)
	return d
}

// ended returns Bamboo's words for how a deployment ended.
func ended(r rawDeployment) (rules.State, rules.LifeCycle) {
	switch {
	case r.Finished == "" && r.Executed == "":
		return rules.StateUnknown, rules.LifeCycleQueued
	case r.Finished == "":
		return rules.StateUnknown, rules.LifeCycleInProgress
	}
	switch rules.Outcome(r.Outcome) {
	case rules.OutcomeFailed:
		return rules.StateFailed, rules.LifeCycleFinished
	case rules.OutcomeNotBuilt:
		return rules.StateUnknown, rules.LifeCycleNotBuilt
	case rules.OutcomeUnknown:
		return rules.StateUnknown, rules.LifeCycleFinished
	}
	return rules.StateSuccess, rules.LifeCycleFinished
}

// checkIDs refuses an id that two deployments have.
func (c *scenarioConverter) checkIDs(p diagnose.Path, deployments []rules.Deployment) {
	first := map[string]int{}
	for i, d := range deployments {
		if j, ok := first[d.ID]; ok {
			c.Report(p.With(strconv.Itoa(i)), fmt.Sprintf("has the id %q of deployments[%d]", d.ID, j), "")
			continue
		}
		first[d.ID] = i
	}
}

func (c *scenarioConverter) want(p diagnose.Path, r rawWant, deployments []rules.Deployment) Want {
	w := Want{
		WantStreak: c.wantStreak(p, rawWantRule{r.Weeks, r.Days, r.Since, r.Breach, r.Known, r.AtLeast}, deployments),
		Forbidden:  r.Forbidden,
	}
	if r.Rule != "" {
		w.Rule = &r.Rule
		c.checkRule(p.With("rule"), r.Rule)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Rules)) {
		at := p.With("rules").With(name)
		c.checkRule(at, name)
		if w.Rules == nil {
			w.Rules = map[string]WantStreak{}
		}
		w.Rules[name] = c.wantStreak(at, r.Rules[name], deployments)
	}
	return w
}

func (c *scenarioConverter) wantStreak(p diagnose.Path, r rawWantRule, deployments []rules.Deployment) WantStreak {
	w := WantStreak{Weeks: r.Weeks, Days: r.Days, Known: r.Known, AtLeast: r.AtLeast}
	if r.Since != "" {
		since := c.instant(p.With("since"), r.Since, c.zone)
		w.Since = &since
	}
	if r.Breach != nil {
		id := string(*r.Breach)
		w.Breach = &id
		if id != "" && !slices.ContainsFunc(deployments, func(d rules.Deployment) bool { return d.ID == id }) {
			c.Report(p.With("breach"), fmt.Sprintf("no deployment of this scenario has the id %q", id), "without an id it is the number in the list, 1 for the first")
		}
	}
	return w
}

// checkRule refuses a name that no rule of the policy has.
func (c *scenarioConverter) checkRule(p diagnose.Path, name string) {
	var names []string
	for _, r := range c.policy.Rules {
		if r.Name == name {
			return
		}
		names = append(names, r.Name)
	}
	c.Report(p, fmt.Sprintf("the policy has no rule %q", name), diagnose.SuggestOrList(name, names))
}
