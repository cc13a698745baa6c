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
// count failed logins, and lock the account after some. A login that was answered with
// 401 is not sent before it changes, one answered with 403 once an hour, and one that no
// answer proved good yet by one request at a time. Clients that follow each other share
// one, so that a reload does not send a refused login again.
//
// The zero Lockouts remembers nothing. Any goroutine may use it. It holds fingerprints
// and no secret, of 64 logins at most.
type Lockouts struct {
	mu     sync.Mutex
	logins map[string]*record // by fingerprint
}

// A record is what is known of one login.
type record struct {
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
		if r := l.logins[fingerprint]; r.status != 0 {
			list = append(list, source.Lockout{Fingerprint: fingerprint, Status: r.status, At: r.at})
		}
	}
	return list
}

// Restore adds logins that were refused before the program began.
func (l *Lockouts) Restore(list []source.Lockout) {
	for _, k := range list {
		if k.Status == http.StatusUnauthorized || k.Status == http.StatusForbidden {
			l.lock(k.Fingerprint, k.Status, k.At)
		}
	}
}

// look returns what is known of a login, whether it is proven good, and why it is not to be
// sent now, or nil. now is zero for a call without a clock, which never tries.
func (l *Lockouts) look(fingerprint string, now time.Time) (r *record, good bool, refused error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r = l.record(fingerprint)
	switch {
	case r.status == http.StatusUnauthorized:
		return r, false, &LoginError{Status: r.status, Locked: true}
	case r.status == http.StatusForbidden && (now.IsZero() || !isDue(r.at, now)):
		return r, false, &LoginError{Status: r.status, Locked: true, Next: r.at.Add(retryForbidden)}
	}
	return r, r.good, nil
}

// isDue reports whether what was answered with 403 at an instant is to be tried again. A
// clock that was set back does not put that off.
func isDue(at, now time.Time) bool {
	past := now.Sub(at)
	return past < 0 || past >= retryForbidden
}

// enter waits until a login may be sent. If it is not proven good, no other request with it
// is under way until the caller, who has the answer then, receives from turn; else turn is
// nil. The error is a *LoginError, or the context's cause.
func (l *Lockouts) enter(ctx context.Context, fingerprint string, now time.Time) (turn <-chan struct{}, err error) {
	r, good, refused := l.look(fingerprint, now)
	if refused != nil || good {
		return nil, refused
	}
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if _, good, refused = l.look(fingerprint, now); refused != nil || good { // the answer came meanwhile
		<-r.turn
		return nil, refused
	}
	return r.turn, nil
}

// learn takes in an answer to a login, and reports whether the login is locked now. A 403
// alone locks only a login that was locked: it may be about what was asked for.
func (l *Lockouts) learn(fingerprint string, a *reply, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.record(fingerprint)
	switch {
	case a.good && r.status != http.StatusUnauthorized: // a late one does not free what was refused since
		r.status, r.good = 0, true
	case a.refused == http.StatusUnauthorized, a.captcha, a.refused != 0 && r.status != 0:
		r.lock(a.refused, now)
	case a.refused != 0:
		r.good = false
	}
	return r.status != 0
}

func (l *Lockouts) lock(fingerprint string, status int, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(fingerprint).lock(status, at)
}

func (r *record) lock(status int, at time.Time) {
	if r.status != http.StatusUnauthorized {
		r.status, r.at = status, at
	}
	r.good = false
}

// record returns what is known of a login. It makes room for a new one: what was refused
// with 401 goes last.
func (l *Lockouts) record(fingerprint string) *record {
	if r := l.logins[fingerprint]; r != nil {
		return r
	}
	if l.logins == nil {
		l.logins = map[string]*record{}
	}
	if len(l.logins) >= maxLogins {
		maps.DeleteFunc(l.logins, func(_ string, r *record) bool {
			return r.status != http.StatusUnauthorized && len(r.turn) == 0
		})
	}
	for f := range l.logins {
		if len(l.logins) < maxLogins {
			break
		}
		delete(l.logins, f)
	}
	r := &record{turn: make(chan struct{}, 1)}
	l.logins[fingerprint] = r
	return r
}
