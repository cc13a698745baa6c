package bamboo

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// maxActive is how many running results of an environment are asked for one by one.
const maxActive = 50

// poll is the state of one poll.
type poll struct {
	*rest.Poll
	client *Client
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
		return source.Answer{}, err
	}
	defer p.Close()
	p.environments(ctx, p.selected(ctx))
	p.askVersion(ctx)
	p.Answer.Server = c.server
	return p.End()
}

func (c *Client) begin(known *source.Known, now time.Time) (*poll, error) {
	p, err := c.Begin(known, now)
	return &poll{p, c}, err
}

func (p *poll) get(ctx context.Context, call string, query map[string][]string, into any) error {
	return p.Get(ctx, apiPath+call, query, into)
}

// show returns the address of a call as errors name it.
func (p *poll) show(call string) string { return p.client.URL(apiPath + call).String() }

// fail adds why an environment could not be read.
func (l *resultList) fail(err error) {
	l.Fail(fmt.Errorf("environment %q (%s): %w", l.entry.Name, l.entry.ID, err), l.entry.ID)
}

// environments reads the environments. Those come first that were read whole the source.Longest
// ago, and of these those of which least is known: so none is always the last, when the
// answers of a poll are too many.
func (p *poll) environments(ctx context.Context, list []rules.Environment) {
	var lists []*resultList
	for _, e := range list {
		known := cmp.Or(p.Known.Environment(e.ID), new(source.KnownEnvironment))
		lists = append(lists, &resultList{poll: p, entry: source.Environment{Environment: e}, known: known, seen: map[string]time.Time{}})
	}
	slices.SortStableFunc(lists, func(a, b *resultList) int {
		return cmp.Or(a.known.Read.Compare(b.known.Read), a.known.Results()-b.known.Results())
	})
	unasked := 0
	for i, l := range lists {
		if i > 0 && p.Over(ctx) {
			unasked++
		} else if err := l.read(ctx); err != nil {
			l.fail(err)
			if rest.IsStatus(err, http.StatusNotFound) {
				p.client.catalog.maxAge = catalogRetry
			}
		} else if !l.unfinished {
			l.readActive(ctx)
		}
		p.Answer.Environments = append(p.Answer.Environments, l.entry)
	}
	if unasked > 0 {
		p.Errs = append(p.Errs, &source.Error{Err: fmt.Errorf("%d more environments were not asked", unasked)})
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
			l.Answer.Vanished = append(l.Answer.Vanished, source.Ref{EnvironmentID: l.entry.ID, ID: id})
		case err != nil:
			l.fail(err)
		case result.ID.text != id:
			l.fail(fmt.Errorf("GET %s: the answer is of another result", l.show(call)))
		default:
			l.add(&result, l.entry.Environment)
		}
		if l.Over(ctx) {
			return
		}
	}
}
