package engine

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A RuleChange says what another policy makes of a rule, over the same facts.
type RuleChange struct {
	Rule string
	rules.Difference
	before, after *rules.Ledger
}

// Compare says what other makes of the facts of d, rule by rule: the rules of d,
// then those that only other has.
func (d *Docket) Compare(other *Docket, now time.Time) []RuleChange {
	var list []RuleChange
	compare := func(rule string, before, after *rules.Ledger) {
		difference := rules.Compare(before, after, other.environments, now)
		if before != nil { // what the wall said, of the environments that it had
			difference.Before = before.Streaks(d.environments, now)
		}
		list = append(list, RuleChange{rule, difference, before, after})
	}
	for _, before := range d.ledgers {
		name := before.Judge().Rule().Name
		compare(name, before, other.ledger(name))
	}
	for _, after := range other.ledgers {
		if name := after.Judge().Rule().Name; d.ledger(name) == nil {
			compare(name, nil, after)
		}
	}
	return list
}

// ledger returns the ledger of a rule, nil if there is none.
func (d *Docket) ledger(name string) *rules.Ledger {
	for _, l := range d.ledgers {
		if l.Judge().Rule().Name == name {
			return l
		}
	}
	return nil
}

// Breaches yields the breaches that are gained or lost, the newest first. They are
// lean, see [Docket.Complete]. The dockets must not be used meanwhile.
func (c *RuleChange) Breaches(now time.Time) iter.Seq2[rules.Breach, rules.Change] {
	return func(yield func(rules.Breach, rules.Change) bool) {
		for b, change := range rules.Changes(c.before, c.after, now) {
			if change != rules.ChangeMoved && !yield(b, change) {
				return
			}
		}
	}
}

// Complete puts back what a ledger leaves out of a breach as of now.
func (d *Docket) Complete(ctx context.Context, store Reader, b *rules.Breach, now time.Time) error {
	key := keyOf(&b.Deployment)
	whole, ok, err := store.Deployment(ctx, d.view.source, key.environment, key.id)
	if ok {
		whole.Environment, whole.ProjectID, whole.Project = b.Deployment.Environment, b.Deployment.ProjectID, b.Deployment.Project
		b.Deployment, _ = whole.AsOf(now)
	}
	return err
}

// String says the change in a line: "no-friday-deploys: weeks: 7 -> 2; record: 12
// -> 4; breaches: 3 gained, 24 lost".
func (c *RuleChange) String() string {
	return fmt.Sprintf("%s: weeks: %s -> %s; record: %s -> %s; breaches: %d gained, %d lost", c.Rule,
		runWeeks(c.Before, &c.Before.Current), runWeeks(c.After, &c.After.Current),
		runWeeks(c.Before, c.Before.Record), runWeeks(c.After, c.After.Record), c.Gained, c.Lost)
}

// runWeeks says a run's number, "-" where there is none.
func runWeeks(h rules.History, r *rules.Run) string {
	switch {
	case !h.Known || r == nil:
		return "-"
	case r.AtLeast:
		return fmt.Sprintf("at least %d", r.Weeks)
	}
	return fmt.Sprint(r.Weeks)
}

// BreachLine says a breach that is gained or lost: "+ Mon 9 Mar 2026, 15:41 PDT
// release-1075 of shop to Production".
func BreachLine(b rules.Breach, change rules.Change, zone *time.Location) string {
	sign := "+"
	if change == rules.ChangeLost {
		sign = "-"
	}
	return fmt.Sprintf("%s %s  %s", sign, b.At.In(zone).Format("Mon 2 Jan 2006, 15:04 MST"), Subject(b.Deployment))
}

// maxSaid bounds the breaches of each rule that the log tells on a reload.
const maxSaid = 5

// said is what the log tells of a rule: a line, and the newest breaches.
type said struct {
	line     string
	more     int
	breaches []rules.Breach
	changes  []rules.Change
}

func (c *RuleChange) say(now time.Time) said {
	s := said{line: c.String(), more: c.Gained + c.Lost}
	for b, change := range c.Breaches(now) {
		if len(s.breaches) == maxSaid {
			break
		}
		s.breaches, s.changes, s.more = append(s.breaches, b), append(s.changes, change), s.more-1
	}
	return s
}

// sayBreaches logs what became of the record and the breaches, in the words of
// diff. The store has what the ledgers leave out, and is read beside the loop.
func (l *loop) sayBreaches(old, next *Docket) {
	if old.view.source != next.view.source {
		return // other facts: there is nothing to compare
	}
	now, _ := l.o.Clock.Now()
	var list []said
	for _, c := range old.Compare(next, now) {
		if c.Gained+c.Lost > 0 {
			list = append(list, c.say(now))
		}
	}
	if len(list) == 0 {
		return
	}
	ctx, store := l.ctx, l.o.Store
	l.start(func() func() {
		for _, s := range list {
			for i := range s.breaches {
				// Without it the line names the id, which will do.
				_ = next.Complete(ctx, store, &s.breaches[i], now)
			}
		}
		return func() { l.log(list, next.court.zone) }
	})
}

func (l *loop) log(list []said, zone *time.Location) {
	for _, s := range list {
		l.o.Log.Info(s.line)
		for i, b := range s.breaches {
			l.o.Log.Info(BreachLine(b, s.changes[i], zone))
		}
		if s.more > 0 {
			l.o.Log.Info(fmt.Sprintf("and %d more; fridaycounter diff tells of all", s.more))
		}
	}
}
