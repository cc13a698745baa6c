package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// A Session is the requests of one poll, with one login. One goroutine at a time may use
// it; the caller closes it.
type Session struct {
	// Date is the server's clock at its first answer with JSON that was not from a cache, else
	// zero: a login page or an error may be a proxy's. FirstDate is that of any answer.
	Date, FirstDate time.Time

	client *Client
	login  login
	now    time.Time // when the poll began; zero: no clock

	answered int  // requests answered with 200 and JSON
	denied   int  // requests answered with 403 since the last of these
	received int  // bytes of answers
	halted   bool // the server is not to be asked any more
}

// Open begins a session: it reads the credential and CAFile, and sends nothing. now is
// the instant of the poll. The error is a *LoginError where the credential cannot be read
// or is locked out.
func (c *Client) Open(now time.Time) (*Session, error) {
	var credential Credential
	if c.opts.Credential != nil {
		var err error
		if credential, err = c.opts.Credential(); err != nil {
			return nil, &LoginError{Err: err}
		}
	}
	return c.open(credential, now)
}

// OpenAnonymous begins a session without the login, so that it is not at risk.
func (c *Client) OpenAnonymous() (*Session, error) { return c.open(Credential{}, time.Time{}) }

func (c *Client) open(credential Credential, now time.Time) (*Session, error) {
	l, err := credential.open(c.base.String())
	if err != nil {
		return nil, &LoginError{Err: err}
	}
	if !l.isAnonymous() {
		if _, _, refused := c.opts.Lockouts.check(l.fingerprint, now); refused != nil {
			return nil, refused
		}
	}
	return &Session{client: c, login: l, now: now}, c.connect()
}

// Close closes the session's connections. A login that got nothing but 403 is locked out for
// an hour: it may be an account that each further login locks for longer.
func (s *Session) Close() {
	if s.answered == 0 && s.denied > 0 && !s.login.isAnonymous() {
		s.client.opts.Lockouts.lock(s.login.fingerprint, http.StatusForbidden, s.now)
	}
	s.closeIdle()
}

// Text returns a text of the server's as it may be kept and shown: without the secret, and
// as [source.Text] has it.
func (s *Session) Text(text string) string { return source.Text(s.login.mask(text)) }

// TextOf is [Session.Text] with a limit in bytes.
func (s *Session) TextOf(text string, limit int) string {
	return source.TextOf(s.login.mask(text), limit)
}

// Over reports whether asking on is of no use.
func (s *Session) Over(ctx context.Context) bool { return ctx.Err() != nil || s.halted }

// count counts an answer. After no answer, a rate limit, or the second 403 in a row the
// server is not asked any more; one 403 among good answers is about what was asked for.
func (s *Session) count(r *Response) {
	s.received += r.received
	s.halted = s.halted || r.locked
	refused, _ := r.err.(*LoginError)
	switch {
	case r.err == nil:
		s.answered++
		s.denied = 0
	case refused != nil && refused.Status == http.StatusForbidden && !refused.Locked:
		s.denied++
		s.halted = s.halted || s.denied >= 2
	case r.answer == nil || r.answer.Limited:
		s.halted = true
	}
}

// redirected says where the server points, without what may be secret. A redirect to another
// host is never followed: it would give the login away, or lose it, and an anonymous, shorter
// answer would look like a good one.
func (s *Session) redirected(location string, address *url.URL) string {
	target, err := address.Parse(location)
	if err != nil {
		return "not followed, to an address that is not valid"
	}
	target.User, target.RawQuery, target.Fragment = nil, "", ""
	shown := s.Text(target.String())
	call := strings.TrimPrefix(address.Path, strings.TrimSuffix(s.client.base.Path, "/"))
	if base, ok := strings.CutSuffix(shown, call); ok {
		return fmt.Sprintf("not followed, to %s: if that is right, set url to %q", shown, base)
	}
	return "not followed, to " + shown
}

// serverDate returns when an answer was made; zero if the server does not say, or the answer
// is from a cache.
func serverDate(h http.Header) time.Time {
	if h.Get("Age") != "" {
		return time.Time{}
	}
	date, _ := http.ParseTime(h.Get("Date"))
	return date
}

// retryAfter returns how long the server wants to be left alone, at most an hour; 0: it
// did not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(cmp.Or(h.Get("Retry-After"), h.Get("X-RateLimit-Interval-Seconds")))
	if at, err := http.ParseTime(text); err == nil {
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date // the server's own clock, so that ours need not be right
		}
		return min(max(at.Sub(now), 0), maxRetry)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if reset, resetErr := strconv.ParseInt(cmp.Or(h.Get("X-RateLimit-Reset"), h.Get("RateLimit-Reset")), 10, 64); text == "" && resetErr == nil {
		n, err = reset-cmp.Or(serverDate(h), now).Unix()+1, nil
	}
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return time.Duration(min(max(n, 0), int64(maxRetry/time.Second))) * time.Second
}

// describe says what is wrong with a body, by an offset or by the name of a field that the
// program knows, and without quoting it.
func describe(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "the JSON ends early"
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("broken JSON at byte %d", syntax.Offset)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		what, _, _ := strings.Cut(kind.Value, " ") // of a number the digits follow
		return fmt.Sprintf("unexpected JSON: %s is of type %s", cmp.Or(kind.Field, "it"), what)
	}
	return "unexpected JSON: " + err.Error() // of a type of the program's own, see Get
}
