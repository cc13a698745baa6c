package bamboo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	maxSkew   = 5 * time.Minute // between the server's clock and ours, before a note says so
	maxActive = 50              // running results of an environment that are asked for one by one
)

// poll is the state of one poll.
type poll struct {
	*rest.Session
	client *Client
	known  *source.Known
	now    time.Time
	answer source.Answer
	errs   []error
}

// Poll implements [source.Source]. It sends one request for each environment, and more
// only until a known result is listed, and one for each known running result that is not
// listed. Of an environment that is not read whole yet it reads one page, which follows on
// what is known.
//
// After a refused login, a second 403 in a row, a rate limit or a server that does not
// answer, the rest is not asked. It ends a moment after ctx.
func (c *Client) Poll(ctx context.Context, known *source.Known, now time.Time) (source.Answer, error) {
	p, err := c.begin(known, now)
	if err != nil {
		return source.Answer{}, rest.Cause(err, "")
	}
	defer p.Close()
	p.environments(ctx, p.selected(ctx))
	p.askVersion(ctx)
	p.answer.Server = c.server
	p.answer.Date = p.Date()
	if skew := p.Date().Sub(now); !p.Date().IsZero() && skew.Abs() > maxSkew {
		p.note("clock", "the server's clock differs from this machine's by %v", skew.Round(time.Second))
	}
	return p.answer, errors.Join(p.errs...)
}

func (c *Client) begin(known *source.Known, now time.Time) (*poll, error) {
	s, err := c.Open(now)
	return &poll{Session: s, client: c, known: cmp.Or(known, new(source.Known)), now: now}, err
}

func (p *poll) get(ctx context.Context, call string, query map[string][]string, into any) error {
	_, err := p.Get(ctx, apiPath+call, query, into)
	return err
}

// show returns the address of a call as errors name it.
func (p *poll) show(call string) string { return p.client.URL(apiPath + call).String() }

// note adds a note, once for each topic.
func (p *poll) note(topic, format string, args ...any) {
	if !slices.ContainsFunc(p.answer.Notes, func(n source.Note) bool { return n.Topic == topic }) {
		p.answer.Notes = append(p.answer.Notes, source.Note{Topic: topic, Text: fmt.Sprintf(format, args...)})
	}
}

// fail adds why an environment could not be read.
func (l *resultList) fail(err error) {
	e := rest.Cause(fmt.Errorf("environment %q (%s): %w", l.entry.Name, l.entry.ID, err), l.entry.ID)
	if rest.IsStatus(err, http.StatusNotFound) {
		e.Kind = source.Missing
	}
	l.errs = append(l.errs, e)
}

// over reports whether asking on is of no use.
func (p *poll) over(ctx context.Context) bool { return ctx.Err() != nil || p.Over() }

// environments reads the environments. Those come first that were read whole the longest
// ago, and of these those of which least is known: so none is always the last, when the
// answers of a poll are too many.
func (p *poll) environments(ctx context.Context, list []rules.Environment) {
	var lists []*resultList
	for _, e := range list {
		known := cmp.Or(p.known.Environment(e.ID), new(source.KnownEnvironment))
		lists = append(lists, &resultList{poll: p, entry: source.Environment{Environment: e}, known: known, seen: map[string]time.Time{}})
	}
	slices.SortStableFunc(lists, func(a, b *resultList) int {
		return cmp.Or(a.known.Read.Compare(b.known.Read), a.known.Results()-b.known.Results())
	})
	unasked := 0
	for i, l := range lists {
		if i > 0 && p.over(ctx) {
			unasked++
		} else if err := l.read(ctx); err != nil {
			l.fail(err)
			if rest.IsStatus(err, http.StatusNotFound) {
				p.client.catalog.maxAge = catalogRetry
			}
		} else if !l.unfinished {
			l.readActive(ctx)
		}
		p.answer.Environments = append(p.answer.Environments, l.entry)
	}
	if unasked > 0 {
		p.errs = append(p.errs, &source.Error{Err: fmt.Errorf("%d more environments were not asked", unasked)})
	}
}

// readActive asks for the known running results that the pages did not show. What cannot be
// read stays as it is known, and is an error.
func (l *resultList) readActive(ctx context.Context) {
	asked := 0
	for _, id := range l.known.Active() {
		if _, ok := l.seen[id]; ok {
			continue
		}
		if asked++; asked > maxActive {
			l.fail(fmt.Errorf("more than %d results that were running are not listed: the rest was not asked for", maxActive))
			return
		}
		var result wireResult
		call := "deploy/result/" + id
		err := l.get(ctx, call, nil, &result)
		switch {
		case rest.IsStatus(err, http.StatusNotFound):
			l.answer.Vanished = append(l.answer.Vanished, source.Ref{EnvironmentID: l.entry.ID, ID: id})
		case err != nil:
			l.fail(err)
		case result.ID.text != id:
			l.fail(fmt.Errorf("GET %s: the answer is of another result", l.show(call)))
		default:
			l.add(&result, l.entry.Environment)
		}
		if l.over(ctx) {
			return
		}
	}
}
