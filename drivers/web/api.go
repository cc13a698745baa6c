package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// A Gate is the answer to "may we deploy now?".
type Gate struct {
	Allowed bool
	Wait    time.Duration // until the answer changes; not positive: it does not
	Answer  any           // as JSON
}

// A Query asks for deployments, the newest first. Texts are as the client gave them.
type Query struct {
	Source               string // name; "": all
	Environment, Project string // name, id or /regexp/; "": all
	From, Until          string // times; "": no bound
	After                string // the cursor of a page before; "": the first
	Limit                int    // 1 to 500
}

// The limits of a page of deployments.
const (
	defaultLimit = 100
	maxLimit     = 500
)

// An endpoint is a handler of the API, which answers with the error that it returns.
type endpoint func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP implements http.Handler. Only errors of the client's own are quoted: others
// may contain paths and hosts.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := e(w, r)
	if own, ok := errors.AsType[*RequestError](err); ok {
		problem(w, http.StatusBadRequest, own.Error())
	} else if err != nil {
		problem(w, http.StatusServiceUnavailable, "the answer is not known now")
	}
}

// explain answers for one rule, or for the one that leads.
func (s *Server) explain(w http.ResponseWriter, r *http.Request) error {
	q, err := parameters(r.URL, "rule")
	if err != nil {
		return err
	}
	v := s.hub.now().shown
	d, ok := v.Explanations[q.Get("rule")]
	if !ok && v.Explanations != nil {
		problem(w, http.StatusNotFound, fmt.Sprintf("there is no rule %q", q.Get("rule")))
		return nil
	}
	d.serve(w, r)
	return nil
}

// gate answers 200 while deploying is allowed and 425 while it is not, so that
// a pipeline's curl --fail ends it. Retry-After says when to ask again.
func (s *Server) gate(w http.ResponseWriter, r *http.Request) error {
	q, err := parameters(r.URL, "source", "project", "environment")
	if err != nil {
		return err
	}
	g, err := s.o.Gate(q.Get("source"), q.Get("project"), q.Get("environment"))
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(g.Answer, "", "  ")
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !g.Allowed {
		status = http.StatusTooEarly
		if g.Wait > 0 {
			w.Header().Set("Retry-After", strconv.FormatInt(int64((g.Wait+time.Second-1)/time.Second), 10))
		}
	}
	answer(w, status, jsonType, string(body))
	return nil
}

// deployments answers with a page of the history.
func (s *Server) deployments(w http.ResponseWriter, r *http.Request) error {
	v, err := parameters(r.URL, "source", "environment", "project", "from", "until", "after", "limit")
	if err != nil {
		return err
	}
	q := Query{
		Source: v.Get("source"), Environment: v.Get("environment"), Project: v.Get("project"), From: v.Get("from"), Until: v.Get("until"),
		After: v.Get("after"), Limit: defaultLimit,
	}
	if text := v.Get("limit"); text != "" {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > maxLimit {
			return &RequestError{fmt.Errorf("limit: want 1 to %d", maxLimit)}
		}
	}
	page, err := s.ask(r.Context(), q)
	if err != nil {
		return err
	}
	d, err := NewDocument(page, page)
	if err != nil {
		return err
	}
	d.serve(w, r)
	return nil
}

// ask runs one query at a time. It ends before anything is written, since a client may
// not read.
func (s *Server) ask(ctx context.Context, q Query) (any, error) {
	s.querying.Lock()
	defer s.querying.Unlock()
	return s.o.Deployments(ctx, q)
}

// parameters reads a query and refuses unknown parameters, since a misspelt one would
// select everything.
func parameters(u *url.URL, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, &RequestError{errors.New("the query cannot be read")}
	}
	for name, list := range values {
		switch {
		case !slices.Contains(known, name):
			return nil, &RequestError{fmt.Errorf("there is no parameter %q", name)}
		case len(list) > 1:
			return nil, &RequestError{fmt.Errorf("%s: it is given twice", name)}
		}
	}
	return values, nil
}
