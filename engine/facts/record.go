package facts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A record is what a source says of an id.
type record struct {
	*rules.Deployment     // with the id alone if it has vanished, or could not be read
	order             int // in the source's list
	vanished          bool
	fault             *source.Unusable // why it cannot be judged
	known             bool             // it is not of the answer, but was known before
}

// records returns the records of an answer by environment.
func (m *merging) records(a *source.Answer) map[string][]record {
	parts := map[string][]record{}
	for i := range a.Deployments {
		d := &a.Deployments[i]
		parts[d.EnvironmentID] = append(parts[d.EnvironmentID], record{Deployment: d, order: i, fault: unusable(d, m.now)})
	}
	for i := range a.Unusable {
		u := &a.Unusable[i]
		parts[u.EnvironmentID] = append(parts[u.EnvironmentID], record{Deployment: &rules.Deployment{ID: u.ID}, fault: u})
	}
	for _, ref := range a.Vanished {
		parts[ref.EnvironmentID] = append(parts[ref.EnvironmentID], record{Deployment: &rules.Deployment{ID: ref.ID}, vanished: true})
	}
	return parts
}

// isPlanned reports whether nothing happened yet. A planned deployment is no fault; it is not
// known until it begins.
func isPlanned(d *rules.Deployment, now time.Time) bool {
	return d.Executed.IsZero() && !d.Final() && d.Started.After(now)
}

// unusable returns why a record cannot be judged, or nil.
func unusable(d *rules.Deployment, now time.Time) *source.Unusable {
	for i, at := range [...]time.Time{d.Started, d.Executed, d.Finished} {
		hint := ""
		switch {
		case at.IsZero():
			continue
		case at.Before(source.OldestDate) && at.UTC().Year() == 1970:
			hint = "milliseconds?"
		case at.Before(source.OldestDate):
		case source.IsAhead(at, now) && !isPlanned(d, now):
			hint = "it lies ahead of this machine's clock"
		default:
			continue
		}
		field := [...]string{"started", "executed", "finished"}[i]
		return &source.Unusable{EnvironmentID: d.EnvironmentID, ID: d.ID, Field: field, Value: source.TextOf(stamp(at), 40), Hint: hint}
	}
	if d.Start().IsZero() && d.Final() && (d.State == rules.StateSuccess || d.State == rules.StateFailed) {
		return &source.Unusable{EnvironmentID: d.EnvironmentID, ID: d.ID, Field: "started", Hint: "it has a result and no date"}
	}
	return nil
}

// An extent is what the records of a list say about how far back its environments are known.
type extent struct {
	whole  bool      // the list was read down to what is known
	read   bool      // it has usable records
	known  bool      // one of them was known before
	short  bool      // something was refused
	oldest time.Time // start of the oldest usable record that ran
}

// allNew reports whether a list has runs, but none that was known.
func (r *extent) allNew() bool { return r.read && !r.known }

// mergeEnvironment merges the records of one environment, and adds them to the extent r.
func (m *merging) mergeEnvironment(e *source.KnownEnvironment, list []record, r *extent) {
	refused, faults := m.refused, map[string]source.Unusable{}
	for _, u := range e.Unusable {
		if u.ID != "" || !r.whole { // without an id nobody could except it once it is gone
			faults[u.ID] = u
		}
	}
	var names, projects []string // which older records have
	usable := list[:0]
	for _, d := range list {
		if d.fault != nil {
			faults[d.ID] = *d.fault
			continue
		}
		usable = append(usable, d)
		if d.vanished {
			continue
		}
		delete(faults, d.ID)
		if d.Environment != e.Name || d.Project != e.Project {
			names, projects = append(names, d.Environment), append(projects, d.Project)
		}
		r.read = r.read || !isPlanned(d.Deployment, m.now)
		if d.Ran() && (r.oldest.IsZero() || d.Start().Before(r.oldest)) {
			r.oldest = d.Start()
		}
	}
	addFormer(e, names, projects)
	m.setUnusable(e, faults)
	m.mergeRecords(e, usable, r)
	r.short = r.short || m.refused > refused
}

// setUnusable sets the unusable records of an environment, and notes new ones.
func (m *merging) setUnusable(e *source.KnownEnvironment, faults map[string]source.Unusable) {
	list := slices.SortedFunc(maps.Values(faults), func(a, b source.Unusable) int { return strings.Compare(a.ID, b.ID) })
	if len(list) > maxUnusable {
		m.refused += len(list) - maxUnusable
		list = list[:maxUnusable]
	}
	for _, u := range list {
		if slices.Contains(e.Unusable, u) {
			continue
		}
		why := fmt.Sprintf("%s is %q", u.Field, u.Value)
		if u.Hint != "" {
			why += " (hint: " + u.Hint + ")"
		}
		m.note("record", e, u.ID+" "+u.Field, "deployment %s of %s cannot be judged, because %s", cmp.Or(u.ID, "without an id"), title(&e.Environment), why)
	}
	e.Unusable = list
}

// mergeRecords merges records of an environment with its deployments. Those that are imported,
// or follow from others, say nothing of other runs of their ids.
func (m *merging) mergeRecords(e *source.KnownEnvironment, list []record, r *extent) {
	for adds := m.imports; len(list) > 0; adds = true {
		slices.SortFunc(list, func(a, b record) int { return strings.Compare(a.ID, b.ID) })
		var ofID []record
		runs, dropped, rest := len(m.changes.Runs), len(m.changes.Dropped), e.Deployments
		for len(list) > 0 {
			id := list[0].ID
			ofID = ofID[:0]
			at := sort.Search(len(rest), func(i int) bool { return rest[i].ID >= id })
			for rest = rest[at:]; len(rest) > 0 && rest[0].ID == id; rest = rest[1:] {
				ofID = append(ofID, record{Deployment: &rest[0], known: true, order: -1})
			}
			for ; len(list) > 0 && list[0].ID == id; list = list[1:] {
				ofID = append(ofID, list[0])
			}
			m.mergeID(e, ofID, r, adds)
		}
		e.Deployments = apply(e.Deployments, m.changes.Runs[runs:], m.changes.Dropped[dropped:])
		list, m.extra = m.extra, nil
	}
}

// apply returns deployments after changes; all lists are ordered by [source.CompareRuns].
func apply(old, changed, dropped []rules.Deployment) []rules.Deployment {
	if len(changed)+len(dropped) == 0 {
		return old
	}
	list := make([]rules.Deployment, 0, len(old)+len(changed))
	for _, d := range old {
		for len(changed) > 0 && source.CompareRuns(changed[0], d) < 0 {
			list, changed = append(list, changed[0]), changed[1:]
		}
		switch {
		case len(changed) > 0 && source.CompareRuns(changed[0], d) == 0: // it takes its place
		case len(dropped) > 0 && source.CompareRuns(dropped[0], d) == 0:
			dropped = dropped[1:]
		default:
			list = append(list, d)
		}
	}
	return append(list, changed...)
}
