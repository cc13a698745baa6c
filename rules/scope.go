package rules

import "sync/atomic"

// A scope says to which environments a rule applies. It remembers its answers,
// since a regular expression costs more than all else of a judgement and there
// are few environments. It may be used from any goroutine.
type scope struct {
	projects     []Pattern
	environments []Pattern
	remember     bool // some pattern is a regular expression
	answers      atomic.Pointer[[]scopeAnswer]
}

type scopeAnswer struct {
	place
	in bool
}

// maxAnswers bounds what a scope remembers.
const maxAnswers = 16

func newScope(r *Rule) *scope {
	s := &scope{projects: r.Projects, environments: r.Environments}
	for _, list := range [][]Pattern{r.Projects, r.Environments} {
		for _, p := range list {
			s.remember = s.remember || p.re != nil
		}
	}
	return s
}

// has reports whether the rule applies.
func (s *scope) has(p place) bool {
	if !s.remember {
		return s.matches(p)
	}
	answers := s.answers.Load()
	if answers == nil {
		answers = &[]scopeAnswer{}
	}
	for i := range *answers {
		if a := &(*answers)[i]; a.place == p {
			return a.in
		}
	}
	in := s.matches(p)
	if len(*answers) < maxAnswers {
		more := append((*answers)[:len(*answers):len(*answers)], scopeAnswer{p.clone(), in})
		s.answers.Store(&more) // another's answer may be lost, and is found again
	}
	return in
}

func (s *scope) matches(p place) bool {
	return anyMatches(s.projects, p.projectID, p.project) && anyMatches(s.environments, p.environmentID, p.environment)
}

func anyMatches(patterns []Pattern, id, name string) bool {
	for i := range patterns {
		if patterns[i].MatchAny(id, name) {
			return true
		}
	}
	return patterns == nil
}
