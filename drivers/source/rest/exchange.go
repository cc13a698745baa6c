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
	status  int
	header  http.Header
	length  int64  // of the body; -1: not known
	body    []byte // at most one byte more than is allowed
	good    bool   // JSON, as asked for: it proves the login
	refused int    // 401: the login is wrong, or there is none; 403: see captcha; 0: it is not refused
	captcha bool   // the account is locked; else 403 may also be about what was asked for
	readErr error  // what stopped the reading of the body
	err     error  // why there is no answer: what the network or the context says, or a *LoginError
	locked  bool   // the login is, since this answer
}

// send sends one request and tells the lockouts the answer. A login that is not proven
// good is sent alone. Its answer is awaited even when ctx ends, though not by the caller:
// it may count as a failed login, and must not be lost.
func (s *Session) send(ctx context.Context, address *url.URL, query url.Values) reply {
	request := s.request(address, query)
	if s.login.isAnonymous() {
		return s.exchange(ctx, request)
	}
	lockouts, fingerprint := s.client.opts.Lockouts, s.login.fingerprint
	turn, err := lockouts.enter(ctx, fingerprint, s.now)
	if err != nil {
		return reply{err: err}
	}
	if turn == nil {
		r := s.exchange(ctx, request)
		r.locked = lockouts.learn(fingerprint, &r, s.now)
		return r
	}
	replies := make(chan reply, 1)
	go func() { // ends after the timeout of one request
		r := s.exchange(context.WithoutCancel(ctx), request)
		if r.locked = lockouts.learn(fingerprint, &r, s.now); r.refused != 0 && ctx.Err() != nil {
			lockouts.lock(fingerprint, r.refused, s.now) // nobody counts it
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
	if told := s.client.opts.Refusal; told != nil && !s.login.isAnonymous() {
		if status := told(r.status, r.header); status != 0 {
			r.refused, r.captcha = status, status == http.StatusForbidden
		}
	}
	if r.refused != 0 || r.status != http.StatusOK || !isJSON(r.header) {
		return r
	}
	r.body, r.readErr = io.ReadAll(io.LimitReader(response.Body, maxBody+1)) // inflated: a gzip bomb ends here
	if r.readErr == nil && len(r.body) <= maxBody {
		r.good, r.length = true, int64(len(r.body))
	}
	return r
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
