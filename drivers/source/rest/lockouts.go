package rest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

const (
	retryForbidden = time.Hour // how often a login that was answered with 403 is tried again
	maxLogins      = 64        // that a Lockouts remembers
)

// Lockouts remembers which logins were refused, so that they are not sent again: servers
// count failed logins, and lock the account after some. A login that was answered with 401
// is not sent before it changes. One that was answered with 403 is sent once an hour. One
// that no answer has proved good yet is sent by one request at a time. Clients that follow
// each other share a Lockouts, so that a reload does not send a refused login again.
//
// The zero Lockouts remembers nothing. Any goroutine may use it. It has fingerprints of at
// most 64 logins, and no secret.
type Lockouts struct {
	mu     sync.Mutex
	logins map[string]*loginState // by fingerprint
}

// A loginState is what is known of one login.
type loginState struct {
	status int           // 401 or 403: it was refused; 0: it was not
	at     time.Time     // when it was refused
	good   bool          // the last answer proved it
	turn   chan struct{} // holds an element while a request with a login not proven good is under way
}

// Snapshot returns the refused logins, by fingerprint.
func (l *Lockouts) Snapshot() []source.Lockout {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []source.Lockout
	for _, fingerprint := range slices.Sorted(maps.Keys(l.logins)) {
		if s := l.logins[fingerprint]; s.status != 0 {
			list = append(list, source.Lockout{Fingerprint: fingerprint, Status: s.status, At: s.at})
		}
	}
	return list
}

// Restore adds logins that were refused before the program began.
func (l *Lockouts) Restore(list []source.Lockout) {
	for _, one := range list {
		if one.Status == http.StatusUnauthorized || one.Status == http.StatusForbidden {
			l.lock(one.Fingerprint, one.Status, one.At)
		}
	}
}

// check returns what is known of a login, whether it is proven good, and why it is not to be
// sent now, or nil. now is zero for a call without a clock, which never tries.
func (l *Lockouts) check(fingerprint string, now time.Time) (s *loginState, good bool, refused error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s = l.state(fingerprint)
	switch {
	case s.status == http.StatusUnauthorized:
		return s, false, &LoginError{Status: s.status, Locked: true}
	case s.status == http.StatusForbidden && (now.IsZero() || !isDue(s.at, now)):
		return s, false, &LoginError{Status: s.status, Locked: true, Next: s.at.Add(retryForbidden)}
	}
	return s, s.good, nil
}

// isDue reports whether what was answered with 403 at an instant is to be tried again. A
// clock that was set back does not put that off.
func isDue(at, now time.Time) bool {
	since := now.Sub(at)
	return since < 0 || since >= retryForbidden
}

// acquire waits until a login may be sent. If it is not proven good, no other request with it
// is under way until the caller, who has the answer then, receives from turn; else turn is
// nil. The error is a *LoginError, or the context's cause.
func (l *Lockouts) acquire(ctx context.Context, fingerprint string, now time.Time) (turn <-chan struct{}, err error) {
	s, good, refused := l.check(fingerprint, now)
	if refused != nil || good {
		return nil, refused
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if _, good, refused = l.check(fingerprint, now); refused != nil || good { // the answer came meanwhile
		<-s.turn
		return nil, refused
	}
	return s.turn, nil
}

// update sets what is known of a login by an answer, whose error is nil if it proved the login,
// and reports whether the login is locked out now. A 403 alone locks out only a login that was
// locked out before: it may be about what was asked for.
func (l *Lockouts) update(fingerprint string, err error, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.state(fingerprint)
	refused, isRefused := err.(*LoginError)
	switch {
	case err == nil && s.status != http.StatusUnauthorized: // a late answer does not free what was refused since
		s.status, s.good = 0, true
	case !isRefused:
	case refused.Status == http.StatusUnauthorized || refused.Captcha || s.status != 0:
		s.lock(refused.Status, now)
	default:
		s.good = false
	}
	return s.status != 0
}

func (l *Lockouts) lock(fingerprint string, status int, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state(fingerprint).lock(status, at)
}

func (s *loginState) lock(status int, at time.Time) {
	if s.status != http.StatusUnauthorized {
		s.status, s.at = status, at
	}
	s.good = false
}

// state returns what is known of a login. It makes room for a new one, and forgets logins
// that were refused with 401 last.
func (l *Lockouts) state(fingerprint string) *loginState {
	if s := l.logins[fingerprint]; s != nil {
		return s
	}
	if l.logins == nil {
		l.logins = map[string]*loginState{}
	}
	if len(l.logins) >= maxLogins {
		maps.DeleteFunc(l.logins, func(_ string, s *loginState) bool {
			return s.status != http.StatusUnauthorized && len(s.turn) == 0
		})
	}
	for f := range l.logins {
		if len(l.logins) < maxLogins {
			break
		}
		delete(l.logins, f)
	}
	s := &loginState{turn: make(chan struct{}, 1)}
	l.logins[fingerprint] = s
	return s
}
