package rest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// send sends one request and passes the answer on to the lockouts. A login that is not
// proven good is sent by one request at a time. When ctx ends, the caller does not wait for
// the answer to such a request, but send still does: it may count as a failed login.
func (s *Session) send(ctx context.Context, address *url.URL, q *Request) Response {
	request, err := s.request(address, q)
	if err != nil {
		return Response{err: err}
	}
	shown := *address // in errors
	shown.RawQuery, shown.ForceQuery = "", false
	address = &shown
	if s.login.isAnonymous() {
		return s.exchange(ctx, address, request)
	}
	lockouts, fingerprint := s.client.opts.Lockouts, s.login.fingerprint
	turn, err := lockouts.acquire(ctx, fingerprint, s.now)
	if err != nil {
		return Response{err: s.noAnswer(address, err)}
	}
	if turn == nil {
		r := s.exchange(ctx, address, request)
		r.locked = lockouts.update(fingerprint, r.err, s.now)
		return r
	}
	replies := make(chan Response, 1)
	go func() { // ends after the timeout of one request
		r := s.exchange(context.WithoutCancel(ctx), address, request)
		r.locked = lockouts.update(fingerprint, r.err, s.now)
		if refused, ok := r.err.(*LoginError); ok && ctx.Err() != nil {
			lockouts.lock(fingerprint, refused.Status, s.now) // the session does not see it
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
		return Response{err: s.noAnswer(address, context.Cause(ctx))}
	}
}

// exchange sends a request and reads the answer. It ends with ctx, and after the timeout.
// A body that is of no use is not read: after 101 (Switching Protocols) it is the
// connection, which no context ends.
func (s *Session) exchange(ctx context.Context, address *url.URL, request *http.Request) Response {
	timeout := s.client.opts.Timeout
	ctx, cancel := context.WithTimeoutCause(ctx, timeout,
		fmt.Errorf("no whole answer within %v: %w", timeout, context.DeadlineExceeded))
	defer cancel()
	response, err := s.client.transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return Response{err: s.noAnswer(address, cmp.Or(context.Cause(ctx), err))}
	}
	defer response.Body.Close()
	status, header := response.StatusCode, response.Header
	limited := isLimited(status, header)
	if refused := s.refusal(status, header); refused != nil && !limited {
		refused.URL = address.String()
		return Response{Header: header, err: refused}
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "" // it may be anything
	}
	a := &StatusError{Status: status, URL: address.String(), ContentType: s.TextOf(kind, maxType), Length: response.ContentLength}
	r := Response{Header: header, answer: a, err: a}
	location := header.Get("Location")
	switch {
	case limited:
		a.Limited, a.RetryAfter, a.Why = true, retryAfter(header, s.now), "the rate limit is used up"
	case status == http.StatusNotModified && request.Header.Get("If-None-Match") != "":
		r.err = nil
	case status >= 300 && status < 400 && location != "":
		a.Why = s.redirected(location, address)
		if target, err := address.Parse(location); err == nil && s.client.opts.FollowOnHost && s.client.isHere(target) && request.Method == http.MethodGet {
			r.redirect = target
		}
	case status != http.StatusOK:
	case kind != "application/json" && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")):
		a.Why = "the answer is not JSON (a login page or a proxy?)"
	default:
		body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1)) // inflated: a gzip bomb ends here
		r.received = len(body)
		switch {
		case err != nil:
			a.Why, a.Err = "the answer broke off", err
		case len(body) > maxBody:
			a.Why = "the answer is larger than 8 MiB"
		default:
			r.Body, r.err, a.Length = body, nil, int64(len(body))
		}
	}
	return r
}

// isLimited reports whether the server wants to be asked less often. GitHub says so with 403.
func isLimited(status int, h http.Header) bool {
	waits := h.Get("Retry-After") != ""
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable && waits ||
		status == http.StatusForbidden && (waits || h.Get("X-RateLimit-Remaining") == "0")
}

// refusal returns how an answer refuses the login, or nil. Any 403 may also be about what was
// asked for, unless it is said that the account is locked.
func (s *Session) refusal(status int, header http.Header) *LoginError {
	refused := &LoginError{Status: status, Anonymous: s.login.isAnonymous()}
	if says := s.client.opts.Refusal; says != nil && !refused.Anonymous {
		if status := says(status, header); status != 0 {
			refused.Status, refused.Captcha = status, status == http.StatusForbidden
		}
	}
	if refused.Status != http.StatusUnauthorized && refused.Status != http.StatusForbidden {
		return nil
	}
	return refused
}

func (s *Session) closeIdle() {
	(&http.Client{Transport: s.client.transport}).CloseIdleConnections()
}
