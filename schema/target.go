package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A target is where a deployment goes, by the names or ids that the files use.
type target struct{ source, project, environment string }

// id keeps environments of one name in different projects apart.
func (t target) id() string { return t.project + "/" + t.environment }

// A world is where deployments can go under a policy.
type world struct {
	rules   []rules.Rule
	sources []Source
	// named are the targets that the policy names and its sources read, those of
	// the rules first.
	named []target
}

// A scope limits sources, projects and environments; nil is all of them.
type scope struct{ sources, projects, environments []rules.Pattern }

func newWorld(policy *Config) world {
	w := world{rules: policy.Rules, sources: policy.Sources}
	for _, s := range policy.Sources {
		var projects, environments []string
		for _, of := range append(w.scopes(), scope{nil, s.Projects(), s.Environments()}) {
			projects = append(projects, samples(of.projects)...)
			environments = append(environments, samples(of.environments)...)
		}
		if len(projects) == 0 {
			projects = []string{"project"}
		}
		if len(environments) == 0 {
			environments = []string{"Production"}
		}
		for _, e := range environments {
			for _, p := range projects {
				if t := (target{s.Name, p, e}); w.reads(t) && !slices.Contains(w.named, t) {
					w.named = append(w.named, t)
				}
			}
		}
	}
	return w
}

// scopes returns those of the rules.
func (w *world) scopes() []scope {
	scopes := make([]scope, len(w.rules))
	for i, r := range w.rules {
		scopes[i] = scope{r.Sources, r.Projects, r.Environments}
	}
	return scopes
}

// reads reports whether the target's source, or any if it names none, reads what is deployed
// to it.
func (w *world) reads(t target) bool { return w.reader(t) != "" }

// reader returns the name of the source that reads what is deployed to the target, or "". Where
// one side has an id and the other may have a name, a source does.
func (w *world) reader(t target) string {
	for _, s := range w.sources {
		if (t.source == "" || t.source == s.Name) && mayMatch(s.Projects(), t.project) && mayMatch(s.Environments(), t.environment) {
			return s.Name
		}
	}
	return ""
}

func mayMatch(patterns []rules.Pattern, text string) bool {
	return matches(patterns, text) || isID(text) ||
		slices.ContainsFunc(patterns, func(p rules.Pattern) bool { return isID(p.String()) })
}

func isID(text string) bool {
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil
}

// has reports whether the target is in the scope.
func (s scope) has(t target) bool {
	return matches(s.sources, t.source) && matches(s.projects, t.project) && matches(s.environments, t.environment)
}

func matches(patterns []rules.Pattern, text string) bool {
	return patterns == nil || slices.ContainsFunc(patterns, func(p rules.Pattern) bool { return p.Match(text) })
}

// target completes what a deployment does not say with the first target that the
// policy names and that is in the scope of all rules.
func (w *world) target(t target) (target, bool) {
	if t.project != "" && t.environment != "" {
		t.source = cmp.Or(w.reader(t), t.source)
		return t, true
	}
	for _, n := range w.candidates(t) {
		if !slices.ContainsFunc(w.scopes(), func(s scope) bool { return !s.has(n) }) {
			return n, true
		}
	}
	// With an environment of its own it may be one that the rules leave alone, or that an expression names.
	if of := append(w.candidates(t), target{t.source, cmp.Or(t.project, "project"), t.environment}); t.environment != "" {
		of[0].source = cmp.Or(w.reader(of[0]), of[0].source)
		return of[0], len(of) > 1 || w.reads(of[0])
	}
	return t, false
}

// candidates returns the named targets with what t says put in.
func (w *world) candidates(t target) []target {
	var list []target
	for _, n := range w.named {
		if t.source != "" {
			n.source = t.source
		}
		if t.project != "" {
			n.project = t.project
		}
		if t.environment != "" {
			n.environment = t.environment
		}
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// environments returns those that the deployments went to, with these, and for each rule
// that applies to none of them one that it does apply to. What the source does not read
// is left out. All are known completely from an instant on; zero means that nothing is
// known.
func (w *world) environments(deployments []rules.Deployment, from time.Time) []rules.Environment {
	var there []target
	add := func(t target) {
		if w.reads(t) && !slices.Contains(there, t) {
			there = append(there, t)
		}
	}
	for _, d := range deployments {
		add(target{d.Source, d.Project, d.Environment})
	}
	for _, s := range w.scopes() {
		if slices.ContainsFunc(there, s.has) {
			continue
		}
		if i := slices.IndexFunc(w.named, s.has); i >= 0 {
			add(w.named[i])
		}
	}
	environments := make([]rules.Environment, len(there))
	for i, t := range there {
		environments[i] = rules.Environment{
			Source: t.source, ID: t.id(), Name: t.environment, ProjectID: t.project, Project: t.project, CompleteFrom: from,
		}
		for _, d := range deployments {
			if d.Source == t.source && d.EnvironmentID == t.id() {
				environments[i].Deployments = append(environments[i].Deployments, d)
			}
		}
	}
	return environments
}

// samples returns a name for each pattern for which one is known: a name itself, and the usual ones for
// an expression.
func samples(patterns []rules.Pattern) (names []string) {
	for _, p := range patterns {
		for _, name := range []string{p.String(), "Production", "project"} {
			if p.Match(name) && !strings.HasPrefix(name, "/") {
				names = append(names, name)
				break
			}
		}
	}
	return names
}
