package facts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// environments takes in the environments of an answer: those that are not known are added,
// and the known ones have the names that their source says now. Those that they had stay,
// so that what goes by one of them still matches.
func (m *merging) environments(list []source.Environment) {
	var added []source.KnownEnvironment
	for i := range list {
		a := &list[i].Environment
		if e := m.next.Environment(a.ID); e != nil {
			was := e.Environment
			e.Name, e.Project, e.ProjectID = cmp.Or(a.Name, was.Name), cmp.Or(a.Project, was.Project), cmp.Or(a.ProjectID, was.ProjectID)
			former(e, append(slices.Clip(a.FormerNames), was.Name), append(slices.Clip(a.FormerProjects), was.Project, was.ProjectID))
			if old, is := title(&was), title(&e.Environment); old != is {
				m.note("renamed", e, is, "%s is now %s (id %s): rules that name either of them apply", old, is, e.ID)
			}
			continue
		}
		e := source.KnownEnvironment{FirstSeen: m.began}
		e.Source, e.ID = m.next.Name, a.ID
		e.Name, e.ProjectID, e.Project = a.Name, a.ProjectID, a.Project
		former(&e, a.FormerNames, a.FormerProjects)
		added = append(added, e)
	}
	all := append(m.next.Environments, added...)
	slices.SortStableFunc(all, func(a, b source.KnownEnvironment) int { return strings.Compare(a.ID, b.ID) })
	m.next.Environments = slices.CompactFunc(all, func(a, b source.KnownEnvironment) bool { return a.ID == b.ID })
}

// former adds names that an environment and its project had.
func former(e *source.KnownEnvironment, names, projects []string) {
	e.FormerNames = union(e.FormerNames, names, e.Name)
	e.FormerProjects = union(e.FormerProjects, projects, e.Project, e.ProjectID)
}

// union returns the texts of two lists in order, each once, without "" and the present
// ones; nil if there is none.
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

// cover moves the instant from which an environment is complete. a says how it was read,
// r what its records mean, or those of the one list that it is of, and isNew that it limits
// nothing.
func (m *merging) cover(e *source.KnownEnvironment, a *source.Environment, r *reading, isNew bool) {
	if a.Reading == source.ReadNothing || r.short {
		return
	}
	from := earlier(a.From, m.now)
	if !from.IsZero() && from.Before(oldestDate) {
		from = r.oldest // a record that cannot be judged says nothing about the others
	}
	set, anew := !e.CompleteFrom.IsZero() || e.Exhausted, r.anew()
	first := !set || e.Partial // a first reading, or one that has begun anew
	e.Partial = a.Reading == source.ReadPart && (first || anew)
	switch at := e.CompleteFrom; {
	case isNew && !e.Partial && !first: // it was empty
	case isNew && !e.Partial:
		e.CompleteFrom, e.Exhausted = time.Time{}, true
	case !set || !from.IsZero() && ((first || a.Deeper) && !from.After(at) || anew && from.After(at)):
		e.CompleteFrom, e.Exhausted = from, a.Exhausted && !e.Partial
	}
}
