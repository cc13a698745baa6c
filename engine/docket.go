package engine

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Docket is what the rules of a configuration remember of a store, so that the
// next answer is judged without reading the rest. It may be used from one
// goroutine at a time.
type Docket struct {
	court   *Court
	view    view
	ledgers []*rules.Ledger // as the court's judges

	environments []rules.Environment // of the view, read whole at least once
	good         time.Time           // see Coverage
	latest       fact                // of what was taken in, that with the latest date
	err          error               // why the store could not be read; then nothing is known
	behind       bool                // the store has an environment whose results are not here
	whole        map[resultKey]rules.Deployment
}

// maxWhole bounds the deployments that a docket keeps whole, beyond those that
// have not ended. One that is not kept has no version in the log.
const maxWhole = 256

func newDocket(c *Court, v view) *Docket {
	d := &Docket{court: c, view: v, whole: map[resultKey]rules.Deployment{}}
	for _, j := range c.judges {
		d.ledgers = append(d.ledgers, rules.NewLedger(j))
	}
	return d
}

// Environments returns those that are judged, in the order in which they were met.
func (d *Docket) Environments() []rules.Environment { return d.environments }

// Good returns when the last poll without an error began, as far as it is stored;
// zero: the source has never answered whole, and nothing is known of it.
func (d *Docket) Good() time.Time { return d.good }

// take adds a stored deployment, and loads what is not there if that could matter.
func (d *Docket) take(x *rules.Deployment, load func() error, now time.Time) error {
	d.date(x)
	for _, l := range d.ledgers {
		// Exceptions only excuse: what breaks nothing without a version
		// breaks nothing with one.
		if j := l.Judge(); j.ReadsVersion() {
			if _, broke := j.Breach(x, now); broke || !x.Final() {
				if err := load(); err != nil {
					return err
				}
			}
		}
		l.Add(x, now)
	}
	return nil
}

// add takes in deployments of an answer, whole.
func (d *Docket) add(list []rules.Deployment, now time.Time) {
	if len(d.whole) > maxWhole {
		clear(d.whole)
	}
	for i := range list {
		e := d.environment(list[i].EnvironmentID)
		if e == nil {
			continue
		}
		one := list[i]
		x := &one
		rename(x, e)
		d.date(x)
		for _, l := range d.ledgers {
			l.Add(x, now)
			if _, broke := l.Judge().Breach(x, now); broke {
				d.whole[keyOf(x)] = *x
			}
		}
	}
}

// date notes the dates of a deployment.
func (d *Docket) date(x *rules.Deployment) {
	for _, t := range [...]time.Time{x.Started, x.Executed, x.Finished} {
		if t.After(d.latest.at) {
			d.latest = fact{t, x.ID, x.Environment}
		}
	}
}

// environment returns one of those that are judged, nil if it is not.
func (d *Docket) environment(id string) *rules.Environment {
	for i := range d.environments {
		if d.environments[i].ID == id {
			return &d.environments[i]
		}
	}
	return nil
}

// cover takes in environments that were read whole. The store is to be read again
// for one that is new, whose results may have been stored before, in parts; and for
// one with another name, under which its results are judged.
func (d *Docket) cover(list []rules.Environment) {
	for _, e := range d.view.of(list) {
		was := d.environment(e.ID)
		if was == nil || was.Name != e.Name || was.Project != e.Project {
			d.behind = true
		} else {
			*was = e
		}
	}
}

// Judge decides as of now. It must not be called with an earlier instant than
// before: what a docket let go of does not come back.
func (d *Docket) Judge(now time.Time) Verdict {
	v := Verdict{At: now.In(d.court.zone)}
	for _, l := range d.ledgers {
		s, h := l.Streak(d.environments, now), l.Streaks(d.environments, now)
		s.Breach = d.fill(s.Breach, now)
		for _, r := range runs(&h) {
			r.Began, r.Ended = d.fill(r.Began, now), d.fill(r.Ended, now)
		}
		v.Streaks, v.Histories = append(v.Streaks, s), append(v.Histories, h)
		v.Forbidden = v.Forbidden || l.Judge().Forbidden(now)
	}
	v.Lead, _ = rules.Lead(v.Streaks)
	v.Window = d.court.window(now)
	return v
}

// runs returns the runs that a history names.
func runs(h *rules.History) []*rules.Run {
	list := []*rules.Run{&h.Current}
	for _, r := range []*rules.Run{h.Previous, h.Record, h.Best} {
		if r != nil {
			list = append(list, r)
		}
	}
	return list
}

// fill puts back what a ledger leaves out of a breach, if it is kept.
func (d *Docket) fill(b *rules.Breach, now time.Time) *rules.Breach {
	if b == nil {
		return nil
	}
	whole, ok := d.whole[keyOf(&b.Deployment)]
	if !ok {
		return b
	}
	full := *b
	full.Deployment, _ = whole.AsOf(now)
	return &full
}

// complete keeps whole what a verdict as of now shows.
func (d *Docket) complete(ctx context.Context, store Reader, now time.Time) error {
	v := d.Judge(now)
	var shown []*rules.Breach
	for i := range v.Streaks {
		shown = append(shown, v.Streaks[i].Breach)
		for _, r := range runs(&v.Histories[i]) {
			shown = append(shown, r.Began, r.Ended)
		}
	}
	for _, b := range shown {
		if b == nil {
			continue
		}
		key := keyOf(&b.Deployment)
		if _, ok := d.whole[key]; ok {
			continue
		}
		whole, ok, err := store.Deployment(ctx, d.view.source, key.environment, key.id)
		if err != nil {
			return err
		}
		if ok {
			rename(&whole, d.environment(key.environment))
			d.whole[key] = whole
		}
	}
	return nil
}

// nextDate returns the earliest date after now at which the facts say more; zero
// if there is none.
func (d *Docket) nextDate(now time.Time) time.Time {
	var next time.Time
	for _, l := range d.ledgers {
		next = soonest(next, l.NextDate(d.environments, now))
	}
	return next
}

// ahead reports whether the docket was judged as of a later instant than now.
func (d *Docket) ahead(now time.Time) bool {
	for _, l := range d.ledgers {
		if l.AsOf().After(now) {
			return true
		}
	}
	return false
}

// Occurrences returns the forbidden occurrences of a rule that meet the time from
// from to to (not inside) and what became of them as of now, oldest first. Their
// breaches are whole as far as the store has them. Nil if there is no such rule.
func (d *Docket) Occurrences(ctx context.Context, store Reader, rule string, from, to, now time.Time) ([]rules.Occurrence, error) {
	l := d.ledger(rule)
	if l == nil {
		return nil, nil
	}
	list := l.Occurrences(d.environments, from, to, now)
	for i := range list {
		if b := list[i].Breach; b != nil {
			if err := d.Complete(ctx, store, b, now); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}
