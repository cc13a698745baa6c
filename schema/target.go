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

// or returns the target with what it does not say as another has it.
func (t target) or(n target) target {
	return target{cmp.Or(t.source, n.source), cmp.Or(t.project, n.project), cmp.Or(t.environment, n.environment)}
}

// A world is where deployments can go under a policy.
type world struct {
	policy *Config
	// named are the targets that the policy names and its sources read, those of
	// the rules first.
	named []target
}

func newWorld(policy *Config) *world {
	w := &world{policy: policy}
	var projects, environments []rules.Pattern
	for _, r := range policy.Rules {
		projects = append(projects, r.Projects...)
		environments = append(environments, r.Environments...)
	}
	for _, s := range policy.Sources {
		for _, e := range samples(slices.Concat(environments, s.Environments), "Production") {
			for _, p := range samples(slices.Concat(projects, s.Projects), "project") {
				if t := (target{s.Name, p, e}); w.reader(t) != "" && !slices.Contains(w.named, t) {
					w.named = append(w.named, t)
				}
			}
		}
	}
	return w
}

// reader returns the name of the source that reads what is deployed to the target, or "". Where
// one side has an id and the other may have a name, a source does.
func (w *world) reader(t target) string {
	for _, s := range w.policy.Sources {
		if (t.source == "" || t.source == s.Name) && mayMatch(s.Projects, t.project) && mayMatch(s.Environments, t.environment) {
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

// isFor reports whether a rule applies to the target.
func (t target) isFor(r rules.Rule) bool {
	return matches(r.Sources, t.source) && matches(r.Projects, t.project) && matches(r.Environments, t.environment)
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
	for _, n := range w.named {
		n = t.or(n)
		if !slices.ContainsFunc(w.policy.Rules, func(r rules.Rule) bool { return !n.isFor(r) }) {
			return n, true
		}
	}
	if t.environment == "" {
		return t, false
	}
	// It may be one that the rules leave alone, or that an expression names.
	if len(w.named) > 0 {
		t = t.or(w.named[0])
	}
	t = t.or(target{project: "project"})
	reader := w.reader(t)
	t.source = cmp.Or(reader, t.source)
	return t, len(w.named) > 0 || reader != ""
}

// environments returns those that the deployments went to, with these, and for each rule
// that applies to none of them one that it does apply to. What the source does not read
// is left out. All are known completely from an instant on; zero means that nothing is
// known.
func (w *world) environments(deployments []rules.Deployment, from time.Time) []rules.Environment {
	var there []target
	for _, d := range deployments {
		if t := (target{d.Source, d.Project, d.Environment}); w.reader(t) != "" && !slices.Contains(there, t) {
			there = append(there, t)
		}
	}
	for _, r := range w.policy.Rules {
		applies := func(t target) bool { return t.isFor(r) }
		if i := slices.IndexFunc(w.named, applies); i >= 0 && !slices.ContainsFunc(there, applies) {
			there = append(there, w.named[i])
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
// an expression. Without any it is the one given.
func samples(patterns []rules.Pattern, without string) (names []string) {
	for _, p := range patterns {
		for _, name := range []string{p.String(), "Production", "project"} {
			if p.Match(name) && !strings.HasPrefix(name, "/") {
				names = append(names, name)
				break
			}
		}
	}
	if names == nil {
		return []string{without}
	}
	return names
}
