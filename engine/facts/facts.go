// Package facts decides what is known of a source. [Merge] adds what a poll brought;
// [Import] and [Retire] do what a person asks for; [Stale] says what may be missing.
//
// All functions are pure: they read no clock, do no I/O, and do not change their arguments.
// Results share the parts that stayed the same, so other goroutines may go on reading the
// old value. The rules are the rows of TestKnown.
package facts

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

const (
	maxNotes    = 50   // of one merge; the last one says how many more there were
	maxFailure  = 300  // bytes of an error that are kept
	maxUnusable = 1000 // records of an environment that are named
)

// A Poll is what one poll of a source brought, and when.
type Poll struct {
	Answer    source.Answer
	Err       error            // why the answer is not whole, as [source.Source] returned it
	Began     time.Time        // when the poll began
	Now       time.Time        // when it ended, by a trusted clock
	Selection source.Selection // what the source was asked for
	Interval  time.Duration    // until the next poll; what was read two of them ago is stale
	Room      int              // how many runs may be added; others are refused
}

// Merge adds what a poll brought to what is known. It returns what is known now, what has
// to be written, and notes for a person, besides those of the answer. Merging an answer
// twice changes nothing but the instants of polls.
func Merge(known source.Known, p Poll) (source.Known, source.Changes, []source.Note) {
	m := newMerging(known, p.Began, p.Now, p.Room)
	a := &p.Answer
	m.oneList = a.OneList
	whole := a.Listed || a.OneList
	for _, one := range a.Environments {
		whole = whole && one.Reading == source.ReadWhole
	}
	failed := func(id string) bool {
		return slices.ContainsFunc(source.All(p.Err), func(e *source.Error) bool { return e.EnvironmentID == id })
	}
	extents, unlisted := m.mergeAnswer(a)
	// Another file may have had lines before that were never read.
	replaced := a.OneList && len(extents) > 0 && extents[0].allNew() && known.Size() > 0
	fresh := known.Selection == p.Selection.String() && recent(known.Good, m.began, 2*p.Interval) && !replaced
	var others *source.Environment // how those were read that a file does not mention
	if a.OneList && whole {
		if others = (&source.Environment{Reading: source.ReadWhole}); len(a.Environments) > 0 {
			others = &a.Environments[0]
		}
	}
	for i, r := range extents {
		e := &m.next.Environments[i]
		selected := p.Selection.Has(&e.Environment)
		switch one := cmp.Or(m.answered[e.ID], others); {
		case one != nil:
			m.setCompleteFrom(e, one, r, fresh && !one.Gap && isNew(known.Environment(e.ID), known.Good))
			if one.Reading == source.ReadWhole && !r.short && !failed(e.ID) && (selected || one != others) {
				e.Read = m.began
			}
			e.Gone, e.Retired = false, false
		case a.Listed && !e.Gone && selected:
			e.Gone = true
			m.note("gone", e, "", "%s is not listed by its source any more: what is known of it stays, and it is stale (hint: if it is gone for good, run: %s)", title(&e.Environment), retireLine(e.ID))
		}
	}
	m.setOutcome(&p, whole, unlisted)
	return m.finish(known)
}

// mergeAnswer merges the environments and records of an answer. It returns the extent of the
// records of each environment, and how many unlisted environments there were records of.
func (m *merging) mergeAnswer(a *source.Answer) (extents []*extent, unlisted int) {
	m.mergeNames(a.Environments)
	records, list := m.records(a), new(extent)
	for i := range a.Environments {
		m.answered[a.Environments[i].ID] = &a.Environments[i]
	}
	for i := range m.next.Environments {
		if !a.OneList {
			list = new(extent)
		}
		e := &m.next.Environments[i]
		one := m.answered[e.ID]
		list.whole = one != nil && one.Reading == source.ReadWhole
		m.mergeEnvironment(e, records[e.ID], list)
		delete(records, e.ID)
		extents = append(extents, list)
	}
	return extents, len(records)
}

// isNew reports whether the complete poll at good lacked an environment, or saw it empty.
func isNew(was *source.KnownEnvironment, good time.Time) bool {
	return was == nil || !was.Gone && len(was.Unusable) == 0 &&
		(len(was.Deployments) == 0 || was.Partial && was.FirstSeen.After(good))
}

// setOutcome sets when the source was read, or why it was not. whole says that every
// environment was read.
func (m *merging) setOutcome(p *Poll, whole bool, unlisted int) {
	n := &m.next
	n.Failed = m.began
	switch {
	case m.refused > 0:
		n.Failure = fmt.Sprintf("there is no room for %d more runs, because one policy keeps only so many (hint: let the source select less)", m.refused)
	case unlisted > 0:
		n.Failure = fmt.Sprintf("there are records of %d environments that the source does not list: they were left out", unlisted)
	case p.Err != nil:
		n.Failure = source.TextOf(strings.ReplaceAll(p.Err.Error(), "\n", "; "), maxFailure)
	case p.Answer.More:
		n.Failure = "the first reading is not at its end"
	case !whole:
		n.Failure = "not every environment was read"
	default:
		n.Failed, n.Failure = time.Time{}, ""
		n.Good, n.Selection = m.began, p.Selection.String()
		n.FirstRead = cmp.Or(n.FirstRead, m.began)
	}
	n.FirstRead = minTime(n.FirstRead, m.now) // a clock that was ahead may have noted it
}

// A merging is the state of one merge.
type merging struct {
	next     source.Known // its Environments are a copy, but share what they hold
	began    time.Time
	now      time.Time
	room     int                            // how many runs may be added
	oneList  bool                           // as in [source.Answer]
	answered map[string]*source.Environment // of the answer, by id
	imports  bool                           // a person adds to what is known
	changes  source.Changes
	notes    []source.Note
	extra    []record // runs that follow from those of the present environment
	refused  int      // runs and records that there was no room for
}

func newMerging(known source.Known, began, now time.Time, room int) *merging {
	m := &merging{next: known, now: now.Round(0), room: max(0, room), answered: map[string]*source.Environment{}}
	m.began = minTime(began.Round(0), m.now)
	m.next.Environments = slices.Clone(known.Environments)
	m.changes.Key = known.Key
	return m
}

// finish returns the result, and what changed against before.
func (m *merging) finish(before source.Known) (source.Known, source.Changes, []source.Note) {
	n := &m.next
	// The text of a failure may differ each time, and is not worth a write.
	m.changes.Source = !n.FirstRead.Equal(before.FirstRead) || n.Selection != before.Selection || (n.Failure == "") != (before.Failure == "")
	for i := range n.Environments {
		is := n.Environments[i]
		was := before.Environment(is.ID)
		if was == nil || !sameEnvironment(*was, is) {
			m.changes.Environments = append(m.changes.Environments, is.ID)
		}
	}
	if more := len(m.notes) - maxNotes; more > 0 {
		m.notes = append(m.notes[:maxNotes], source.Note{Topic: "more " + n.Name, Text: fmt.Sprintf("%d more oddities are not listed", more)})
	}
	return m.next, m.changes, m.notes
}

// sameEnvironment reports whether nothing but the deployments and Read differs.
func sameEnvironment(a, b source.KnownEnvironment) bool {
	a.Deployments, a.Read, b.Deployments, b.Read = nil, time.Time{}, nil, time.Time{}
	return reflect.DeepEqual(a, b)
}

// note adds a note, which is logged once for each kind, environment and id.
func (m *merging) note(kind string, e *source.KnownEnvironment, id, format string, args ...any) {
	topic := strings.TrimRight(strings.Join([]string{kind, m.next.Name, e.ID, id}, " "), " ")
	m.notes = append(m.notes, source.Note{Topic: topic, Text: fmt.Sprintf(format, args...)})
}

// recent reports whether an instant is less than within ago. One that lies ahead counts as
// now, and the zero Time as never.
func recent(noted, now time.Time, within time.Duration) bool {
	return !noted.IsZero() && now.Sub(noted) < within
}
