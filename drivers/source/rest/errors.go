package rest

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

var errEnough = errors.New("32 MiB of answers are the most for one poll: the rest is read in the next")

// A LoginError is a login that was refused or is wanted, that could not be read, or that
// is not sent because it was refused before.
type LoginError struct {
	Status  int       // 401 or 403; 0: the credential could not be read
	URL     string    // without a query; "" when nothing was sent
	Locked  bool      // nothing was sent, because the same was refused before
	Next    time.Time // when it is tried again; zero: not before the login changes
	Captcha bool      // a person has to log in in a browser
	// Anonymous says that no login is configured, so none was sent. Such a 401 is
	// never locked out: the next poll asks again.
	Anonymous bool
	Err       error // why the credential could not be read
}

func (e *LoginError) Error() string {
	if e.Status == 0 {
		return "login: " + e.Err.Error()
	}
	text := "GET " + e.URL + ": " + statusText(e.Status)
	if e.Locked {
		text = "not asked: this was answered with " + statusText(e.Status) + " before"
	}
	switch {
	case e.Anonymous && e.Status == http.StatusUnauthorized:
		text += ": the server wants a login: set auth in counter.cue"
	case e.Anonymous:
		text += ": anonymous users may not view this: set auth in counter.cue"
	case e.Captcha:
		text += ": the server wants a CAPTCHA: log in once in a browser"
	case e.Status == http.StatusForbidden:
		text += ": the user may not view this, or has to solve a CAPTCHA in a browser"
	}
	switch {
	case !e.Next.IsZero():
		text += "; next try at " + e.Next.Format(time.RFC3339)
	case e.Status == http.StatusUnauthorized && !e.Anonymous:
		text += "; it is not sent again until it changes"
	}
	return text
}

// Unwrap returns why the credential could not be read, if that is the error.
func (e *LoginError) Unwrap() error { return e.Err }

// A StatusError is an answer that is not what was asked for: another status, a redirect, a
// login page, broken or oversized JSON.
type StatusError struct {
	Status      int
	URL         string        // without a query
	ContentType string        // without parameters, or ""
	Length      int64         // of the body, in bytes; -1: not known
	Limited     bool          // the server wants to be asked less often
	RetryAfter  time.Duration // not before then, at most an hour; 0: it did not say
	Why         string        // what is wrong with it, or ""
	Err         error         // what stopped the reading of the body, or nil; it may quote the server
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("GET %s: %s", e.URL, statusText(e.Status))
	if e.ContentType != "" {
		text += ", " + e.ContentType
	}
	if e.Length >= 0 {
		text += fmt.Sprintf(", %d bytes", e.Length)
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(": ask again after %v", e.RetryAfter)
	}
	if e.Why != "" {
		text += ": " + e.Why
	}
	return text
}

// Unwrap returns what stopped the reading of the body, or nil.
func (e *StatusError) Unwrap() error { return e.Err }

// A noAnswer is a request that got no HTTP answer at all.
type noAnswer struct {
	text string
	err  error // what the network or the context says; its text may repeat what the server sent
}

// noAnswer says why a request got none. A *LoginError says so itself.
func (s *Session) noAnswer(address *url.URL, err error) error {
	if refused, ok := err.(*LoginError); ok {
		return refused
	}
	text, _, _ := strings.Cut(err.Error(), `"`) // net/http quotes what is not HTTP
	text = fmt.Sprintf("GET %s: %s", address, s.Text(strings.TrimRight(text, " :")))
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		text += " (is this machine's clock right?)"
	} else if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		text += " (a private CA needs ca_file)"
	}
	return &noAnswer{text, err}
}

func (e *noAnswer) Error() string { return e.text }

func (e *noAnswer) Unwrap() error { return e.err }

// IsStatus reports whether an error is an answer with that status.
func IsStatus(err error, status int) bool {
	if login, ok := errors.AsType[*LoginError](err); ok {
		return login.Status == status
	}
	answer, ok := errors.AsType[*StatusError](err)
	return ok && answer.Status == status
}

// Cause returns an error of this package as the engine needs it, of an environment or, if
// that is "", of the source.
func Cause(err error, environmentID string) *source.Error {
	e := &source.Error{EnvironmentID: environmentID, Err: err}
	if login, ok := errors.AsType[*LoginError](err); ok {
		e.Kind, e.NotAsked = source.Login, login.Locked
	} else if answer, ok := errors.AsType[*StatusError](err); ok {
		e.RetryAfter = answer.RetryAfter
	}
	return e
}

func statusText(code int) string {
	return strings.TrimSpace(fmt.Sprint(code, " ", http.StatusText(code)))
}
