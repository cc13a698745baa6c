package rest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// maxSkew is how much the server's clock may differ from this machine's before a note says so.
const maxSkew = 5 * time.Minute

// A Poll is a session in which deployments are read, and what has been read of them.
type Poll struct {
	*Session
	Opts    *Opts // of the client
	Known   *source.Known
	Now     time.Time // when it began
	Horizon time.Time // back to which lists are read
	Answer  source.Answer
	Errs    []error
}

// Begin begins a poll as of now; known may be nil. The caller closes it. The error is a
// *[source.Error].
func (c *Client) Begin(known *source.Known, now time.Time) (*Poll, error) {
	s, err := c.Open(now)
	if err != nil {
		return nil, Cause(err, "")
	}
	horizon := cmp.Or(c.opts.HistoryFrom, now.AddDate(-2, 0, 0))
	return &Poll{Session: s, Opts: &c.opts, Known: cmp.Or(known, new(source.Known)), Now: now, Horizon: horizon}, nil
}

// End returns the answer, and the errors as one.
func (p *Poll) End() (source.Answer, error) {
	p.Answer.Date = p.Date
	if skew := p.Date.Sub(p.Now); !p.Date.IsZero() && skew.Abs() > maxSkew {
		p.Note("clock", "the server's clock differs from this machine's by %v", skew.Round(time.Second))
	}
	return p.Answer, errors.Join(p.Errs...)
}

// Note adds a note, once for each topic.
func (p *Poll) Note(topic, format string, args ...any) {
	if !slices.ContainsFunc(p.Answer.Notes, func(n source.Note) bool { return n.Topic == topic }) {
		p.Answer.Notes = append(p.Answer.Notes, source.Note{Topic: topic, Text: fmt.Sprintf(format, args...)})
	}
}

// Fail adds an error: why an environment was not read or, if the id is "", why a part of the
// source was not.
func (p *Poll) Fail(err error, environmentID string) {
	e := Cause(err, environmentID)
	if IsStatus(err, http.StatusNotFound) {
		e.Kind = source.Missing
	}
	p.Errs = append(p.Errs, e)
}

// Selected returns the known environments that the policy selects, without the retired ones.
func (p *Poll) Selected() (list []*source.KnownEnvironment) {
	for i := range p.Known.Environments {
		if e := &p.Known.Environments[i]; !e.Retired && p.Opts.Selection.Has(&e.Environment) {
			list = append(list, e)
		}
	}
	return list
}
