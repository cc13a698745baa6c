package bamboo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// verdict is what an answer says of the request.
type verdict int

const (
	unclear    verdict = iota // nothing of the login, or no answer
	welcome                   // JSON, as asked for
	wrongLogin                // the login is wrong, or there is none
	captcha                   // the account is locked
	forbidden                 // 403: a missing permission, or a locked account that does not say so
	limited                   // asked too often
	moved                     // another address
)

// reply is an answer, read as far as it is of use.
type reply struct {
	verdict verdict
	status  int
	header  http.Header
	body    []byte // at most one byte more than is allowed
	readErr error  // what stopped the reading of the body
	err     error  // why there is no answer: what the network or the context says, or an *AuthError
}

// send sends one request and tells the latches the answer. A login that is not
// proven good is sent alone, and its answer awaited even when ctx ends, though
// not by the caller: it may count as a failed login, and must not be lost.
func (s *session) send(ctx context.Context, path string, query url.Values) reply {
	c := s.client
	request := s.request(path, query)
	if s.login.isAnonymous() {
		r := c.exchange(ctx, request)
		s.learn(r.verdict)
		return r
	}
	alone, err := c.latches.ask(ctx, s.login.fingerprint, s.now)
	if err != nil {
		return reply{err: err}
	}
	if !alone {
		r := c.exchange(ctx, request)
		s.learn(r.verdict)
		return r
	}
	replies := make(chan reply)
	fingerprint, now := s.login.fingerprint, s.now
	go func() { // ends after the timeout of one request
		r := c.exchange(context.WithoutCancel(ctx), request)
		select {
		case replies <- r:
		case <-ctx.Done():
			c.latches.learn(fingerprint, r.verdict, now, true)
			c.latches.release(fingerprint)
			c.closeIdle()
		}
	}()
	select {
	case r := <-replies:
		s.learn(r.verdict)
		c.latches.release(fingerprint)
		return r
	case <-ctx.Done():
		return reply{err: context.Cause(ctx)}
	}
}

func (s *session) request(path string, query url.Values) *http.Request {
	u := s.client.api(path)
	if s.login.needsAuthTypeBasic {
		if query == nil {
			query = url.Values{}
		}
		query.Set("os_authType", "basic")
	}
	u.RawQuery = query.Encode()
	request := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{
		"Accept":     {"application/json"}, // the default is XML
		"User-Agent": {s.client.opts.UserAgent},
	}}
	s.login.apply(request)
	return request
}

// exchange sends a request and reads the answer.
func (c *Client) exchange(ctx context.Context, request *http.Request) reply {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout,
		fmt.Errorf("no whole answer within %v: %w", c.opts.Timeout, context.DeadlineExceeded))
	defer cancel()
	response, err := c.transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return reply{err: err}
	}
	defer response.Body.Close()
	r := reply{status: response.StatusCode, header: response.Header}
	r.verdict = judge(r.status, r.header, request.Header.Get("Authorization") != "")
	if r.verdict != unclear {
		return r
	}
	limit := int64(maxBody + 1)
	if r.status != http.StatusOK {
		limit = excerptFrom
	}
	r.body, r.readErr = io.ReadAll(io.LimitReader(response.Body, limit)) // inflated: a gzip bomb ends here
	if r.status == http.StatusOK && isJSON(r.header.Get("Content-Type")) && r.readErr == nil && len(r.body) <= maxBody {
		r.verdict = welcome
	}
	return r
}

// judge returns what an answer says before its body is read.
func judge(status int, h http.Header, loggedIn bool) verdict {
	// Seraph, Atlassian's login filter, names its verdict here. A call that is
	// open to anonymous users is answered with 200 even so.
	reason := h.Get("X-Seraph-LoginReason")
	denied := strings.Contains(h.Get("X-Authentication-Denied-Reason"), "CAPTCHA") || reason == "AUTHENTICATION_DENIED"
	switch {
	case loggedIn && denied && status >= 400:
		return captcha
	case loggedIn && reason == "AUTHENTICATED_FAILED", status == http.StatusUnauthorized:
		return wrongLogin
	case status == http.StatusForbidden:
		return forbidden
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && h.Get("Retry-After") != "":
		return limited
	case status >= 300 && status < 400 && h.Get("Location") != "":
		return moved
	}
	return unclear
}

// learn takes in what an answer says of the login. After the second 403 in a row
// the server is not asked on: it may be an account that every further login
// locks for longer. A 403 among good answers is about what was asked for.
func (s *session) learn(v verdict) {
	switch v {
	case welcome:
		s.denied = 0
	case captcha, forbidden:
		s.forbidden++
		s.denied++
	}
	twice := s.denied >= 2
	if s.login.isAnonymous() {
		s.halted = s.halted || twice || v == wrongLogin
		return
	}
	if held := s.client.latches.learn(s.login.fingerprint, v, s.now, twice && s.answered == 0); held || twice {
		s.halted = true
	}
}

// holdIfForbidden holds a login that got nothing but 403 in the whole session.
func (s *session) holdIfForbidden() {
	if s.answered == 0 && s.forbidden > 0 {
		s.hold()
	}
}

// hold holds the login after a 403. Anonymous users have none to protect.
func (s *session) hold() {
	s.halted = true
	if !s.login.isAnonymous() {
		s.client.latches.hold(s.login.fingerprint, s.now)
	}
}
