package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Verdict is what a policy says of the facts as of an instant.
type Verdict struct {
	At        time.Time       // the instant, in the policy's zone
	Streaks   []rules.Streak  // by rule name
	Lead      rules.Streak    // the one that the glass shows
	Histories []rules.History // by rule name
	Forbidden bool            // some rule forbids deploying at the instant
	// Occurrence has the instant, of several the last to end; else it is the next to
	// begin; nil when there is none to come.
	Occurrence *rules.Occurrence
}

// Judge decides about environments, with their deployments, as of now.
func (p *Policy) Judge(environments []rules.Environment, now time.Time) Verdict {
	v := Verdict{At: now.In(p.Zone)}
	for _, c := range p.Rules {
		breaches := c.Breaches(environments, now)
		v.Streaks = append(v.Streaks, c.Streak(environments, breaches, now))
		v.Histories = append(v.Histories, c.History(environments, breaches, now))
	}
	v.Lead, _ = rules.Lead(v.Streaks)
	v.Occurrence = p.occurrence(now, func(*rules.Compiled, rules.Occurrence) bool { return true })
	v.Forbidden = v.Occurrence != nil && !v.Occurrence.Start.After(now)
	return v
}

// occurrence returns the one, of those that count, that outranks those of all other rules;
// ties by name.
func (p *Policy) occurrence(now time.Time, counts func(*rules.Compiled, rules.Occurrence) bool) *rules.Occurrence {
	var best *rules.Occurrence
	for _, c := range p.Rules {
		next, ok := c.NextOccurrence(now)
		if ok && counts(c, next) && (best == nil || outranks(next, *best, now)) {
			best = &next
		}
	}
	return best
}

// outranks reports whether a matters more than b: one that has now before one to come, then
// the last to end or the next to begin.
func outranks(a, b rules.Occurrence, now time.Time) bool {
	aNow, bNow := !a.Start.After(now), !b.Start.After(now)
	if aNow != bNow {
		return aNow
	}
	if !aNow {
		return a.Start.Before(b.Start)
	}
	return !b.End.IsZero() && (a.End.IsZero() || a.End.After(b.End))
}

// soonest returns the earlier of two instants; zero means never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Live returns a verdict as counter.cue's #streak has it. because says why the number of a
// rule may be out of date, see [Policy.Stale].
func (v Verdict) Live(because map[string][]facts.Reason) schema.Live {
	l := schema.Live{Streak: v.live(v.Lead, because), Streaks: map[string]schema.Streak{}}
	for _, s := range v.Streaks {
		l.Streaks[s.Rule] = v.live(s, because)
	}
	return l
}

func (v Verdict) live(s rules.Streak, because map[string][]facts.Reason) schema.Streak {
	live := schema.Streak{
		Rule: s.Rule, Weeks: s.Weeks, Days: s.Days, Known: s.Known, AtLeast: s.AtLeast,
		Stale: because[s.Rule] != nil, Forbidden: v.Forbidden, HoursToWindow: -1,
	}
	if o := v.Occurrence; o != nil { // rounded up; 0 while nobody may deploy
		live.HoursToWindow = max(0, int((o.Start.Sub(v.At)+time.Hour-1)/time.Hour))
	}
	if h := v.history(s.Rule); h.Known {
		live.Record = h.Record.Weeks
		if n := len(h.Ended); n > 0 {
			live.Previous = h.Ended[n-1].Weeks
		}
	}
	return live
}

// history returns the history of a rule; the zero History if there is none.
func (v Verdict) history(rule string) rules.History {
	for _, h := range v.Histories {
		if h.Rule == rule {
			return h
		}
	}
	return rules.History{}
}

// Breaks returns the breaches of a deployment to an environment as of now, by rule name.
// Those before a rule's since are none.
func (p *Policy) Breaks(d *rules.Deployment, e *rules.Environment, now time.Time) []rules.Breach {
	var list []rules.Breach
	for _, c := range p.Rules {
		if b, ok := c.Breach(d, e, now); ok {
			list = append(list, b)
		}
	}
	return list
}
