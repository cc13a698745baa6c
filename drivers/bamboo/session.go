package bamboo

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody       = 8 << 20 // of one answer, inflated; about 4,000 results
	maxRetryAfter = time.Hour
)

// session is one poll's requests with one login.
type session struct {
	client *Client
	login  login
	now    time.Time // when the poll began; zero: no clock

	answered  int       // requests answered with 200 and JSON
	forbidden int       // requests answered with 403
	denied    int       // of them, those since the last good answer
	halted    bool      // the server is not to be asked on
	date      time.Time // the server's Date of the first answer
	told      time.Time // the same of the first with JSON
}

// newSession reads the credential and opens a session, unless the login is held.
// now is zero for a call that has no clock.
func (c *Client) newSession(now time.Time) (*session, error) {
	var credential Credential
	if c.opts.Credential != nil {
		var err error
		if credential, err = c.opts.Credential(); err != nil {
			return nil, &AuthError{Err: err}
		}
	}
	l, err := credential.open(c.base.String())
	if err != nil {
		return nil, &AuthError{Err: err}
	}
	if c.login != l.fingerprint {
		c.login = l.fingerprint
		clear(c.denied)
	}
	if err := c.latches.refusal(l.fingerprint, now); err != nil {
		return nil, err
	}
	return &session{client: c, login: l, now: now}, nil
}

// get asks for one address and decodes its JSON into into. Its errors are
// *AuthError, *RateLimitError, *RedirectError, *StatusError and *noAnswer; none
// holds a secret or a query.
func (s *session) get(ctx context.Context, path string, query url.Values, into any) error {
	r := s.send(ctx, path, query)
	if refused, ok := r.err.(*AuthError); ok {
		s.halted = true
		return refused
	}
	if r.err != nil {
		return &noAnswer{s.client.show(path), s.login.hide(r.err)}
	}
	date := serverDate(r.header)
	if s.date.IsZero() {
		s.date = date
	}
	if err := s.refused(r, path); err != nil {
		return err
	}
	bad := func(why string, err error) error {
		return &StatusError{
			Status: r.status, URL: s.client.show(path), Why: why,
			Excerpt: s.login.excerpt(r.body), Version: s.client.version, Err: err,
		}
	}
	switch {
	case r.status != http.StatusOK:
		return bad("", nil)
	case !isJSON(r.header.Get("Content-Type")):
		return bad("the answer is not JSON (a login page or a proxy?)", nil)
	case r.readErr != nil:
		return bad("the answer broke off", s.login.hide(r.readErr))
	case len(r.body) > maxBody:
		return bad("the answer is larger than 8 MiB", nil)
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		return bad("the answer is not what Bamboo gives: "+s.login.describe(err), nil)
	}
	if s.told.IsZero() {
		s.told = date
	}
	s.answered++
	return nil
}

// serverDate returns when an answer was made; zero if that is not told, or a cache has
// kept it since.
func serverDate(h http.Header) time.Time {
	if h.Get("Age") != "" {
		return time.Time{}
	}
	date, _ := http.ParseTime(h.Get("Date"))
	return date
}

// refused returns the error of an answer that says why it is none: the login,
// the rate, or another address.
func (s *session) refused(r reply, path string) error {
	address := s.client.show(path)
	anonymous := s.login.isAnonymous()
	switch r.verdict {
	case captcha:
		return &AuthError{Status: r.status, URL: address, Captcha: true, Next: s.next()}
	case wrongLogin:
		return &AuthError{Status: http.StatusUnauthorized, URL: address, Anonymous: anonymous}
	case forbidden:
		return &AuthError{Status: r.status, URL: address, Anonymous: anonymous, Next: s.next()}
	case limited:
		return &RateLimitError{Status: r.status, URL: address, RetryAfter: s.retryAfter(r.header)}
	case moved:
		return s.redirected(r, path)
	}
	return nil
}

// stillForbidden is the error of what is not asked for, since it was answered
// with 403 at an instant.
func (s *session) stillForbidden(at time.Time) error {
	return &AuthError{Status: http.StatusForbidden, Latched: true, Next: at.Add(probeEvery), Anonymous: s.login.isAnonymous()}
}

// next returns when what was refused now is tried again; zero without a clock.
func (s *session) next() time.Time {
	if s.now.IsZero() {
		return time.Time{}
	}
	return s.now.Add(probeEvery)
}

// retryAfter returns how long the server wants to be left alone; 0: it did not say.
func (s *session) retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if at, err := http.ParseTime(text); err == nil {
		// The server's own clock, so that ours need not be right.
		if from := s.serverNow(h); at.After(from) {
			return min(at.Sub(from), maxRetryAfter)
		}
		return 0
	}
	if wait := seconds(text); wait > 0 || text != "" {
		return wait
	}
	return seconds(h.Get("X-RateLimit-Interval-Seconds"))
}

func (s *session) serverNow(h http.Header) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return s.now
}

// seconds reads a whole number of seconds, capped; 0 for what is none.
func seconds(text string) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if errors.Is(err, strconv.ErrRange) && n > 0 {
		return maxRetryAfter
	}
	if err != nil || n <= 0 {
		return 0
	}
	return min(time.Duration(min(n, int64(maxRetryAfter/time.Second)))*time.Second, maxRetryAfter)
}

// redirected returns where the server points, without what may be secret.
func (s *session) redirected(r reply, path string) error {
	e := &RedirectError{Status: r.status, URL: s.client.show(path), Location: "an address that is not valid"}
	target, err := s.client.api(path).Parse(r.header.Get("Location"))
	if err != nil {
		return e
	}
	target.User, target.RawQuery, target.Fragment = nil, "", ""
	e.Location = s.login.scrub(target.String())
	if base, ok := strings.CutSuffix(e.Location, "/"+apiPath+"/"+path); ok {
		e.Base = base
	}
	return e
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"))
}
