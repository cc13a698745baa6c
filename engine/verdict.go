package engine

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Verdict is what the rules say of the facts as of an instant.
type Verdict struct {
	At        time.Time       // the instant, in the policy's zone
	Streaks   []rules.Streak  // by rule name
	Lead      rules.Streak    // the one that the glass shows
	Histories []rules.History // by rule name; their breaches are lean, see rules.Ledger
	Forbidden bool            // some rule forbids deploying at the instant
	// Window is the forbidden span at the instant, the last to end, or else
	// the next to begin; nil when there is none to come.
	Window *rules.Span
}

// A Court judges by the rules of one configuration. It does not change, so it
// may be used from several goroutines.
type Court struct {
	judges []*rules.Judge // by rule name
	zone   *time.Location
}

// NewCourt prepares the rules of a configuration.
func NewCourt(c *schema.Config) (*Court, error) {
	zone, err := c.Location()
	if err != nil {
		return nil, err
	}
	court := &Court{zone: zone}
	for _, r := range c.Rules {
		court.judges = append(court.judges, rules.NewJudge(r, zone))
	}
	return court, nil
}

// Zone returns the policy's zone.
func (c *Court) Zone() *time.Location { return c.zone }

// Read reads what a store knows of a configuration's source, for judging as of
// now or later. dir is where the policy file is. Where the source has never
// answered whole, see [Docket.Good], nothing is known.
func (c *Court) Read(ctx context.Context, store Reader, config *schema.Config, dir string, now time.Time) (*Docket, error) {
	d := newDocket(c, newView(config, dir))
	if err := readDockets(ctx, store, d.view, func(time.Time) time.Time { return now }, d); err != nil {
		return nil, err
	}
	return d, nil
}

// Judge decides about facts as of now.
func (c *Court) Judge(f rules.Facts, now time.Time) Verdict {
	d := newDocket(c, view{})
	d.environments, d.good = f.Environments, now
	d.add(f.Deployments, now)
	return d.Judge(now)
}

// Rules returns the rules by name.
func (c *Court) Rules() []rules.Rule {
	var list []rules.Rule
	for _, j := range c.judges {
		list = append(list, j.Rule())
	}
	return list
}

// window chooses among the rules' spans: the one at now that ends last, else the
// next to begin; ties by name.
func (c *Court) window(now time.Time) *rules.Span {
	var best *rules.Span
	for _, j := range c.judges {
		span, ok := j.NextWindow(now)
		if !ok {
			continue
		}
		span.Rule = j.Rule().Name
		if best == nil || earlier(span, *best, now) {
			best = &span
		}
	}
	return best
}

// earlier reports whether a matters more than b.
func earlier(a, b rules.Span, now time.Time) bool {
	aNow, bNow := !a.Start.After(now), !b.Start.After(now)
	if aNow != bNow {
		return aNow
	}
	if !aNow {
		return a.Start.Before(b.Start)
	}
	return !b.End.IsZero() && (a.End.IsZero() || a.End.After(b.End))
}

// nextChange returns the next instant after now at which the same facts give
// another verdict, or zero.
func (c *Court) nextChange(v Verdict, now time.Time) time.Time {
	var next time.Time
	for i, j := range c.judges {
		next = soonest(next, j.NextChange(v.Streaks[i], now))
	}
	return next
}

// soonest returns the earlier of two instants; zero means never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Live puts a verdict into the words of counter.cue's #streak.
func (v Verdict) Live(stale bool) schema.Live {
	l := schema.Live{Streak: v.word(v.Lead, stale), Streaks: map[string]schema.Streak{}}
	for _, s := range v.Streaks {
		l.Streaks[s.Rule] = v.word(s, stale)
	}
	return l
}

func (v Verdict) word(s rules.Streak, stale bool) schema.Streak {
	word := schema.Streak{
		Rule: s.Rule, Weeks: s.Weeks, Days: s.Days,
		Known: s.Known, AtLeast: s.AtLeast, Stale: stale, Forbidden: v.Forbidden,
		HoursToWindow: v.hoursToWindow(),
	}
	for _, h := range v.Histories {
		if h.Rule != s.Rule || !h.Known {
			continue
		}
		word.Record = h.Record.Weeks
		if h.Previous != nil {
			word.Previous = h.Previous.Weeks
		}
	}
	return word
}

// hoursToWindow returns the hours until nobody may deploy, rounded up, 0 while
// nobody may, and -1 if that never comes.
func (v Verdict) hoursToWindow() int {
	if v.Window == nil {
		return -1
	}
	return max(0, int((v.Window.Start.Sub(v.At)+time.Hour-1)/time.Hour))
}

// A RuleBreach is a breach of a rule.
type RuleBreach struct {
	Rule string
	rules.Breach
}

// Breaks returns the breaches of a deployment as of now, by rule name. Those before
// a rule's since are none.
func (c *Court) Breaks(d *rules.Deployment, now time.Time) []RuleBreach {
	var list []RuleBreach
	for _, j := range c.judges {
		if b, ok := j.Breach(d, now); ok && j.Counts(b) {
			list = append(list, RuleBreach{j.Rule().Name, b})
		}
	}
	return list
}
