package bamboo

import (
	"net/http"
	"time"
)

// probeEvery is how often a login that was answered with 403 is tried again.
const probeEvery = time.Hour

// A Latch remembers that a login was refused, so that it is not sent again:
// Bamboo counts failed logins and locks the account after three. The zero Latch
// remembers nothing. It holds no secret and may be stored.
type Latch struct {
	// Fingerprint is a SHA-256 over server and login, in hex.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Status is 401, which holds until the login changes, or 403, which is
	// tried again once an hour. An anonymous 401 is treated as 403.
	Status int `json:"status,omitempty"`
	// At is when the server refused it, by the clock given to Poll. Zero: by Info.
	At time.Time `json:"at,omitzero"`
}

// Latch returns what to give to [Opts.Latch] after a restart. It does not wait
// for a poll under way.
func (c *Client) Latch() Latch {
	c.state.Lock()
	defer c.state.Unlock()
	return c.latch
}

func (c *Client) setLatch(l Latch) {
	c.state.Lock()
	defer c.state.Unlock()
	c.latch = l
}

// newSession reads the credential and opens a session, unless the latch holds.
// now is zero for a call that has no clock; it then never probes.
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
	s := &session{client: c, login: l, now: now}
	if c.login != l.fingerprint {
		c.login = l.fingerprint
		clear(c.forbidden)
	}
	latch := c.Latch()
	if latch.Fingerprint != l.fingerprint {
		c.setLatch(Latch{})
		return s, nil
	}
	if latch.Status == http.StatusUnauthorized && l.kind != "anonymous" {
		return nil, &AuthError{Status: latch.Status, Latched: true}
	}
	if until := latch.At.Add(probeEvery); now.IsZero() || isHeld(latch.At, now) {
		return nil, &AuthError{Status: latch.Status, Latched: true, Next: until}
	}
	s.probing = true
	return s, nil
}

// isHeld reports whether something refused at an instant is still to be left
// alone. A clock that was set back does not hold it for longer.
func isHeld(at, now time.Time) bool {
	past := now.Sub(at)
	return past >= 0 && past < probeEvery
}
