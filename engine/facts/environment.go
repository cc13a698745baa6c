package facts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// mergeNames adds the environments of an answer that are not known, and gives the known ones
// their present names. Those that they had still match.
func (m *merging) mergeNames(list []source.Environment) {
	all := m.next.Environments
	for i := range list {
		if id := list[i].ID; m.next.Environment(id) == nil {
			all = append(all, source.KnownEnvironment{Environment: rules.Environment{Source: m.next.Name, ID: id}, FirstSeen: m.began})
		}
	}
	slices.SortStableFunc(all, func(a, b source.KnownEnvironment) int { return strings.Compare(a.ID, b.ID) })
	m.next.Environments = slices.CompactFunc(all, func(a, b source.KnownEnvironment) bool { return a.ID == b.ID })
	for i := range list {
		a, e := &list[i].Environment, m.next.Environment(list[i].ID)
		was := e.Environment
		e.Name, e.Project, e.ProjectID = cmp.Or(a.Name, was.Name), cmp.Or(a.Project, was.Project), cmp.Or(a.ProjectID, was.ProjectID)
		addFormer(e, append(slices.Clip(a.FormerNames), was.Name), append(slices.Clip(a.FormerProjects), was.Project, was.ProjectID))
		if old, is := title(&was), title(&e.Environment); old != is && was.Name != "" {
			m.note("renamed", e, is, "%s is now %s (id %s): rules that name either of them apply", old, is, e.ID)
		}
	}
}

// addFormer adds names that an environment and its project had.
func addFormer(e *source.KnownEnvironment, names, projects []string) {
	e.FormerNames = union(e.FormerNames, names, e.Name)
	e.FormerProjects = union(e.FormerProjects, projects, e.Project, e.ProjectID)
}

// union returns the texts of two lists, sorted, each once, without "" and the present ones.
func union(have, more []string, present ...string) (list []string) {
	for _, s := range slices.Concat(have, more) {
		if s != "" && !slices.Contains(present, s) && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return list
}

// title returns how people call an environment.
func title(e *rules.Environment) string {
	name := cmp.Or(e.Name, e.ID)
	if e.Project == "" {
		return name
	}
	return e.Project + "/" + name
}

// setCompleteFrom moves the instant from which an environment is complete. a says how it was
// read, r what its records are, and isNew that it limits nothing.
func (m *merging) setCompleteFrom(e *source.KnownEnvironment, a *source.Environment, r *extent, isNew bool) {
	if a.Reading == source.ReadNothing || r.short {
		return
	}
	from := minTime(a.From, m.now)
	if !from.IsZero() && from.Before(source.OldestDate) {
		from = r.oldest // a record that cannot be judged says nothing of the others
	}
	set, allNew := !e.CompleteFrom.IsZero() || e.Exhausted, r.allNew()
	first := !set || e.Partial // a first reading, or one that has begun again
	e.Partial = a.Reading == source.ReadPart && (first || allNew)
	at := e.CompleteFrom
	switch {
	case isNew && !e.Partial && !first: // it was empty
	case isNew && !e.Partial:
		e.CompleteFrom, e.Exhausted = time.Time{}, true
	case !set || !from.IsZero() && ((first || a.Deeper) && !from.After(at) || (allNew || a.Gap) && from.After(at)):
		e.CompleteFrom, e.Exhausted = from, a.Exhausted && !e.Partial
	}
	if a.Gap && !first && e.CompleteFrom.After(at) {
		stamp := e.CompleteFrom.Format(time.RFC3339)
		m.note("gap", e, stamp, "%s: what was deployed before %s and not read by then is lost, so it is known completely only from there",
			title(&e.Environment), stamp)
	}
}
