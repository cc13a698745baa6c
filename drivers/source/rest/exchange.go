package rest

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// A reply is an answer, read as far as it is of use.
type reply struct {
	status   int
	header   http.Header
	length   int64  // of the body; -1: not known
	received int    // bytes of the body
	body     []byte // JSON, as asked for, which proves the login; nil: it is none, see why
	refused  int    // 401: the login is wrong, or there is none; 403: see captcha; 0: it is not refused
	captcha  bool   // the account is locked; else 403 may also be about what was asked for
	why      string // what is wrong with the body
	cause    error  // of that, or nil
	err      error  // why there is no answer: what the network or the context says, or a *LoginError
	locked   bool   // the login is locked out since this answer
}

// send sends one request and passes the answer on to the lockouts. A login that is not
// proven good is sent by one request at a time. When ctx ends, the caller does not wait for
// the answer to such a request, but send still does: it may count as a failed login.
func (s *Session) send(ctx context.Context, address *url.URL, query url.Values) reply {
	request := s.request(address, query)
	if s.login.isAnonymous() {
		return s.exchange(ctx, request)
	}
	lockouts, fingerprint := s.client.opts.Lockouts, s.login.fingerprint
	turn, err := lockouts.acquire(ctx, fingerprint, s.now)
	if err != nil {
		return reply{err: err}
	}
	if turn == nil {
		r := s.exchange(ctx, request)
		r.locked = lockouts.update(fingerprint, &r, s.now)
		return r
	}
	replies := make(chan reply, 1)
	go func() { // ends after the timeout of one request
		r := s.exchange(context.WithoutCancel(ctx), request)
		if r.locked = lockouts.update(fingerprint, &r, s.now); r.refused != 0 && ctx.Err() != nil {
			lockouts.lock(fingerprint, r.refused, s.now) // the session does not see it
		}
		<-turn
		replies <- r
		if ctx.Err() != nil {
			s.closeIdle()
		}
	}()
	select {
	case r := <-replies:
		return r
	case <-ctx.Done():
		return reply{err: context.Cause(ctx)}
	}
}

func (s *Session) request(address *url.URL, query url.Values) *http.Request {
	u := *address
	u.RawQuery = query.Encode()
	r := &http.Request{Method: http.MethodGet, URL: &u, Host: u.Host, Header: http.Header{
		"Accept":     {"application/json"},
		"User-Agent": {s.client.opts.UserAgent},
	}}
	s.login.apply(r, &s.client.opts)
	return r
}

// exchange sends a request and reads the answer. It ends with ctx, and after the timeout.
// A body that is of no use is not read: after 101 (Switching Protocols) it is the
// connection, which no context ends.
func (s *Session) exchange(ctx context.Context, request *http.Request) reply {
	timeout := s.client.opts.Timeout
	ctx, cancel := context.WithTimeoutCause(ctx, timeout,
		fmt.Errorf("no whole answer within %v: %w", timeout, context.DeadlineExceeded))
	defer cancel()
	response, err := s.client.transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return reply{err: err}
	}
	defer response.Body.Close()
	r := reply{status: response.StatusCode, header: response.Header, length: response.ContentLength}
	if r.status == http.StatusUnauthorized || r.status == http.StatusForbidden {
		r.refused = r.status
	}
	if refusal := s.client.opts.Refusal; refusal != nil && !s.login.isAnonymous() {
		if status := refusal(r.status, r.header); status != 0 {
			r.refused, r.captcha = status, status == http.StatusForbidden
		}
	}
	if r.refused != 0 || r.status != http.StatusOK {
		return r
	}
	if !isJSON(r.header) {
		r.why = "the answer is not JSON (a login page or a proxy?)"
		return r
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1)) // inflated: a gzip bomb ends here
	r.received = len(body)
	switch {
	case err != nil:
		r.why, r.cause = "the answer broke off", err
	case len(body) > maxBody:
		r.why = "the answer is larger than 8 MiB"
	default:
		r.body, r.length = body, int64(len(body))
	}
	return r
}

// limited reports whether the server wants to be asked less often.
func (r *reply) limited() bool {
	return r.status == http.StatusTooManyRequests || r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") != ""
}

func isJSON(h http.Header) bool {
	kind := contentType(h)
	return kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

// contentType returns the type without its parameters, "" where it is none.
func contentType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

func (s *Session) closeIdle() {
	(&http.Client{Transport: s.client.transport}).CloseIdleConnections()
}
