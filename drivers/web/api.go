package web

import (
	"cmp"
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

// maxLimit is the most deployments of a page.
const maxLimit = 500

// endpoint serves a part of the API, which knows some parameters, and answers with the error
// that it returns. Only errors of the client's own are quoted: others may contain paths and
// hosts.
func endpoint(part func(w http.ResponseWriter, r *http.Request, q url.Values) error, known ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := parameters(r.URL, known)
		if err == nil {
			err = part(w, r, q)
		}
		if own, ok := errors.AsType[*RequestError](err); ok {
			problem(w, http.StatusBadRequest, own.Error())
		} else if err != nil {
			problem(w, http.StatusServiceUnavailable, "the answer is not known now")
		}
	}
}

// explain answers for one rule, or for the one that leads.
func (s *Server) explain(w http.ResponseWriter, r *http.Request, q url.Values) error {
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
func (s *Server) gate(w http.ResponseWriter, _ *http.Request, q url.Values) error {
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
func (s *Server) deployments(w http.ResponseWriter, r *http.Request, q url.Values) error {
	limit, err := strconv.Atoi(cmp.Or(q.Get("limit"), "100"))
	if err != nil || limit < 1 || limit > maxLimit {
		return &RequestError{fmt.Errorf("limit: want 1 to %d", maxLimit)}
	}
	page, err := s.ask(r.Context(), Query{
		Source: q.Get("source"), Environment: q.Get("environment"), Project: q.Get("project"), From: q.Get("from"), Until: q.Get("until"),
		After: q.Get("after"), Limit: limit,
	})
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
func parameters(u *url.URL, known []string) (url.Values, error) {
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
