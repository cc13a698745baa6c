package httpjson

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	// sinceSlack is how far a reading that asks for changes looks back before the last one.
	sinceSlack = time.Hour
	headEvery  = time.Minute // the newest page is read, while a first reading goes on
	firstPages = 10          // of one list in one poll, while it is read the first time
	maxPages   = 200         // of one list: ten deployments every workday for years
	maxRepeats = 3           // pages in a row that bring nothing new
)

// A reader is one list as far as one poll reads it.
type reader struct {
	*poll
	*list
	known      []*source.KnownEnvironment // of the list, that are selected
	indexState string                     // what the index says of the list

	environments map[string]rules.Environment // of records that were read, by id
	records      []mapping.Record
	seen         map[source.Ref]bool // records that were read in this poll
	newest       mark                // the first record of the list
	joined       bool                // a record was read that was known at the last reading
	descent
}

// A descent is what is to be known of a list that is read downwards.
type descent struct {
	ids       map[string]bool // of all records of the list, those that the filters drop too
	oldest    time.Time       // date of the oldest record; zero: none
	last      time.Time       // date of the last one
	lastID    string          // of the last one
	unordered bool            // the list is not newest first
	gap       time.Time       // Consecutive: one is missing below the record of this date; zero: none is
	nth       time.Time       // date of the record that is the last of Keep.Number
}

// A deep is the first reading of a list, which may take several polls.
type deep struct {
	descent
	next  *position // nil: it is at its end
	pages int
	began time.Time
	head  time.Time           // when the newest page was read last
	final map[source.Ref]bool // records that were read, and whether they had ended
}

// An ending is why no more pages were read.
type ending int

const (
	atKnown    ending = iota // where known records begin
	atHorizon                // older records are not asked for
	atEnd                    // of the list
	unfinished               // the next poll reads on
	cutShort                 // the list may go on
)

// lastRead returns when the list was last read whole; zero: never.
func (r *reader) lastRead() time.Time {
	var at time.Time
	for i, e := range r.known {
		if e.Partial || e.Read.IsZero() {
			return time.Time{}
		}
		if i == 0 || e.Read.Before(at) {
			at = e.Read
		}
	}
	return at
}

// asksSince reports whether a later reading asks for what changed since the one before it.
func (r *reader) asksSince() bool { return r.Read.Has("{since}") }

// since returns from when a later reading asks for changes. It stays the same for an hour, so that
// the server can answer that nothing is new.
func (r *reader) since() time.Time {
	at := r.lastRead()
	if at.IsZero() && r.deep != nil {
		at = r.deep.began
	}
	return at.Add(-sinceSlack).Truncate(time.Hour)
}

// read reads the list. After an error the answer holds none of its records, unless it is a
// first reading: newer ones alone would hide, in the next poll, that older ones are missing.
func (r *reader) read(ctx context.Context) error {
	first := r.lastRead().IsZero() || !r.finished && r.selectionChanged()
	deeper := !first && !r.finished && r.canGoDeeper()
	if first || deeper {
		return r.readFirst(ctx, deeper)
	}
	if r.indexState != "" && r.indexState == r.changed && len(r.unseen()) == 0 {
		r.add(r.joins())
		return nil
	}
	end, err := r.readNew(ctx)
	if err == nil {
		err = r.readActive(ctx, end == atEnd && !r.asksSince())
	}
	if err != nil {
		r.records = nil
		r.add(source.Environment{})
		return err
	}
	one := r.joins()
	lost := r.gap
	if end == atEnd && !r.joined && !r.asksSince() && r.hasKnown() && (len(r.records) > 0 || r.oldest.After(r.lastRead())) {
		lost = r.oldest
	}
	if lost.After(one.From) {
		one.From, one.Exhausted, one.Gap = lost, false, true
	}
	r.add(one)
	r.noteRead()
	return nil
}

// joins returns how a list was read that joins what is known.
func (r *reader) joins() source.Environment {
	one := source.Environment{Reading: source.ReadWhole, Exhausted: true}
	for _, e := range r.known {
		if one.Exhausted = one.Exhausted && e.Exhausted; e.CompleteFrom.After(one.From) {
			one.From = e.CompleteFrom
		}
	}
	return one
}

// readFirst reads some pages of a first reading, or all of one that goes deeper than before, and
// the newest records, which may have come meanwhile.
func (r *reader) readFirst(ctx context.Context, deeper bool) error {
	if r.deep == nil || deeper {
		r.deep = &deep{next: &position{}, began: r.Now, head: r.Now, final: map[source.Ref]bool{}}
		r.deep.ids = map[string]bool{}
	}
	d := r.deep
	end, err := r.readDeep(ctx, deeper)
	one := r.extent(end)
	if deeper && !r.joined && r.hasKnown() && !d.oldest.IsZero() {
		one.Gap, one.Exhausted = true, false
	}
	if r.name != "" && !d.oldest.IsZero() && d.oldest.Before(r.Known.Good) { // it was there, and not in the index
		one.Gap = true
	}
	if due := end != unfinished && (r.First != nil || d.began.Before(r.Now)); err == nil && (due || r.Now.Sub(d.head) >= headEvery) {
		d.head = r.Now
		r.descent = descent{ids: map[string]bool{}}
		n := len(r.records)
		if _, err = r.readNew(ctx); err != nil {
			for _, rec := range r.records[n:] { // the next reading is not to end there: what is below was not read
				delete(d.final, source.Ref{EnvironmentID: rec.EnvironmentID, ID: rec.ID})
			}
		}
	}
	if err == nil && end != unfinished {
		err = r.readActive(ctx, false)
	}
	switch {
	case deeper && err != nil:
		one, r.records = source.Environment{}, nil
	case err != nil:
		one = source.Environment{Reading: source.ReadPart, From: d.last.Add(source.Longest)}
		if d.oldest.IsZero() {
			one = source.Environment{}
		}
	case end == unfinished:
		r.Answer.More = true
	}
	if errors.Is(err, errChanged) || errors.Is(err, errRepeats) {
		r.deep = nil // it begins again
	}
	one.Deeper = deeper && !one.Gap
	r.add(one)
	if err == nil && end != unfinished {
		r.noteRead()
	}
	return err
}

// readDeep reads from the newest record back to the horizon, some pages in each poll, or all.
func (r *reader) readDeep(ctx context.Context, all bool) (ending, error) {
	d := r.deep
	read := r.initial()
	repeats := 0
	for n := 0; d.next != nil; n++ {
		// A page that fails is read again, and then none of its records was read before.
		r.descent, r.ids = d.descent, maps.Clone(d.ids)
		before := len(r.ids)
		switch {
		case n == firstPages && !all:
			return unfinished, nil
		case d.pages == maxPages:
			return cutShort, nil
		}
		pg, err := r.page(ctx, read, *d.next)
		if err == nil {
			err = r.addPage(ctx, read, &pg)
		}
		if err != nil {
			return unfinished, err
		}
		d.pages, d.next, d.descent = d.pages+1, pg.next, r.descent
		r.Opts.Progress(source.Progress{Environment: r.title(), Results: len(d.final), Oldest: r.oldest, Horizon: r.Horizon})
		if len(r.ids) > before {
			repeats = 0
		} else if repeats++; repeats == maxRepeats {
			return unfinished, errRepeats
		}
		if r.isBelowHorizon() && (r.joined || !all) {
			return atHorizon, nil
		}
	}
	return atEnd, nil
}

// readNew reads from the newest record until known ones begin.
func (r *reader) readNew(ctx context.Context) (ending, error) {
	r.ids, r.joined = map[string]bool{}, false
	at, repeats := &position{}, 0
	for range maxPages {
		before := len(r.ids)
		pg, err := r.page(ctx, &r.Read, *at)
		if err == nil {
			err = r.addPage(ctx, &r.Read, &pg)
		}
		if err != nil {
			return atKnown, err
		}
		if repeats++; len(r.ids) > before {
			repeats = 0
		}
		switch at = pg.next; {
		case r.asksSince() && !r.Date.IsZero() && r.Now.Sub(r.Date) > sinceSlack/2:
			return atKnown, fmt.Errorf("the server's clock is %v behind, so it cannot be asked for what changed since the last reading", r.Now.Sub(r.Date).Round(time.Minute))
		case at == nil:
			return atEnd, nil
		case repeats == maxRepeats:
			return atKnown, errRepeats
		case r.asksSince() || r.unordered:
		case r.joined && (r.One != "" || len(r.unseen()) == 0):
			return atKnown, nil
		case r.deep != nil && r.isBelowHorizon(): // else newer ones would hide that some are missing
			return atHorizon, nil
		}
	}
	return atKnown, errors.New("the list was not read down to what is known")
}

func (r *reader) isBelowHorizon() bool {
	return !r.unordered && !r.oldest.IsZero() && r.oldest.Before(r.Horizon.Add(-source.Longest))
}

// canGoDeeper reports whether there may be records below what is known, above the horizon.
func (r *reader) canGoDeeper() bool {
	return slices.ContainsFunc(r.known, func(e *source.KnownEnvironment) bool { return !e.Exhausted && r.Horizon.Before(e.CompleteFrom) })
}

// selectionChanged reports whether the list may have records that were not selected when it was
// read.
func (r *reader) selectionChanged() bool {
	several := r.name == "" && (r.Project == "" || r.Environment == "")
	return several && r.Known.Selection != r.Opts.Selection.String()
}

func (r *reader) hasKnown() bool {
	return slices.ContainsFunc(r.known, func(e *source.KnownEnvironment) bool { return len(e.Deployments) > 0 })
}

// unseen returns the known running records that were not listed in this poll. One that waits, which
// may be for months, is listed when it changes, where the routine asks for changes.
func (r *reader) unseen() (list []source.Ref) {
	for _, e := range r.known {
		for _, id := range e.Active() {
			waits := r.asksSince() && !slices.ContainsFunc(e.Runs(id), func(d rules.Deployment) bool { return !d.Final() && d.Ran() })
			if ref := (source.Ref{EnvironmentID: e.ID, ID: id}); !r.seen[ref] && !waits {
				list = append(list, ref)
			}
		}
	}
	return list
}

// extent says how far a first reading came that ended so.
func (r *reader) extent(end ending) source.Environment {
	d := &r.deep.descent
	one := source.Environment{Reading: source.ReadWhole, From: d.oldest}
	switch end {
	case unfinished:
		return source.Environment{Reading: source.ReadPart, From: d.last.Add(source.Longest)}
	case atHorizon:
		one.From = r.Horizon
	case atEnd:
		one.Exhausted = true
	case cutShort:
		r.Note("incomplete history "+r.title(), "%s: history is incomplete before %s: the list goes on", r.title(), one.From.Format(time.DateOnly))
	}
	limits := []time.Time{d.gap, d.nth}
	if r.Keep.Age > 0 {
		limits = append(limits, r.Now.Add(-r.Keep.Age))
	}
	for _, limit := range limits {
		if limit.After(one.From) && !one.From.IsZero() {
			one.From, one.Exhausted = limit, false
		}
	}
	return one
}

// noteRead notes that the list was read whole.
func (r *reader) noteRead() {
	r.top, r.changed, r.finished, r.deep = r.newest, r.indexState, true, nil
}
