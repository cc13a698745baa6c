package engine

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Status is what the loop knows, for those who watch it. It shares nothing that
// the loop changes.
type Status struct {
	Policy   *Policy // in force; nil until a file was accepted
	Verdict  Verdict
	Pages    []schema.Page // with their texts; nil: the bare number stands for them
	PagesErr error         // why the pages cannot be shown; mostly nil
	Level    led.Level     // of the glass
	Every    time.Duration // interval of the polls now; 0 until a file was accepted
	Stale    bool          // the number of some rule in force may be out of date
	// Because says why, by rule in force.
	Because map[string][]facts.Reason
	Good    time.Time // when the last poll began that read all sources; zero: none did
	Polls   []PollStatus
	Faulty  []string // displays that do not work
	Refused error    // why the last saved file is not in force; nil when it is
	// FileWarning says why changes to the file may be noticed late (inotify does not work) or
	// never ([watch.ErrReplaced]: what is in force may not be what was saved); mostly nil.
	FileWarning error
	Store       error // why the history cannot be used; nil when it can

	// Known is what is known of the policy's sources, and Environments what is judged
	// of it. They do not change any more.
	Known        []source.Known
	Environments []rules.Environment
	Reloads      Reloads
	Clock        ClockState
}

// A PolicyChange is a policy that came into force, and the one before it.
type PolicyChange struct {
	Old, New           *Policy // Old is nil for the first one
	OldPages, NewPages []schema.Page
	Before, After      Verdict
	Known              []source.Known // from which New judged After
}

// PollStatus is how a source was polled last.
type PollStatus struct {
	Source string
	Err    error // why it could not be read whole; nil when it could
}

// Reloads counts what became of saved files since the start.
type Reloads struct {
	Accepted uint64
	Refused  uint64
	// Last is when a file came into force; zero: none yet.
	Last time.Time
	// RefusedSince is when the first file was refused since one was accepted.
	RefusedSince time.Time
}

// Trouble returns why a poll failed and of which kind that is; nil where none did. Of
// several sources it is the one whose symbol is shown.
func (s *Status) Trouble() (kind source.Kind, err error) {
	for _, p := range s.Polls {
		if k := source.KindOf(p.Err); err == nil || k > kind {
			kind, err = k, p.Err
		}
	}
	return kind, err
}

// Symbol returns what stands for the number, or takes turns with it; [led.Unknown]: nothing
// does.
func (s *Status) Symbol() led.Symbol {
	kind, _ := s.Trouble()
	switch {
	case s.Policy == nil && s.Refused != nil:
		return led.ConfigError
	case s.Policy == nil:
		return led.Unknown
	case kind == source.Login:
		return led.AuthError
	case s.Clock != ClockTrusted:
		return led.ClockError
	case kind == source.Missing, s.StaleFor("gone"), s.StaleFor("scope"):
		return led.Environment
	}
	return led.Unknown
}

// StaleFor reports whether a rule is stale for a reason of that kind.
func (s *Status) StaleFor(kind string) bool {
	for _, reasons := range s.Because {
		if slices.ContainsFunc(reasons, func(r facts.Reason) bool { return r.Kind == kind }) {
			return true
		}
	}
	return false
}

// Marks returns those in the corners of the glass: how far the number and the picture can
// be relied on.
func (s *Status) Marks() (list []led.Mark) {
	if s.Stale {
		list = append(list, led.Stale)
	}
	if s.Refused != nil || s.PagesErr != nil {
		list = append(list, led.Refused)
	}
	if s.Faulty != nil {
		list = append(list, led.Faulty)
	}
	if s.Verdict.Lead.Known && s.Verdict.Lead.AtLeast {
		list = append(list, led.AtLeast)
	}
	return list
}

// report brings the status up to date and hands it on, when something of it changed.
func (l *loop) report() {
	s := &l.status
	faulty := l.glass.Faulty()
	if !l.changed && l.schedule.level == s.Level && l.schedule.every == s.Every && slices.Equal(faulty, s.Faulty) {
		return
	}
	l.changed = false
	s.Level, s.Every = l.schedule.level, l.schedule.every
	s.Clock, s.Stale, s.Faulty = l.guard.status(), len(s.Because) > 0, faulty
	if p := l.policy; p != nil {
		if s.Policy, s.Pages, s.PagesErr = p.Policy, p.pages, p.pagesErr; p.pagesErr != nil || !p.live.Streak.Known {
			s.Pages = nil // they cannot be shown, or are of a number that was not known
		}
		s.Known, s.Polls = p.known(l.known()), nil
		oldest := func(a, b source.Known) int { return a.Good.Compare(b.Good) }
		s.Good = slices.MinFunc(s.Known, oldest).Good
		for _, p := range l.polls {
			s.Polls = append(s.Polls, PollStatus{p.Name, p.err})
		}
	}
	l.o.Report(*s)
}
