package bamboo

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// An AuthError is a login that was refused or is wanted, that could not be read, or
// that is not sent because it was refused before.
type AuthError struct {
	Status  int       // 401 or 403; 0: the credential could not be read
	URL     string    // without a query; "" when nothing was sent
	Latched bool      // nothing was sent, because the same login was refused before
	Next    time.Time // when it is tried again; zero: not before the login changes
	Captcha bool      // Bamboo wants this user to solve a CAPTCHA in a browser
	// Anonymous says that no login is configured, so none was sent. Such a refusal
	// is never held: the next poll asks again.
	Anonymous bool
	Err       error // why the credential could not be read
}

func (e *AuthError) Error() string {
	if e.Status == 0 {
		return "bamboo: login: " + e.Err.Error()
	}
	b := new(strings.Builder)
	switch {
	case e.Latched && e.Anonymous:
		fmt.Fprintf(b, "bamboo: not asked: answered with %s before", statusText(e.Status))
	case e.Latched:
		fmt.Fprintf(b, "bamboo: not asked: this login was answered with %s before", statusText(e.Status))
	default:
		fmt.Fprintf(b, "bamboo: GET %s: %s", e.URL, statusText(e.Status))
	}
	switch {
	case e.Anonymous && e.Status == http.StatusUnauthorized:
		b.WriteString(": Bamboo wants a login: set auth in counter.cue")
	case e.Anonymous:
		b.WriteString(": anonymous users may not view this: set auth in counter.cue")
	case e.Captcha:
		b.WriteString(": Bamboo wants a CAPTCHA: log in once in a browser")
	case e.Status == http.StatusForbidden:
		b.WriteString(": the user may not view this, or has to solve a CAPTCHA in a browser")
	}
	switch {
	case !e.Next.IsZero():
		fmt.Fprintf(b, "; next try at %s", e.Next.Format(time.RFC3339))
	case e.Status == http.StatusUnauthorized && !e.Anonymous:
		b.WriteString("; it is not sent again until it changes")
	}
	return b.String()
}

// Unwrap returns why the credential could not be read, if that is the error.
func (e *AuthError) Unwrap() error { return e.Err }

// isForbidden reports whether an error is an answer of 403.
func isForbidden(err error) bool {
	var refused *AuthError
	return errors.As(err, &refused) && refused.Status == http.StatusForbidden
}

// A MissingError is a configured environment or project that the server does not
// show: it does not exist, or the login may not see it.
type MissingError struct {
	Projects     []string // patterns as configured
	Environments []string // patterns as configured, or names of environments that were there before
	Have         []string // what exists, at most 20, ordered
	More         int      // how many more exist
	Why          string   // more about it, or ""
	Err          error    // the answer that told it, or nil
}

func (e *MissingError) Error() string {
	var parts []string
	if len(e.Projects) > 0 {
		parts = append(parts, fmt.Sprintf("no deployment project %s", quoteAll(e.Projects)))
	}
	if len(e.Environments) > 0 {
		parts = append(parts, fmt.Sprintf("no environment %s", quoteAll(e.Environments)))
	}
	text := "bamboo: " + strings.Join(parts, ", ") + ", or the login may not see it"
	if e.Why != "" {
		text += ": " + e.Why
	}
	if len(e.Have) > 0 {
		text += "; visible: " + strings.Join(e.Have, ", ")
	}
	if e.More > 0 {
		text += fmt.Sprintf(" and %d more", e.More)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the answer that told it, or nil.
func (e *MissingError) Unwrap() error { return e.Err }

// A RateLimitError is a server that wants to be asked less often.
type RateLimitError struct {
	Status     int // 429 or 503
	URL        string
	RetryAfter time.Duration // at most an hour; 0: it did not say
}

func (e *RateLimitError) Error() string {
	text := fmt.Sprintf("bamboo: GET %s: %s", e.URL, statusText(e.Status))
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(": ask again after %v", e.RetryAfter)
	}
	return text
}

// A StatusError is an answer that is not what the API gives: another status, a
// login page, broken or oversized JSON.
type StatusError struct {
	Status  int
	URL     string // without a query
	Why     string // what is wrong with it, or ""
	Excerpt string // the first bytes of the body, at most 200
	Version string // of the server, or ""
	Err     error  // what stopped the reading of the body, or nil
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("bamboo: GET %s: %s", e.URL, statusText(e.Status))
	if e.Version != "" {
		text += " from Bamboo " + e.Version
	}
	if e.Why != "" {
		text += ": " + e.Why
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Excerpt != "" {
		text += fmt.Sprintf(": %q", e.Excerpt)
	}
	return text
}

// Unwrap returns what stopped the reading of the body, or nil.
func (e *StatusError) Unwrap() error { return e.Err }

// A RedirectError is an answer that sends the client elsewhere. It is not
// followed: that would give the login to another address, or lose it.
type RedirectError struct {
	Status   int
	URL      string
	Location string // without user info, query and fragment
	Base     string // the base URL to configure instead, or "" when Location is something else
}

func (e *RedirectError) Error() string {
	text := fmt.Sprintf("bamboo: GET %s: %s to %s: not followed", e.URL, statusText(e.Status), e.Location)
	if e.Base != "" {
		text += fmt.Sprintf(": if that is right, set url to %q", e.Base)
	}
	return text
}

// A RecordError is a result with a value that cannot be judged. Its environment
// counts as not read, since the result may be a breach.
type RecordError struct {
	ID    string // of the result
	Field string // as Bamboo names it
	Value string // at most 40 bytes
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("bamboo: result %s: %s is %s: it cannot be judged; a later history: from leaves it out", e.ID, e.Field, e.Value)
}

// An EnvironmentError is an environment that was not read whole, and why.
type EnvironmentError struct {
	ID   string
	Name string
	Err  error
}

func (e *EnvironmentError) Error() string {
	return fmt.Sprintf("environment %q (%s): %v", e.Name, e.ID, e.Err)
}

// Unwrap returns why.
func (e *EnvironmentError) Unwrap() error { return e.Err }

// noAnswer is a request that got no HTTP answer at all.
type noAnswer struct {
	url string
	err error
}

func (e *noAnswer) Error() string {
	text := fmt.Sprintf("bamboo: GET %s: %v", e.url, e.err)
	var expired x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(e.err, &expired) && expired.Reason == x509.Expired:
		text += " (is this machine's clock right?)"
	case errors.As(e.err, &unknown):
		text += " (a private CA needs ca_file)"
	}
	return text
}

func (e *noAnswer) Unwrap() error { return e.err }

func statusText(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("%d %s", code, text)
	}
	return fmt.Sprint(code)
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}
