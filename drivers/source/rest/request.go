package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// maxRedirects is how often a request is redirected, see [Opts.FollowOnHost].
const maxRedirects = 3

// A Request is what a server is asked for. It changes nothing there.
type Request struct {
	Path string // below the base URL, escaped, with its query
	Body any    // sent as JSON by POST; nil: GET
	ETag string // of an answer that is known; "": none is
}

// A Response is an answer of JSON, or that nothing changed.
type Response struct {
	Header http.Header
	Body   []byte // nil: it is as it was when it had the ETag
	ETag   string // "": the server gives none
	Next   string // path of the next page, as in a Request; "": the Link header has none
	// NextErr says why the next page is not to be asked for.
	NextErr error

	answer   *StatusError // what it is; nil: there is none
	received int          // bytes of the body
	err      error        // a *LoginError, the answer, or a noAnswer; nil: the login is proved
	locked   bool         // the login is locked out since this answer
	redirect *url.URL     // on the same host, to be followed; nil: none
}

// Do sends a request. A path that was answered with 403 is asked for once an hour. The errors
// that matter are *LoginError and *StatusError; none shows a secret, a query, or what the
// server wrote.
func (s *Session) Do(ctx context.Context, q Request) (Response, error) {
	if s.received > maxPoll-maxBody {
		s.halted = true
		return Response{}, errEnough
	}
	path, query, _ := strings.Cut(q.Path, "?")
	key := s.login.fingerprint + " " + path
	if at, ok := s.client.denied[key]; ok && !isDue(at, s.now) {
		return Response{}, &LoginError{Status: http.StatusForbidden, Locked: true, Next: at.Add(retryForbidden), Anonymous: s.login.isAnonymous()}
	}
	delete(s.client.denied, key)
	values, err := url.ParseQuery(query)
	if err != nil {
		return Response{}, fmt.Errorf("the query of %s: %w", s.client.URL(path), err)
	}
	address := s.client.URL(path)
	address.RawQuery = values.Encode()
	r := s.send(ctx, address, &q)
	for n := 0; r.redirect != nil && n < maxRedirects; n++ {
		address = r.redirect
		r = s.send(ctx, address, &q)
	}
	s.count(&r)
	date := serverDate(r.Header)
	s.FirstDate = cmp.Or(s.FirstDate, date)
	if refused, ok := r.err.(*LoginError); ok && refused.Status == http.StatusForbidden && !refused.Locked && !s.now.IsZero() {
		refused.Next = s.now.Add(retryForbidden)
		s.client.denied[key] = s.now
	}
	if r.err != nil {
		return r, r.err
	}
	s.Date = cmp.Or(s.Date, date)
	r.ETag = r.Header.Get("ETag")
	r.Next, r.NextErr = s.next(address, r.Header)
	return r, nil
}

// Unexpected returns the error of an answer that is JSON, but not what was asked for. why must
// not quote it.
func (s *Session) Unexpected(r Response, why error) error {
	r.answer.Why = why.Error()
	// GraphQL says it so.
	if r.Header.Get("X-RateLimit-Remaining") == "0" {
		r.answer.Limited, r.answer.RetryAfter = true, retryAfter(r.Header, s.now)
		s.halted = true
	}
	return r.answer
}

// Get asks for a path and decodes the JSON of the answer into into. The errors are those of
// [Session.Do].
func (s *Session) Get(ctx context.Context, path string, query url.Values, into any) error {
	r, err := s.Do(ctx, Request{Path: path + "?" + query.Encode()})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(r.Body, into); err != nil {
		r.answer.Why = describe(err)
		return r.answer
	}
	return nil
}

// nextLink finds the next page in a Link header (RFC 8288), as GitHub and GitLab write it.
var nextLink = regexp.MustCompile(`<([^<>]*)>[^,<]*;\s*rel="?next"?`)

// next returns the next page's path. One on another host is refused: it would be given the login.
func (s *Session) next(address *url.URL, h http.Header) (string, error) {
	m := nextLink.FindStringSubmatch(strings.Join(h.Values("Link"), ", "))
	if m == nil {
		return "", nil
	}
	target, err := address.Parse(m[1])
	if err != nil || !s.client.isHere(target) {
		return "", errors.New("the Link header leads to another server, and is not followed")
	}
	path, ok := strings.CutPrefix(target.EscapedPath(), s.client.base.EscapedPath())
	if !ok {
		return "", fmt.Errorf("the Link header leads out of %s, and is not followed", s.client.base)
	}
	return path + "?" + target.RawQuery, nil
}

// isHere reports whether an address has the base URL's scheme, host and port.
func (c *Client) isHere(u *url.URL) bool {
	return u.Scheme == c.base.Scheme && strings.EqualFold(u.Host, c.base.Host) && u.User == nil
}

// request returns the HTTP request to an address.
func (s *Session) request(address *url.URL, q *Request) (*http.Request, error) {
	method, body := http.MethodGet, []byte(nil)
	if q.Body != nil {
		var err error
		if body, err = json.Marshal(q.Body); err != nil {
			return nil, err
		}
		method = http.MethodPost
	}
	r, err := http.NewRequest(method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", s.client.opts.UserAgent)
	for name, value := range s.client.opts.Headers {
		r.Header.Set(name, value)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.ETag != "" {
		r.Header.Set("If-None-Match", q.ETag)
	}
	s.login.apply(r, &s.client.opts)
	return r, nil
}
