package bamboo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	probeEvery  = time.Hour // how often a login that was answered with 403 is tried again
	maxAccounts = 64        // logins that a Latches remembers
	maxDenied   = 3         // answers of 403 in a row after which a login is held, whatever it got before
)

// Latches remembers which logins were refused, so that they are not sent again:
// Bamboo counts failed logins and locks the account after three. Clients that
// follow each other share one, so that a reload does not send a refused login
// again, and so that a login that no answer has proven good yet is under way only
// once. It remembers 64 logins and forgets first those that were not refused.
//
// The zero Latches remembers nothing. Its methods may be called from any
// goroutine. It holds fingerprints, SHA-256 over server and login, and no secret:
// its JSON, which has only what was refused, may be stored.
type Latches struct {
	mu       sync.Mutex
	accounts map[string]*account // by fingerprint
}

// account is what is known of one login.
type account struct {
	status int           // 401: held until the login changes; 403: tried once an hour; 0: not held
	at     time.Time     // when it was refused, by the clock given to Poll; zero: by Info
	good   bool          // the last answer proved it
	denied int           // answers of 403 since one proved it
	asking chan struct{} // closed when the request that is under way alone has its verdict; nil: none is
}

// refusal returns why a login is not to be sent now, or nil. now is zero for a
// call without a clock, which never probes.
func (l *Latches) refusal(fingerprint string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.accounts[fingerprint]; a != nil {
		return a.refusal(now)
	}
	return nil
}

func (a *account) refusal(now time.Time) error {
	switch {
	case a.status == http.StatusUnauthorized:
		return &AuthError{Status: a.status, Latched: true}
	case a.status == http.StatusForbidden && (now.IsZero() || isHeld(a.at, now)):
		return &AuthError{Status: a.status, Latched: true, Next: a.at.Add(probeEvery)}
	}
	return nil
}

// ask waits until a login may be sent. While it is not proven good, one request
// at a time may: alone is then true, and the caller calls release when it has the
// answer. The error is an *AuthError, or the context's.
func (l *Latches) ask(ctx context.Context, fingerprint string, now time.Time) (alone bool, err error) {
	for ctx.Err() == nil {
		wait, alone, err := l.claim(fingerprint, now)
		if wait == nil {
			return alone, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
	}
	return false, context.Cause(ctx)
}

// claim is ask without waiting: it returns what to wait for, or nil.
func (l *Latches) claim(fingerprint string, now time.Time) (wait <-chan struct{}, alone bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account(fingerprint)
	if err := a.refusal(now); err != nil || a.good {
		return nil, false, err
	}
	if a.asking != nil {
		return a.asking, false, nil
	}
	a.asking = make(chan struct{})
	return nil, true, nil
}

// release ends what ask began, after learn was told the answer.
func (l *Latches) release(fingerprint string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account(fingerprint)
	close(a.asking)
	a.asking = nil
}

// learn takes in an answer to a login. A 403 holds the login if holds is true,
// if it was held before, or if it is one too many; else it may be about what was
// asked for. learn reports whether the login is held now.
func (l *Latches) learn(fingerprint string, v verdict, now time.Time, holds bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account(fingerprint)
	switch v {
	case welcome:
		// A late answer from before does not free what was refused since.
		if a.status != http.StatusUnauthorized {
			a.status, a.at, a.good, a.denied = 0, time.Time{}, true, 0
		}
	case wrongLogin:
		a.hold(http.StatusUnauthorized, now)
	case captcha:
		a.hold(http.StatusForbidden, now)
	case forbidden:
		a.good = false
		if a.denied++; holds || a.status != 0 || a.denied >= maxDenied {
			a.hold(http.StatusForbidden, now)
		}
	}
	return a.status != 0
}

func (a *account) hold(status int, now time.Time) {
	if a.status != http.StatusUnauthorized {
		a.status, a.at = status, now
	}
	a.good = false
}

// hold holds a login that was answered with 403 wherever it was sent.
func (l *Latches) hold(fingerprint string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.account(fingerprint).hold(http.StatusForbidden, now)
}

// account returns what is known of a login, and makes room for a new one. Logins
// under way are never forgotten: there are only as many as requests.
func (l *Latches) account(fingerprint string) *account {
	if a := l.accounts[fingerprint]; a != nil {
		return a
	}
	if l.accounts == nil {
		l.accounts = map[string]*account{}
	}
	if len(l.accounts) >= maxAccounts {
		var least string
		for f, a := range l.accounts {
			if a.asking == nil && (least == "" || a.compare(l.accounts[least]) < 0) {
				least = f
			}
		}
		delete(l.accounts, least)
	}
	a := new(account)
	l.accounts[fingerprint] = a
	return a
}

// compare orders accounts by how much harm forgetting them does: first those that
// were not refused, then by 403, then by 401, and the oldest of them first.
func (a *account) compare(b *account) int {
	rank := map[int]int{http.StatusForbidden: 1, http.StatusUnauthorized: 2}
	return cmp.Or(cmp.Compare(rank[a.status], rank[b.status]), a.at.Compare(b.at))
}

// isHeld reports whether something refused at an instant is still to be left
// alone. A clock that was set back does not hold it for longer.
func isHeld(at, now time.Time) bool {
	past := now.Sub(at)
	return past >= 0 && past < probeEvery
}

// latch is one refused login as it is stored.
type latch struct {
	Fingerprint string    `json:"fingerprint"`
	Status      int       `json:"status"`
	At          time.Time `json:"at,omitzero"`
}

// MarshalJSON returns the refused logins, ordered by fingerprint.
func (l *Latches) MarshalJSON() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	refused := []latch{}
	for _, f := range slices.Sorted(maps.Keys(l.accounts)) {
		if a := l.accounts[f]; a.status != 0 {
			refused = append(refused, latch{f, a.status, a.at})
		}
	}
	return json.Marshal(refused)
}

// UnmarshalJSON adds the logins of MarshalJSON to what is remembered already. On
// an error nothing is added.
func (l *Latches) UnmarshalJSON(text []byte) error {
	var refused []latch
	if err := json.Unmarshal(text, &refused); err != nil {
		return fmt.Errorf("bamboo: refused logins: %w", err)
	}
	for _, r := range refused {
		if len(r.Fingerprint) != fingerprintLen || r.Status != http.StatusUnauthorized && r.Status != http.StatusForbidden {
			return fmt.Errorf("bamboo: refused logins: %.80q with status %d is none", r.Fingerprint, r.Status)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range refused {
		l.account(r.Fingerprint).hold(r.Status, r.At)
	}
	return nil
}
