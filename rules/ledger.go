package rules

import (
	"hash/maphash"
	"strings"
	"time"
)

// A Ledger keeps what one rule has to remember of deployments, so that a new one
// can be judged without reading the rest. A final deployment that broke nothing
// leaves no trace, a breach leaves a record of less than 100 bytes, and only
// those that can still change (running, or with dates to come) are kept whole.
//
// Add each deployment once, in any order, and again whenever it changes;
// EnvironmentID and ID say which one it is. A ledger looks at the dates, State,
// LifeCycle, ID and the project's and environment's ids and names, and at Version
// only if [Judge.ReadsVersion]; a store may leave out the rest.
//
// Breaches from a ledger are lean: their Deployment has ID, Ref, the ids and names
// of project and environment, and nothing else, unless it was kept whole. The
// store has the rest under Ref.
//
// Add keeps copies: a store may use the same memory for the next row.
//
// A ledger judges as of the latest instant that it was given, by whichever method:
// what it let go of does not come back when the clock is put back. See
// [Ledger.AsOf]. It may be used from one goroutine at a time.
type Ledger struct {
	judge *Judge
	asOf  time.Time

	records []record // breaches that cannot change by themselves any more
	ordered int      // how many of them, from the first on, are in the order of compare
	ids     texts
	places  places

	// seen has a hash of every key in records, so that the many deployments
	// that are not there need not be looked for. It may have others.
	seen seen
	seed maphash.Seed

	open map[key]*opened    // not final, or with dates to come
	cut  map[key]Deployment // of the records that an exception excuses in part
}

// A key says which deployment it is: ids are unique within an environment.
type key struct{ environmentID, id string }

func (d *Deployment) key() key { return key{d.EnvironmentID, d.ID} }

// An opened is a deployment that can change by itself.
type opened struct {
	Deployment
	id uint32 // which of the ledger's ids
}

// NewLedger returns an empty ledger of the judge's rule.
func NewLedger(j *Judge) *Ledger {
	return &Ledger{
		judge: j, places: places{index: map[place]uint32{}},
		seed: maphash.MakeSeed(), open: map[key]*opened{}, cut: map[key]Deployment{},
	}
}

// Judge returns the judge that the ledger was made for.
func (l *Ledger) Judge() *Judge { return l.judge }

// AsOf returns the latest instant that the ledger was given, as of which it
// judges; zero for a new one. If a clock that was wrong ran ahead, what the ledger
// says stays as of then: make a new one.
func (l *Ledger) AsOf() time.Time { return l.asOf }

// Add takes in a deployment as of now, a new one or one that changed.
//
// A deployment whose breach is already recorded is searched for among all of
// them; to add everything again, begin with a new ledger.
func (l *Ledger) Add(d *Deployment, now time.Time) {
	l.reach(now)
	closed := l.closed(d)
	var v verdict
	if closed {
		v = l.judge.judge(d, l.asOf)
	}
	id := l.drop(d)
	switch {
	case v.broke:
		l.record(d, v, id)
	case !closed && l.judge.InScope(d.ProjectID, d.Project, d.EnvironmentID, d.Environment):
		if id == 0 {
			id = l.ids.add(d.ID)
		}
		o := &opened{d.clone(), id}
		l.open[o.key()] = o
	}
}

// drop drops what is known of a deployment and returns which of the ids it has,
// else 0. Most are not known, and often nothing is.
func (l *Ledger) drop(d *Deployment) (id uint32) {
	if l.seen.used > 0 && l.seen.has(l.hash(d)) {
		id = l.forget(d)
	}
	if len(l.open) > 0 {
		if o := l.open[d.key()]; o != nil {
			id = o.id
			delete(l.open, d.key())
		}
	}
	return id
}

// closed reports that a deployment cannot change by itself: it is final or never
// ran, and all of its dates have come.
func (l *Ledger) closed(d *Deployment) bool {
	return !d.later(l.asOf) && (d.Final() || !d.Ran())
}

// reach goes on to now.
func (l *Ledger) reach(now time.Time) {
	if now.After(l.asOf) {
		l.asOf = now
	}
}

// hash returns one of a deployment's key.
func (l *Ledger) hash(d *Deployment) uint64 {
	return maphash.String(l.seed, d.ID) ^ 31*maphash.String(l.seed, d.EnvironmentID)
}

// hashOf returns the same of a record, of this ledger or another one.
func (l *Ledger) hashOf(of *Ledger, r *record) uint64 {
	return maphash.Bytes(l.seed, of.ids.of(r.id)) ^ 31*maphash.String(l.seed, of.places.of(r).environmentID)
}

// settle records the deployments that can no longer change by themselves.
func (l *Ledger) settle() {
	for k, o := range l.open {
		if !l.closed(&o.Deployment) {
			continue
		}
		delete(l.open, k)
		if v := l.judge.judge(&o.Deployment, l.asOf); v.broke {
			l.record(&o.Deployment, v, o.id)
		}
	}
}

// Streak judges what was added, and the environments, as of now. It is what
// [Judge.Streak] says of the same facts, but for what a lean breach leaves out.
func (l *Ledger) Streak(environments []Environment, now time.Time) Streak {
	b := l.breaches(now)
	return b.streak(environments)
}

// NextDate returns the earliest date after now, of the environments or of a
// deployment that was added, at which they say more; zero if there is none. It is
// as [Facts.NextDate], less the dates that cannot matter to the rule.
func (l *Ledger) NextDate(environments []Environment, now time.Time) time.Time {
	l.reach(now)
	f := Facts{Environments: environments}
	for _, o := range l.open {
		f.Deployments = append(f.Deployments, o.Deployment)
	}
	return f.NextDate(l.asOf)
}

// clone returns a copy that shares no memory with texts that a caller may reuse.
func (d *Deployment) clone() Deployment {
	c := *d
	for _, s := range [...]*string{
		&c.ID, &c.ProjectID, &c.Project, &c.EnvironmentID, &c.Environment, &c.Version, &c.URL,
		(*string)(&c.State), (*string)(&c.LifeCycle),
	} {
		*s = strings.Clone(*s)
	}
	return c
}
