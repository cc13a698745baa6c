package bamboo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody       = 8 << 20 // of one answer, inflated; about 4,000 results
	maxExcerpt    = 200     // bytes of a bad answer that its error shows
	excerptFrom   = 4 << 10 // bytes from which they are taken
	maxRetryAfter = time.Hour
)

// session is one poll's requests with one login.
type session struct {
	client  *Client
	login   login
	now     time.Time // when the poll began; zero: no clock
	probing bool      // the login was refused with 403 an hour ago: stop at the next one

	answered  int       // requests answered with 200 and JSON
	forbidden int       // requests answered with 403
	date      time.Time // the server's Date of the first answer
}

// get asks for one address and decodes its JSON into into. Its errors are
// *AuthError, *RateLimitError, *RedirectError, *StatusError and *noAnswer; none
// holds a secret or a query.
func (s *session) get(ctx context.Context, path string, query url.Values, into any) error {
	c := s.client
	u := c.api(path)
	if s.login.needsAuthTypeBasic {
		if query == nil {
			query = url.Values{}
		}
		query.Set("os_authType", "basic")
	}
	u.RawQuery = query.Encode()
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout,
		fmt.Errorf("no whole answer within %v: %w", c.opts.Timeout, context.DeadlineExceeded))
	defer cancel()
	request := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{
		"Accept":     {"application/json"}, // the default is XML
		"User-Agent": {c.opts.UserAgent},
	}}
	s.login.apply(request)
	response, err := c.transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return &noAnswer{c.show(path), err}
	}
	defer response.Body.Close()
	if s.date.IsZero() {
		s.date, _ = http.ParseTime(response.Header.Get("Date"))
	}
	if err := s.refused(response, path); err != nil {
		return err
	}
	limit := int64(maxBody + 1)
	if response.StatusCode != http.StatusOK {
		limit = excerptFrom
	}
	body, readErr := io.ReadAll(io.LimitReader(response.Body, limit)) // inflated: a gzip bomb ends here
	bad := func(why string, err error) error {
		return &StatusError{
			Status: response.StatusCode, URL: c.show(path), Why: why,
			Excerpt: s.excerpt(body), Version: c.serverVersion(), Err: err,
		}
	}
	switch {
	case response.StatusCode != http.StatusOK:
		return bad("", nil)
	case !isJSON(response.Header.Get("Content-Type")):
		return bad("the answer is not JSON (a login page or a proxy?)", nil)
	case readErr != nil:
		return bad("the answer broke off", readErr)
	case len(body) > maxBody:
		return bad("the answer is larger than 8 MiB", nil)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return bad("the answer is not what Bamboo gives: "+s.login.scrub(err.Error()), nil)
	}
	s.answered++
	if latch := c.Latch(); latch.Status != 0 {
		c.setLatch(Latch{})
	}
	s.probing = false
	return nil
}

// refused returns the error of an answer that says why it is none: the login,
// the rate, or another address.
func (s *session) refused(r *http.Response, path string) error {
	c := s.client
	address := c.show(path)
	// Seraph, Atlassian's login filter, names its verdict here. A call that is
	// open to anonymous users is answered with 200 even so.
	reason := r.Header.Get("X-Seraph-LoginReason")
	captcha := strings.Contains(r.Header.Get("X-Authentication-Denied-Reason"), "CAPTCHA") || reason == "AUTHENTICATION_DENIED"
	switch {
	case captcha && r.StatusCode >= 400:
		s.forbidden++
		s.hold(http.StatusForbidden)
		return &AuthError{Status: r.StatusCode, URL: address, Captcha: true, Next: s.next()}
	case r.StatusCode == http.StatusUnauthorized, reason == "AUTHENTICATED_FAILED" && s.login.authorization != "":
		s.hold(http.StatusUnauthorized)
		e := &AuthError{Status: http.StatusUnauthorized, URL: address}
		if s.login.authorization == "" {
			e.Next = s.next()
		}
		return e
	case r.StatusCode == http.StatusForbidden:
		s.forbidden++
		if s.probing {
			s.hold(http.StatusForbidden)
		}
		return &AuthError{Status: r.StatusCode, URL: address, Next: s.next()}
	case r.StatusCode == http.StatusTooManyRequests,
		r.StatusCode == http.StatusServiceUnavailable && r.Header.Get("Retry-After") != "":
		return &RateLimitError{Status: r.StatusCode, URL: address, RetryAfter: s.retryAfter(r.Header)}
	case r.StatusCode >= 300 && r.StatusCode < 400 && r.Header.Get("Location") != "":
		return s.redirected(r, path)
	}
	return nil
}

// hold latches the login.
func (s *session) hold(status int) {
	s.probing = false
	s.client.setLatch(Latch{Fingerprint: s.login.fingerprint, Status: status, At: s.now})
}

// next returns when a login refused now is tried again; zero without a clock.
func (s *session) next() time.Time {
	if s.now.IsZero() {
		return time.Time{}
	}
	return s.now.Add(probeEvery)
}

// latched reports whether the login was refused as a whole during the session.
func (s *session) latched() bool { return !s.probing && s.client.Latch().Fingerprint != "" }

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
func (s *session) redirected(r *http.Response, path string) error {
	e := &RedirectError{Status: r.StatusCode, URL: s.client.show(path), Location: "an address that is not valid"}
	target, err := s.client.api(path).Parse(r.Header.Get("Location"))
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

// excerpt returns the first bytes of a body on one line, without secrets.
func (s *session) excerpt(body []byte) string {
	text := string(body[:min(len(body), excerptFrom)])
	text = strings.Join(strings.Fields(strings.ToValidUTF8(s.login.scrub(text), "?")), " ")
	if len(text) > maxExcerpt {
		text = strings.ToValidUTF8(text[:maxExcerpt], "")
	}
	return text
}

func (c *Client) serverVersion() string {
	c.state.Lock()
	defer c.state.Unlock()
	return c.version
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"))
}
