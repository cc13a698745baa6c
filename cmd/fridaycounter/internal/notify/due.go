package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// The events, in the words of counter.cue.
const (
	breach = "breach" // a streak of a rule begins with a new breach
	record = "record" // a streak is longer than every one that ended
	stale  = "stale"  // the number may be out of date, for longer than a poll
	window = "window" // a forbidden window begins, or will
)

const (
	day      = 24 * time.Hour
	maxIDs   = 1000            // of events that are kept
	minStale = 5 * time.Minute // that the number is stale before it is told
	late     = 5 * time.Minute // after which the beginning of a window is no news
)

// Marks are what was told, so that nothing is told twice.
type marks struct {
	Rules map[string]judged `json:"rules"` // by name
	Told  []string          `json:"told"`  // ids of events that are no news, oldest first
	Stale bool              `json:"stale"` // that the number is stale was told
}

// A judged rule is one of which is known what is no news.
type judged struct {
	Breach time.Time `json:"breach"` // the latest that its streak began with; zero: none. Those before it are no news
	Fresh  bool      `json:"fresh"`  // it was judged by all facts at least once: a record is news
}

// An event is what webhooks are told.
type event struct {
	kind, id string
	rule     string
	before   time.Duration // of a window: who wants it so early
	until    time.Time     // of a window: its end, or zero
}

// pass notes an event as no news, and reports whether it was news.
func (m *marks) pass(id string) bool {
	if slices.Contains(m.Told, id) {
		return false
	}
	m.Told = append(m.Told, id)
	m.Told = m.Told[max(0, len(m.Told)-maxIDs):]
	return true
}

// due returns which events are to be told, and what is told after that. lasted is how long the number
// has been stale, befores how early windows are to be told. While the clock is not trusted, only that
// the number is stale is known for sure.
func due(s *engine.Status, old marks, lasted time.Duration, befores []time.Duration) (list []event, m marks) {
	m = marks{map[string]judged{}, slices.Clone(old.Told), s.Stale && old.Stale}
	for _, streak := range s.Verdict.Streaks { // who is gone from the policy is forgotten
		if rule, was := old.Rules[streak.Rule]; was {
			m.Rules[streak.Rule] = rule
		}
	}
	if s.Clock == engine.ClockTrusted {
		list = slices.Concat(m.breaches(s), m.records(s), m.windows(s, befores))
	}
	if s.Stale && !m.Stale && lasted > max(minStale, s.Every) {
		m.Stale = true
		list = append(list, event{kind: stale, rule: s.Verdict.Lead.Rule, id: eventID(stale, s.Verdict.At.UTC().Format(time.RFC3339Nano))})
	}
	return list, m
}

// breaches returns for each rule the breach that its streak begins with, if it is news. That of a rule
// which was not judged before is news for a day.
func (m *marks) breaches(s *engine.Status) (list []event) {
	for _, streak := range s.Verdict.Streaks {
		rule, was := m.Rules[streak.Rule]
		if !streak.Known || !was && unread(s, streak.Rule) {
			continue
		}
		last, b := rule.Breach, streak.Breach
		switch {
		case b == nil:
		case b.Running && b.First.After(last): // another one may end before it turns out when this one did
			rule.Breach = b.First.UTC()
		case !b.Running && b.At.After(last):
			rule.Breach = b.At.UTC()
		}
		m.Rules[streak.Rule] = rule
		if b == nil {
			continue
		}
		id := eventID(breach, run(&b.Deployment)...)
		if m.pass(id) && (was && b.At.After(last) || !was && s.Verdict.At.Sub(b.At) < day) {
			list = append(list, event{kind: breach, rule: streak.Rule, id: id})
		}
	}
	return list
}

// unread reports whether a source of a rule was never read, so that its breaches are still to come.
func unread(s *engine.Status, rule string) bool {
	for _, r := range s.Because[rule] {
		if r.Kind == "not_read" && r.Environment == "" {
			return true
		}
	}
	return false
}

// records returns the streaks that have become a record. What a rule has when it is first judged by all
// facts is no news.
func (m *marks) records(s *engine.Status) (list []event) {
	for i, h := range s.Verdict.Histories {
		rule, was := m.Rules[h.Rule]
		if !was || !h.Known || s.Because[h.Rule] != nil {
			continue
		}
		if b := s.Verdict.Streaks[i].Breach; b != nil && h.Best != nil && h.Current.Weeks > h.Best.Weeks {
			id := eventID(record, append(run(&b.Deployment), h.Rule)...)
			if m.pass(id) && rule.Fresh {
				list = append(list, event{kind: record, rule: h.Rule, id: id})
			}
		}
		rule.Fresh = true
		m.Rules[h.Rule] = rule
	}
	return list
}

// windows returns the next window once for each time before it, when that has come.
func (m *marks) windows(s *engine.Status, befores []time.Duration) (list []event) {
	o, now := s.Verdict.Occurrence, s.Verdict.At
	if o == nil || !now.Before(o.Start.Add(late)) {
		return nil
	}
	for _, before := range befores {
		id := eventID(window, o.Start.UTC().Format(time.RFC3339), before.String())
		if !now.Before(o.Start.Add(-before)) && m.pass(id) {
			list = append(list, event{kind: window, rule: o.Rule, id: id, before: before, until: o.End})
		}
	}
	return list
}

// run returns what names a run. Names, that of its source too, and dates of its end may change.
func run(d *rules.Deployment) []string {
	return []string{d.EnvironmentID, d.ID, d.Start().UTC().Format(time.RFC3339)}
}

// eventID returns the id of an event, the same each time that it is worked out.
func eventID(kind string, of ...string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.Join(of, "\x00")))
	return hex.EncodeToString(sum[:12])
}
