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

// scenarios turns the evaluated file into Scenarios for a policy, and finds what
// CUE cannot say.
func (f *file) scenarios(policy *Config) []Scenario {
	r, err := fieldsOf(f.Value)
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
	c := scenarioConverter{file: f, policy: policy, world: newWorld(policy)}
	var raw struct{ Scenarios []rawScenario }
	f.decode(nil, r, reflect.ValueOf(&raw).Elem(), zone)
	var scenarios []Scenario
	for _, r := range raw.Scenarios {
		scenarios = append(scenarios, c.scenario(r))
	}
	slices.SortStableFunc(scenarios, func(a, b Scenario) int {
		return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
	return scenarios
}

// A rawScenario is a scenario as the file says it.
type rawScenario struct {
	Name          string
	Deployments   []rawDeployment
	KnownFrom, At time.Time
	Want          Want
	Position      rules.Position
}

type rawDeployment struct {
	Started, Executed, Finished  time.Time
	Outcome                      rules.Outcome
	ID, Version                  string
	Source, Project, Environment string
}

// A scenarioConverter has what all scenarios of a file share.
type scenarioConverter struct {
	*file
	policy *Config
	world  world
}

func (c *scenarioConverter) scenario(r rawScenario) Scenario {
	at := diagnose.Path{"scenarios", r.Name}
	var deployments []rules.Deployment
	for i, d := range r.Deployments {
		p := at.With("deployments").With(strconv.Itoa(i))
		deployments = append(deployments, c.deployment(p, i, d))
	}
	c.checkIDs(at.With("deployments"), deployments)
	c.checkWant(at.With("want"), r.Want, deployments) // it may name what is not seen
	return Scenario{
		Name: r.Name, At: r.At, Want: r.Want, Position: r.Position,
		Environments: c.world.environments(deployments, cmp.Or(r.KnownFrom, oldest(deployments))),
	}
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
		ID: cmp.Or(r.ID, strconv.Itoa(i+1)), Version: r.Version,
		Started: r.Started, Executed: r.Executed, Finished: r.Finished,
	}
	began := cmp.Or(r.Executed, r.Started)
	switch {
	case c.FoundBelow(p): // a time that there is not
	case began.IsZero():
		c.Report(p, "has no beginning: want executed, when an agent began, or started", "")
	case began.Before(r.Started):
		c.Report(p.With("executed"), "is before started", "")
	case !r.Finished.IsZero() && r.Finished.Before(began):
		c.Report(p.With("finished"), "is before the deployment began", "")
	case r.Finished.IsZero() && r.Outcome != "":
		c.Report(p.With("outcome"), "has no outcome while it is running: want finished too", "")
	}
	to, ok := c.world.target(target{r.Source, r.Project, r.Environment})
	if !ok {
		c.Report(p, "no environment that the policy names is in the scope of all of its rules: want environment (and project)", "")
	}
	d.Source = to.source
	d.Project, d.ProjectID, d.Environment, d.EnvironmentID = to.project, to.project, to.environment, to.id()
	d.State, d.LifeCycle = ended(r)
	return d
}

// ended returns Bamboo's words for how a deployment ended.
func ended(r rawDeployment) (rules.State, rules.LifeCycle) {
	switch {
	case r.Finished.IsZero() && r.Executed.IsZero():
		return rules.StateUnknown, rules.LifeCycleQueued
	case r.Finished.IsZero():
		return rules.StateUnknown, rules.LifeCycleInProgress
	}
	switch r.Outcome {
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

// checkWant refuses what is wanted of rules and deployments that there are not.
func (c *scenarioConverter) checkWant(p diagnose.Path, w Want, deployments []rules.Deployment) {
	if w.Rule != nil {
		c.checkRule(p.With("rule"), *w.Rule)
	}
	c.checkBreach(p, w.WantStreak, deployments)
	for name, w := range w.Rules {
		c.checkRule(p.With("rules").With(name), name)
		c.checkBreach(p.With("rules").With(name), w, deployments)
	}
}

func (c *scenarioConverter) checkBreach(p diagnose.Path, w WantStreak, deployments []rules.Deployment) {
	isBreach := func(d rules.Deployment) bool { return d.ID == *w.Breach }
	if w.Breach != nil && *w.Breach != "" && !slices.ContainsFunc(deployments, isBreach) {
		c.Report(p.With("breach"), fmt.Sprintf("no deployment of this scenario has the id %q", *w.Breach),
			"without an id it is the number in the list, 1 for the first")
	}
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
