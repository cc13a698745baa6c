package httpjson

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// maxActive is how many running records of a list are asked for one by one.
const maxActive = 50

// Why a list is read from its beginning again.
var (
	errChanged = errors.New("the list changed while it was read")
	errRepeats = errors.New("its pages repeat themselves (hint: does the server page as the policy says?)")
)

// addPage adds the records of a page.
func (r *reader) addPage(ctx context.Context, read *mapping.Read, pg *page) error {
	overlaps := read.Page.Offset == nil || len(r.ids) == 0
	for i := range pg.items {
		overlaps = overlaps || r.ids[pg.items[i].ID()]
	}
	if !overlaps {
		return errChanged
	}
	for i := range pg.items {
		if err := r.addItem(ctx, read, pg, &pg.items[i]); err != nil {
			return err
		}
	}
	if r.unordered && pg.next != nil && !r.asksSince() {
		r.Note("unordered "+r.title(), "%s: the list is not newest first, so it is read whole (hint: ask the server to sort it)", r.title())
	}
	return nil
}

// addItem adds a record of a page, and asks for its details where they are needed.
func (r *reader) addItem(ctx context.Context, read *mapping.Read, pg *page, item *mapping.Item) error {
	id := item.ID()
	repeated := r.ids[id]
	r.ids[id] = true
	rec, err := r.Record(item, r.Now, r.Text)
	if err != nil {
		if item.Kept() {
			r.Errs = append(r.Errs, &source.Error{Err: fmt.Errorf("%s: %w", r.title(), err)})
		}
		return nil
	}
	ref := source.Ref{EnvironmentID: rec.EnvironmentID, ID: rec.ID}
	date := rec.Started
	if date.IsZero() {
		date = rec.Start()
	}
	if r.newest.id == "" && read == &r.Read {
		r.newest = mark{id, date}
	}
	if r.top.is(id, date) {
		r.joined = true
	}
	if !repeated && source.IsPlausible(date, r.Now) && !date.IsZero() {
		r.descend(rec.EnvironmentID, id, date)
	}
	if !item.Kept() {
		if item.Skipped() && (read.Check != nil || r.First != nil && r.First.Check != nil) {
			r.client.skipped[rec.EnvironmentID] = true
		}
		return nil
	}
	wanted, err := r.selects(ctx, read, &rec)
	if err != nil || !wanted {
		return err
	}
	if repeated && read.Page.Offset != nil {
		return nil // pages overlap
	}
	run, known := r.knownRun(&rec)
	if e := r.environment(rec.EnvironmentID); known && e != nil && !date.After(e.Read) && !e.Partial {
		r.joined = true
	}
	final := known && run.Final() && !run.Denied
	if r.deep != nil && read == &r.Read && r.First != nil || r.deep != nil && r.deep.began.Before(r.Now) {
		if ended, was := r.deep.final[ref]; was {
			r.joined, final = r.joined || !repeated, ended // a page that moved repeats what is new
		}
	}
	r.seen[ref] = true
	if read.Details != "" {
		if final {
			return nil
		}
		if rec, err = r.withDetails(ctx, read, pg, item, id); err != nil {
			return err
		}
	}
	r.addRecord(rec)
	return nil
}

// descend notes a record of the list that was not read before.
func (r *reader) descend(environment, id string, date time.Time) {
	if !r.last.IsZero() && date.After(r.last.Add(time.Second)) {
		r.unordered = true
	}
	if r.Consecutive && r.gap.IsZero() && r.misses(environment, id) {
		r.gap = r.last
	}
	if r.last, r.lastID = date, id; r.oldest.IsZero() || date.Before(r.oldest) {
		r.oldest = date
	}
	if len(r.ids) == r.Keep.Number {
		r.nth = date
	}
}

// misses reports whether there were records between the last one and the next that are not
// known.
func (r *reader) misses(environment, id string) bool {
	above, err1 := strconv.Atoi(r.lastID)
	n, err2 := strconv.Atoi(id)
	if err1 != nil || err2 != nil {
		return false
	}
	known := r.environment(environment)
	for n++; n < above; n++ {
		if !known.Has(strconv.Itoa(n)) {
			return true
		}
	}
	return false
}

// environment returns what is known of an environment of the list, or nil.
func (r *reader) environment(id string) *source.KnownEnvironment {
	for _, e := range r.known {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// knownRun returns the known run that a record is of. A number may be given out again.
func (r *reader) knownRun(rec *mapping.Record) (rules.Deployment, bool) {
	for _, run := range r.environment(rec.EnvironmentID).Runs(rec.ID) {
		same := run.Started.Truncate(time.Second).Equal(rec.Started.Truncate(time.Second))
		if same && !rec.Started.IsZero() || run.Start().Equal(rec.Start()) {
			return run, true
		}
	}
	return rules.Deployment{}, false
}

// selects reports whether an environment is read. Before one is read for the first time, the
// server is asked whether it is of a kind that is to be skipped.
func (r *reader) selects(ctx context.Context, read *mapping.Read, rec *mapping.Record) (bool, error) {
	e := rules.Environment{
		Source: r.Known.Name, ID: rec.EnvironmentID, Name: rec.Environment, ProjectID: rec.ProjectID, Project: rec.Project,
	}
	if selected := r.Opts.Selection.Has(&e); !selected || r.client.skipped[e.ID] {
		if !selected {
			r.others[e.Name] = true
		}
		return false, nil
	}
	if _, found := r.environments[e.ID]; !found && read.Check != nil && r.environment(e.ID) == nil {
		answer, _, err := r.get(ctx, expand(read.Check.Get, map[string]string{"environment": e.Name, "name": r.name}))
		if err != nil {
			return false, fmt.Errorf("check of environment %q: %w", e.Name, err)
		}
		passes, err := read.Check.Passes(answer)
		if err != nil || !passes {
			r.client.skipped[e.ID] = err == nil
			return false, err
		}
	}
	r.environments[e.ID] = e
	return true, nil
}

// get asks for a value.
func (p *poll) get(ctx context.Context, path string) (any, rest.Response, error) {
	response, err := p.Do(ctx, rest.Request{Path: path})
	if err != nil {
		return nil, response, err
	}
	answer, err := decode(response.Body)
	if err != nil {
		err = p.Unexpected(response, err)
	}
	return answer, response, err
}

// withDetails maps a record with its details. Those of a page that is as remembered are too, if they
// are events: what happens to a record changes its list.
func (r *reader) withDetails(ctx context.Context, read *mapping.Read, pg *page, item *mapping.Item, id string) (mapping.Record, error) {
	details, ok := r.list.page.details[id]
	if !ok || pg == nil || !pg.same || read.Map.Events == nil {
		if r.Over(ctx) {
			return mapping.Record{}, errors.New("not all details were asked for")
		}
		var err error
		details, _, err = r.get(ctx, expand(read.Details, map[string]string{"id": id, "name": r.name}))
		if rest.IsStatus(err, http.StatusNotFound) { // it is not the list that is missing
			return mapping.Record{}, fmt.Errorf("details of record %s: %v (hint: does the server have the plugin that gives them?)", id, err)
		}
		if err != nil {
			return mapping.Record{}, fmt.Errorf("details of record %s: %w", id, err)
		}
	}
	item.SetDetails(details)
	rec, err := r.Record(item, r.Now, r.Text)
	if err == nil && !rec.Final() && r.list.page.etag != "" {
		if r.list.page.details == nil {
			r.list.page.details = map[string]any{}
		}
		r.list.page.details[id] = details
	}
	return rec, err
}

// readActive asks for the known running records that were not listed. If the whole list was
// read, they are gone where a record cannot be asked for by itself.
func (r *reader) readActive(ctx context.Context, whole bool) error {
	unseen := r.unseen()
	if r.One == "" {
		if whole {
			r.Answer.Vanished = append(r.Answer.Vanished, unseen...)
		}
		return nil
	}
	for i, ref := range unseen {
		if i == maxActive { // what was read of the others counts, so the next poll has fewer to ask for
			r.fail(fmt.Errorf("more than %d records that were running are not listed: the rest was not asked for", maxActive))
			return nil
		}
		if err := r.readOne(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}

// readOne asks for one record.
func (r *reader) readOne(ctx context.Context, ref source.Ref) error {
	answer, _, err := r.get(ctx, expand(r.One, map[string]string{"id": ref.ID, "name": r.name}))
	if rest.IsStatus(err, http.StatusNotFound) {
		r.Answer.Vanished = append(r.Answer.Vanished, ref)
		return nil
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", ref.ID, err)
	}
	item := r.Read.Single(answer)
	rec, err := r.Record(&item, r.Now, r.Text)
	if err == nil && r.Read.Details != "" {
		rec, err = r.withDetails(ctx, &r.Read, nil, &item, ref.ID)
	}
	if err == nil && rec.ID != ref.ID {
		err = errors.New("the answer is of another record")
	}
	if err == nil && rec.EnvironmentID != ref.EnvironmentID { // it was moved to another one
		r.Answer.Vanished = append(r.Answer.Vanished, ref)
		return nil
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", ref.ID, err)
	}
	r.seen[ref] = true
	r.addRecord(rec)
	return nil
}

// addRecord keeps a record for the answer.
func (r *reader) addRecord(rec mapping.Record) {
	if rec.Unknown {
		r.Note("state "+rec.Word, "record %s: unknown state %q: taken to have run and ended", cmp.Or(rec.ID, "without an id"), rec.Word)
	}
	if r.deep != nil {
		r.deep.final[source.Ref{EnvironmentID: rec.EnvironmentID, ID: rec.ID}] = rec.Final()
	}
	r.client.mapped(rec)
	r.records = append(r.records, rec)
}

// add adds the records that were read to the answer, and the environments, of which one says
// how they were read.
func (r *reader) add(one source.Environment) {
	for _, rec := range r.records {
		rec.Source = r.Known.Name
		switch {
		case r.client.skipped[rec.EnvironmentID]:
		case rec.Unusable != nil:
			r.Answer.Unusable = append(r.Answer.Unusable, *rec.Unusable)
		default:
			r.Answer.Deployments = append(r.Answer.Deployments, rec.Deployment)
		}
	}
	for _, e := range r.known {
		if _, found := r.environments[e.ID]; !found {
			r.environments[e.ID] = e.Present()
		}
	}
	if name := r.Environment + r.name; name != "" && len(r.environments) == 0 {
		id := mapping.EnvironmentID(r.Project, name)
		r.environments[id] = rules.Environment{Source: r.Known.Name, ID: id, Name: name, ProjectID: r.Project, Project: r.Project}
	}
	for id, e := range r.environments {
		if !r.client.skipped[id] {
			entry := one
			entry.Environment = e
			r.Answer.Environments = append(r.Answer.Environments, entry)
		}
	}
}
