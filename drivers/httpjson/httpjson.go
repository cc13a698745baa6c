// Package httpjson reads deployments from any server that lists them as JSON, as a
// [mapping.Feed] says. GitHub, GitLab, Jenkins and Argo CD are feeds that the schema makes.
//
// Start at [Client.Poll]. It reads each list (reader.go) page by page (page.go). On first
// contact it reads back to a horizon, some pages a poll. What it could not read is an error,
// with an answer that has the rest.
package httpjson

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Opts says which server to ask, and for what.
type Opts struct {
	rest.Opts
	Feeds []mapping.Feed
	// Mapped is called from Poll's goroutine with each record that was mapped; nil: it is not.
	Mapped func(mapping.Record)
}

// A Client reads from one server. One goroutine at a time may use it. It needs no closing.
type Client struct {
	*rest.Client
	mapped func(mapping.Record)
	feeds  []mapping.Feed
	lists  map[listKey]*list
	// skipped are ids of environments that a [mapping.Check] dropped.
	skipped map[string]bool
}

// A listKey identifies a list: by its feed and the name of the index, "" without one.
type listKey struct {
	feed *mapping.Feed
	name string
}

// A list is what is remembered of a list between polls.
type list struct {
	*mapping.Feed
	name     string     // of the index, or ""
	page     remembered // the first page of Read
	top      mark       // its first record, when the list was last read whole
	changed  string     // what the index said then
	deep     *deep      // the first reading that goes on; nil: none
	finished bool       // the list was read to the horizon, its end, or maxPages
}

// initial returns how the list is read back the first time.
func (l *list) initial() *mapping.Read { return cmp.Or(l.First, &l.Read) }

// A mark is a record of a list. A server that counts anew gives its id again, with another date.
type mark struct {
	id   string
	date time.Time
}

func (m mark) is(id string, date time.Time) bool {
	return id != "" && m.id == id && (m.date.IsZero() || m.date.Equal(date))
}

// New returns a client. It sends and reads nothing.
func New(o Opts) (*Client, error) {
	client, err := rest.New(o.Opts)
	if err != nil {
		return nil, err
	}
	if o.Mapped == nil {
		o.Mapped = func(mapping.Record) {}
	}
	return &Client{Client: client, mapped: o.Mapped, feeds: o.Feeds, lists: map[listKey]*list{}, skipped: map[string]bool{}}, nil
}

// poll is the state of one poll.
type poll struct {
	*rest.Poll
	client *Client
	others map[string]bool // names of environments that are not selected
}

// Poll implements [source.Source]. It sends one request for each list, and more only until
// known records are listed, and one for each known running record that is not listed. After
// a refused login, a second 403 in a row, a rate limit or a server that does not answer, the
// rest is not asked. It ends a moment after ctx.
func (c *Client) Poll(ctx context.Context, known *source.Known, now time.Time) (source.Answer, error) {
	begun, err := c.Begin(known, now)
	if err != nil {
		return source.Answer{}, err
	}
	defer begun.Close()
	p := &poll{begun, c, map[string]bool{}}
	p.Answer.Listed = true
	readers := p.readers(ctx)
	// None is always the last, when the answers of a poll are too many.
	slices.SortStableFunc(readers, func(a, b *reader) int { return a.lastRead().Compare(b.lastRead()) })
	unasked := 0
	for i, r := range readers {
		if i > 0 && p.Over(ctx) {
			unasked++
			r.add(source.Environment{})
		} else if err := r.read(ctx); err != nil {
			r.fail(err)
		}
	}
	if unasked > 0 {
		p.Errs = append(p.Errs, &source.Error{Err: fmt.Errorf("%d more lists were not asked for", unasked)})
	}
	if len(p.Errs) == 0 && !p.Answer.More {
		p.findMissing()
	}
	return p.End()
}

// findMissing adds an error if nothing was ever found of what is selected.
func (p *poll) findMissing() {
	var all []rules.Environment
	for _, e := range p.Answer.Environments {
		all = append(all, e.Environment)
	}
	for _, e := range p.Known.Environments {
		all = append(all, e.Environment)
	}
	for i := range p.client.feeds { // it was asked for by name
		all = append(all, rules.Environment{ProjectID: p.client.feeds[i].Project})
	}
	projects, environments := p.Opts.Selection.Unmatched(all)
	if missing := append(projects, environments...); len(missing) > 0 {
		others := slices.Sorted(maps.Keys(p.others))
		text := fmt.Sprintf("nothing is listed of %q%s", missing, source.Hints(missing, others))
		if len(others) > 0 {
			text += fmt.Sprintf("; not selected: %q", others[:min(len(others), 20)])
		}
		p.Errs = append(p.Errs, &source.Error{Kind: source.Missing, Err: errors.New(text)})
	}
}

// readers returns what reads each list.
func (p *poll) readers(ctx context.Context) (readers []*reader) {
	for i := range p.client.feeds {
		f := &p.client.feeds[i]
		if f.Index == nil {
			readers = append(readers, p.reader(f, ""))
			continue
		}
		indexed, err := p.indexed(ctx, f)
		if err != nil {
			p.Answer.Listed = false
			p.Errs = append(p.Errs, rest.Cause(fmt.Errorf("the index: %w", err), ""))
		}
		readers = append(readers, indexed...)
	}
	return readers
}

// indexed returns what reads the lists of the names in an index that are selected.
func (p *poll) indexed(ctx context.Context, f *mapping.Feed) (readers []*reader, err error) {
	answer, response, err := p.get(ctx, f.Index.Get)
	if err != nil {
		return nil, err
	}
	names, changed, err := f.Index.Names(answer)
	if err != nil {
		return nil, p.Unexpected(response, err)
	}
	for i, name := range names {
		name = p.Text(name)
		e := rules.Environment{ID: name, Name: name}
		if !e.Matches(nil, p.Opts.Selection.Environments) {
			p.others[name] = true
			continue
		}
		r := p.reader(f, name)
		r.indexState = changed[i]
		readers = append(readers, r)
	}
	return readers, nil
}

// reader returns what reads the list of a name of the index.
func (p *poll) reader(f *mapping.Feed, name string) *reader {
	l := p.client.lists[listKey{f, name}]
	if l == nil {
		l = &list{Feed: f, name: name}
		p.client.lists[listKey{f, name}] = l
	}
	r := &reader{poll: p, list: l, environments: map[string]rules.Environment{}, seen: map[source.Ref]bool{}}
	for _, e := range p.Selected() {
		if (f.Project == "" || e.ProjectID == f.Project) && cmp.Or(f.Environment, name, e.Name) == e.Name {
			r.known = append(r.known, e)
		}
	}
	return r
}

// fail adds why a list could not be read.
func (r *reader) fail(err error) {
	hint := ""
	if rest.IsStatus(err, http.StatusNotFound) {
		hint = " (hint: it is not there, or the login may not see it: what is private is not found either)"
	}
	id := ""
	if r.Environment != "" {
		id = mapping.EnvironmentID(r.Project, r.Environment)
	}
	r.Fail(fmt.Errorf("%s: %w%s", r.title(), err, hint), id)
}

// title names a list for people.
func (r *reader) title() string {
	return cmp.Or(strings.TrimSpace(r.Project+" "+cmp.Or(r.Environment, r.name)), "the list")
}

// Check asks for the newest page of each list, or of an index. It returns how many records they
// have, and the server's clock; zero: not known.
func (c *Client) Check(ctx context.Context, now time.Time) (records int, date time.Time, err error) {
	begun, err := c.Begin(nil, now)
	if err != nil {
		return 0, time.Time{}, err
	}
	defer begun.Close()
	p := &poll{begun, c, map[string]bool{}}
	for _, r := range p.readers(ctx) {
		if p.Over(ctx) {
			break
		}
		read := &r.Read
		if r.asksSince() {
			read = r.initial()
		}
		pg, err := r.page(ctx, read, position{})
		if err != nil {
			r.fail(err)
		}
		records += pg.count
	}
	return records, p.FirstDate, errors.Join(p.Errs...)
}
