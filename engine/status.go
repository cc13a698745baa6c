package engine

import (
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
	Policy  *Policy // in force; nil until a file was accepted
	Verdict Verdict
	Pages   []schema.Page // with their texts
	Level   led.Level     // of the glass
	Stale   bool          // the number of some rule in force may have been overtaken
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

	// Facts is another number whenever more or something else is known.
	Facts uint64
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
	Known              []source.Known // of which New makes After
}

// PollStatus is how a source was polled last.
type PollStatus struct {
	Source string
	Err    error       // why it could not be read whole; nil when it could
	Kind   source.Kind // of Err
	Good   time.Time   // when the last poll without an error began since the start; zero: none
}

// Reloads counts what became of saved files since the start.
type Reloads struct {
	Accepted uint64
	Refused  uint64
	// Last is when a file came into force; zero: none yet.
	Last time.Time
}

// Trouble returns why a poll failed and of which kind that is; nil where none did. Of
// several sources it is the one whose symbol is shown.
func (s *Status) Trouble() (kind source.Kind, err error) { return trouble(s.Polls) }

func trouble(polls []PollStatus) (kind source.Kind, err error) {
	for _, p := range polls {
		if p.Err != nil && (err == nil || p.Kind > kind) {
			kind, err = p.Kind, p.Err
		}
	}
	return kind, err
}

func (l *loop) status() Status {
	s := Status{
		Faulty: l.faulty(), Refused: l.reload.refused, FileWarning: l.reload.warning, Store: l.saving.err,
		Verdict: l.verdict, Level: l.level, Facts: l.facts, Reloads: l.reloads, Clock: l.guard.status(),
	}
	if l.policy == nil {
		return s
	}
	s.Policy, s.Pages, s.Good = l.policy.Policy, l.policy.pages, l.lastGoodPoll(l.policy)
	s.Stale, s.Because, s.Environments = len(l.because) > 0, l.because, l.environments
	for _, key := range l.policy.Keys() {
		s.Known = append(s.Known, l.source(key).known)
	}
	s.Polls = l.pollStatus()
	return s
}

func (l *loop) pollStatus() (list []PollStatus) {
	for _, p := range l.polls {
		list = append(list, PollStatus{p.Name, p.err, source.KindOf(p.err), p.good})
	}
	return list
}
