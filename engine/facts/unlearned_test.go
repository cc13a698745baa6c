package facts_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A server is a CI system that is asked in pieces.
type server struct {
	t    *rapid.T
	now  time.Time
	last time.Time // when it was polled before
	envs []*serverEnvironment
	ids  int
	// unlearned says that it told less, or something else, than before.
	unlearned bool
}

type serverEnvironment struct {
	id, name string
	list     []*rules.Deployment // newest first
	away     bool
	listed   bool // with its first name
	shown    int  // of a first reading that goes on
}

func (s *server) n(what string, most int) int { return rapid.IntRange(0, most).Draw(s.t, what) }

// pick returns a record that fits, nil if there is none.
func (s *server) pick(e *serverEnvironment, fits func(*rules.Deployment) bool) *rules.Deployment {
	var list []*rules.Deployment
	for _, d := range e.list {
		if fits(d) {
			list = append(list, d)
		}
	}
	if list == nil {
		return nil
	}
	return list[s.n("record", len(list)-1)]
}

func (s *server) deploy(e *serverEnvironment, id string) {
	d := running(id, "13 00:00")
	d.EnvironmentID, d.Environment = e.id, e.name
	d.Executed = s.last.Add(time.Duration(1+s.n("part", 9)) * s.now.Sub(s.last) / 10).Truncate(time.Second)
	d.Started = d.Executed.Add(-time.Minute)
	e.list = slices.Insert(e.list, 0, &d)
	if s.n("ended", 2) > 0 {
		s.finish(&d)
	}
}

func (s *server) finish(d *rules.Deployment) {
	d.Finished = later(d.Executed, s.last).Add(time.Second)
	d.State = []rules.State{rules.StateSuccess, rules.StateFailed, rules.StateUnknown}[s.n("state", 2)]
	d.LifeCycle = rules.LifeCycleFinished
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// step changes something.
func (s *server) step() {
	s.last = s.now
	s.now = s.now.Add(time.Duration(1+s.n("hours", 40)) * time.Hour)
	for range s.n("changes", 3) {
		e := s.envs[s.n("environment", len(s.envs)-1)]
		final := s.pick(e, func(d *rules.Deployment) bool { return d.Ran() && d.Final() })
		open := s.pick(e, func(d *rules.Deployment) bool { return d.Ran() && !d.Final() })
		switch op := s.n("op", 18); {
		case op < 6:
			s.ids++
			s.deploy(e, fmt.Sprint(s.ids))
		case op < 9 && open != nil:
			s.finish(open)
		case op == 9 && e.listed:
			e.name = fmt.Sprintf("N%s-%d", e.id, s.n("name", 3))
		case op == 10 && len(s.envs) < 4:
			s.envs = append(s.envs, newServerEnvironment(len(s.envs)))
		case op == 11 && final != nil: // the id is given out again, and both are listed
			s.unlearned = s.unlearned || s.pick(e, func(d *rules.Deployment) bool { return d.ID == final.ID && !d.Final() }) != nil
			s.deploy(e, final.ID)
			s.unlearned = s.unlearned || e.list[0].Start().Equal(final.Start()) // then they are one run
		case op == 12 && open != nil: // queued again, or planned
			open.Executed, open.LifeCycle = time.Time{}, rules.LifeCycleQueued
			open.Started = s.now.Add(time.Duration(s.n("planned", 2)-1) * 30 * time.Hour)
			s.unlearned = true
		case op == 13 && open != nil: // begun anew
			open.Executed, s.unlearned = s.now, true
		case op == 14 && final != nil: // rewritten
			by := time.Duration(s.n("days", 14)-13) * 24 * time.Hour
			final.Started, final.Executed, final.Finished = final.Started.Add(by), final.Executed.Add(by), final.Finished.Add(by)
			s.unlearned = true
		case op == 15 && final != nil: // another end, perhaps before its start
			final.Finished = final.Executed.Add(time.Duration(s.n("hours", 60)-40) * time.Hour)
			if final.Finished.After(s.now) {
				final.Finished = s.now
			}
			s.unlearned = true
		case op == 16 && len(e.list) > 0:
			i := s.n("deleted", len(e.list)-1)
			e.list = slices.Delete(e.list, i, i+1)
			s.unlearned = true
		case op == 17 && len(e.list) > 0:
			e.list[s.n("bad", len(e.list)-1)].Finished = time.Unix(int64(s.n("seconds", 9e7)), 0).UTC()
			s.unlearned = true
		case op == 18:
			e.away = !e.away
			s.unlearned = true
		}
	}
}

func newServerEnvironment(n int) *serverEnvironment {
	return &serverEnvironment{id: fmt.Sprint(n + 1), name: fmt.Sprintf("N%d", n+1)}
}

// poll answers as a source would: what is new, down to what is known, or a part of it.
func (s *server) poll(known *source.Known) (p facts.Poll, whole bool) {
	p = facts.Poll{Began: s.now, Now: s.now.Add(time.Second), Interval: 24 * time.Hour, Room: 1000}
	p.Answer.Listed = true
	if s.n("down", 9) == 0 {
		return facts.Poll{Began: p.Began, Now: p.Now, Interval: p.Interval, Room: p.Room, Err: errors.New("down")}, false
	}
	whole = true
	for _, e := range s.envs {
		if e.away {
			continue
		}
		e.listed = true
		a := source.Environment{Environment: rules.Environment{ID: e.id, Name: e.name, Project: "Shop", ProjectID: "9"}}
		if s.n("broken", 9) == 0 {
			p.Err, whole = errors.Join(p.Err, &source.Error{EnvironmentID: e.id, Err: errors.New("broken")}), false
			p.Answer.Environments = append(p.Answer.Environments, a)
			continue
		}
		k := known.Environment(e.id)
		steady := k != nil && !k.Partial && (k.Exhausted || !k.CompleteFrom.IsZero()) && len(k.Deployments) > 0
		n := len(e.list)
		if steady {
			for n = min(3, len(e.list)); n < len(e.list) && !slices.ContainsFunc(e.list[:n], func(d *rules.Deployment) bool { return knows(k, d) }); n++ {
			}
			a.From = k.CompleteFrom
		} else if e.shown += 3; e.shown < n && s.n("part", 1) == 0 {
			n = e.shown
			a.Reading, p.Answer.More, whole = source.ReadPart, true, false
		}
		if a.Reading == source.ReadNothing {
			a.Reading, a.Exhausted = source.ReadWhole, !steady || n == len(e.list)
		}
		shown := e.list[:n]
		for _, id := range k.Active() {
			if slices.ContainsFunc(shown, func(d *rules.Deployment) bool { return d.ID == id }) {
				continue
			}
			if i := slices.IndexFunc(e.list, func(d *rules.Deployment) bool { return d.ID == id }); i >= 0 {
				shown = append(slices.Clip(shown), e.list[i])
			} else {
				p.Answer.Vanished = append(p.Answer.Vanished, source.Ref{EnvironmentID: e.id, ID: id})
			}
		}
		for _, d := range shown {
			p.Answer.Deployments = append(p.Answer.Deployments, *d)
			if start := d.Start(); !steady && d.Ran() && isUsable(d, s.now) && (a.From.IsZero() || start.Before(a.From)) {
				a.From = start
			}
		}
		if a.Reading == source.ReadPart && !a.From.IsZero() {
			a.From = a.From.Add(7 * 24 * time.Hour)
		}
		p.Answer.Environments = append(p.Answer.Environments, a)
	}
	return p, whole
}

func knows(k *source.KnownEnvironment, d *rules.Deployment) bool {
	return slices.ContainsFunc(k.Runs(d.ID), func(o rules.Deployment) bool { return o.Start().Equal(d.Start()) })
}

func isUsable(d *rules.Deployment, now time.Time) bool {
	return !source.IsAhead(d.Started, now) && !source.IsAhead(d.Executed, now) && !source.IsAhead(d.Finished, now) && (d.Finished.IsZero() || d.Finished.Year() >= 2000)
}

// friday returns the latest instant of a closed interval that is on a Friday in UTC, and
// the Friday's end where it goes on after it.
func friday(a, b time.Time) time.Time {
	if b.Before(a) {
		a, b = b, a
	}
	for at := b; ; {
		midnight := at.Truncate(24 * time.Hour)
		if midnight.Weekday() == time.Friday {
			return at
		}
		if at = midnight; at.Weekday() != time.Saturday {
			at = at.Add(-time.Second)
		} else if at.After(a) {
			return at
		} else {
			return time.Time{}
		}
		if at.Before(a) {
			return time.Time{}
		}
	}
}

// A log is all that a server ever showed of a run.
type log struct {
	start time.Time
	ends  []time.Time // final ones
	seen  time.Time   // when it was last shown as running
}

// TestNothingIsUnlearned: what a server unlearns is not forgotten. After each piece of random facts,
// the latest breach is never before that of all that was ever shown, and the same as in
// truth where nothing was unlearned. No environment is known further back than before.
func TestNothingIsUnlearned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &server{t: t, now: day("01 00:00"), envs: []*serverEnvironment{newServerEnvironment(0), newServerEnvironment(1)}}
		known := source.Known{Key: source.Key{Name: "bamboo"}}
		ever := map[string]*log{}
		oldest := map[string]time.Time{} // by environment, of all that was ever shown
		for range 1 + s.n("polls", 12) {
			s.step()
			if s.n("restart", 3) == 0 {
				known = restart(t, known)
			}
			p, whole := s.poll(&known)
			for _, d := range p.Answer.Deployments {
				if d.Ran() && isUsable(&d, p.Now) {
					key := fmt.Sprint(d.EnvironmentID, " ", d.ID, " ", d.Start())
					if ever[key] == nil {
						ever[key] = &log{start: d.Start()}
						if at, ok := oldest[d.EnvironmentID]; !ok || d.Start().Before(at) {
							oldest[d.EnvironmentID] = d.Start()
						}
					}
					if d.Final() {
						ever[key].ends = append(ever[key].ends, d.Finished)
					} else {
						ever[key].seen = p.Began
					}
				}
			}
			before := known
			known, _, _ = merge(t, known, p)
			checkCompleteFrom(t, &before, &known, oldest)

			got := breach(&known, p.Now)
			var least time.Time
			for _, l := range ever {
				for _, end := range l.ends {
					least = later(least, friday(l.start, end))
				}
				if l.ends == nil {
					least = later(least, friday(l.start, later(l.start, l.seen)))
				}
			}
			if got.Before(least) {
				t.Fatalf("the latest breach is %v, and %v was shown\n%s", got, least, show(&known, p.Now))
			}
			var truth time.Time
			for _, e := range s.envs {
				for _, d := range e.list {
					_, end := d.Interval(p.Now)
					truth = later(truth, friday(d.Start(), end))
				}
			}
			if whole && !s.unlearned && !got.Equal(truth) {
				t.Fatalf("the latest breach is %v, and in truth %v\n%s", got, truth, show(&known, p.Now))
			}
		}
	})
}

// breach returns the latest breach of the environments that had the names N1, N2 ... once.
func breach(known *source.Known, now time.Time) (latest time.Time) {
	pattern, err := rules.ParsePattern(`/^(N\d|Production)$/`)
	if err != nil {
		panic(err)
	}
	for _, e := range facts.Selected(known, &source.Selection{Environments: []rules.Pattern{pattern}}) {
		for i := range e.Deployments {
			if d := &e.Deployments[i]; d.Ran() {
				latest = later(latest, friday(d.Interval(now)))
			}
		}
	}
	return latest
}

func checkCompleteFrom(t *rapid.T, before, after *source.Known, oldest map[string]time.Time) {
	for _, is := range after.Environments {
		if at := is.CompleteFrom; !at.IsZero() && at.Before(oldest[is.ID]) {
			t.Fatalf("%s is complete from %v, and its oldest run is of %v", is.ID, at, oldest[is.ID])
		}
		was := before.Environment(is.ID)
		if was == nil || was.Partial || was.CompleteFrom.IsZero() {
			continue
		}
		if is.CompleteFrom.Before(was.CompleteFrom) {
			t.Fatalf("%s was complete from %v and is from %v", is.ID, was.CompleteFrom, is.CompleteFrom)
		}
	}
}

// restart returns what is known after it was stored and loaded.
func restart(t *rapid.T, known source.Known) (loaded source.Known) {
	text, err := json.Marshal(known)
	if err == nil {
		err = json.Unmarshal(text, &loaded)
	}
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// TestNoLineOfAFileIsUnlearned: lines are appended to a file, or it is replaced by another one, and it
// is read now and then. Every line that ran counts from then on, and an id that its last
// line says is running, runs.
func TestNoLineOfAFileIsUnlearned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(what string, most int) int { return rapid.IntRange(0, most).Draw(t, what) }
		known, at, least := source.Known{}, day("01 00:00"), time.Time{}
		var lines []rules.Deployment
		for range 1 + n("polls", 8) {
			if n("replaced", 5) == 0 {
				lines = nil
			}
			for range n("lines", 4) {
				start := at.Add(time.Duration(n("start", 6)) * 9 * time.Hour)
				d := running(fmt.Sprint(n("id", 3)), start.Format(time.RFC3339))
				switch n("kind", 4) {
				case 0:
					d = cancelled(d.ID, start.Format(time.RFC3339))
				case 1, 2:
					d.Finished = start.Add(time.Duration(n("end", 60)-10) * time.Hour)
					d.State, d.LifeCycle = rules.StateSuccess, rules.LifeCycleFinished
				}
				lines = append(lines, d)
			}
			at = at.Add(120 * time.Hour)
			p := poll("01 00:00", lines...).file().poll()
			p.Began, p.Now = at, at
			before, last, final := known, map[string]int{}, map[string]bool{}
			for i, d := range lines {
				last[d.ID] = i
				final[d.ID+d.Started.String()] = final[d.ID+d.Started.String()] || d.Final() && d.Ran()
			}
			if before.Environments != nil {
				for _, id := range before.Environments[0].Active() {
					if _, ok := last[id]; !ok {
						p.Answer.Vanished = append(p.Answer.Vanished, source.Ref{EnvironmentID: "1", ID: id})
					}
				}
			}
			known, _, _ = merge(t, before, p)
			e := known.Environment("1")
			for i, d := range lines {
				if d.Ran() {
					least = later(least, friday(d.Interval(d.Started)))
				}
				k := e.Runs(d.ID)
				open := slices.ContainsFunc(k, func(k rules.Deployment) bool { return k.Start().Equal(d.Start()) && k.Ran() && !k.Final() })
				was := before.Environment("1").Runs(d.ID)
				over := final[d.ID+d.Started.String()] || slices.ContainsFunc(was, func(k rules.Deployment) bool {
					return k.Start().Equal(d.Start()) && k.Ran() && k.Final() && !k.Denied
				})
				beside := slices.ContainsFunc(lines, func(r rules.Deployment) bool { // a reversed end may make a run with its start
					return r.ID == d.ID && r.Finished.Equal(d.Start()) && r.Finished.Before(r.Start())
				})
				if want := d.Ran() && !d.Final() && !over; !beside && last[d.ID] == i && open != want {
					t.Fatalf("line %d, %s, is open: %v, want %v, in\n%s", i, showRun(&d), open, want, show(&known, at))
				}
			}
			if got := breach(&known, at); got.Before(least) {
				t.Fatalf("the latest breach is %v, and %v was there\n%s", got, least, show(&known, at))
			}
		}
	})
}
