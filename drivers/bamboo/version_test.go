package bamboo

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const infoPath = "/rest/api/latest/info"

// The version is asked once, after the first poll that got through, and steady
// polls stay at one request for each environment.
func TestServerVersion(t *testing.T) {
	s := one(history(3))
	s.Version = "9.6.3"
	c := client(t, s)
	m := newMemory()
	s.Inject("results", 1, bambootest.Status(500))
	if a, err := c.Poll(context.Background(), &m.Known, noon); err == nil || a.Server != "" || s.Requests()[infoPath] != 0 {
		t.Errorf("got %q, %v from a poll that read nothing", a.Server, err)
	}
	for range 3 {
		if a := ask(t, c, m, noon); a.Server != "Bamboo 9.6.3" {
			t.Errorf("got the server %q, want Bamboo 9.6.3", a.Server)
		}
	}
	if got := s.Requests()[infoPath]; got != 1 {
		t.Errorf("got %d questions for the version, want 1", got)
	}
	before := s.Total()
	ask(t, c, m, noon)
	if got := s.Total() - before; got != 1 {
		t.Errorf("got %d requests in a steady poll, want 1", got)
	}
}

// A server that does not tell its version is none the worse for it, unless it
// refuses the login.
func TestServerVersionRefused(t *testing.T) {
	for name, test := range map[string]struct {
		fault bambootest.Fault
		auth  bool
	}{
		"404": {bambootest.Status(404), false}, "403": {bambootest.Status(403), false}, "500": {bambootest.Status(500), false},
		"429": {bambootest.Limited(429), false}, "none": {bambootest.Respond(200, "application/json", "{}"), false},
		"login page": {bambootest.LoginPage(), false}, "reset": {reset(0), false}, "silent": {bambootest.Silent(), false},
		"401": {bambootest.Status(401), true},
	} {
		s := one(history(1))
		s.Token = "right"
		s.Inject("info", -1, test.fault)
		c := newClient(t, flat{URL: start(t, s), Timeout: 200 * time.Millisecond, Credential: loggedIn(rest.Token("right"))})
		for poll := range 2 {
			a, err := c.Poll(context.Background(), nil, noon)
			var refused *rest.LoginError
			if test.auth != errors.As(err, &refused) || !test.auth && err != nil || a.Server != "" {
				t.Errorf("%s: poll %d: got %q, %v", name, poll, a.Server, err)
			}
		}
		if got := s.Requests()[infoPath]; got != 1 && name != "reset" { // net/http tries that once more
			t.Errorf("%s: got %d questions, want 1", name, got)
		}
	}
}
