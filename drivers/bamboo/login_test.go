package bamboo

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

// A day of polls every minute with a wrong password, restarted every half hour:
// one request, one failed login, and an account that is not locked.
func TestWrongLoginIsSentOnce(t *testing.T) {
	s := one(history(3))
	s.Username, s.Password = "wall", "right"
	url := start(t, s)
	password := "wrong"
	o := flat{URL: url, Lockouts: new(rest.Lockouts), Credential: func() (rest.Credential, error) { return rest.Basic("wall", password), nil }}
	c := newClient(t, o)
	now := noon
	for minute := range 24 * 60 {
		if minute%30 == 29 { // what a restart keeps is text
			o.Lockouts = restored(o.Lockouts)
			c = newClient(t, o)
		}
		_, err := c.Poll(context.Background(), nil, now)
		var refused *rest.LoginError
		if !errors.As(err, &refused) || refused.Status != 401 || refused.Locked != (minute > 0) || !refused.Next.IsZero() {
			t.Fatalf("minute %d: got %v", minute, err)
		}
		if _, err := c.Environments(context.Background(), now); !errors.As(err, &refused) {
			t.Fatalf("minute %d: Environments: got %v", minute, err)
		}
		now = now.Add(time.Minute)
	}
	if requests, failures := s.Total(), s.Failures(); requests != 1 || failures != 1 {
		t.Errorf("got %d requests and %d failed logins, want 1 and 1", requests, failures)
	}
	password = "right"
	m := newMemory()
	if ask(t, c, m, now); m.results() != 3 {
		t.Errorf("got %d deployments with the right password, want 3", m.results())
	}
	// The wrong one stays refused.
	password = "wrong"
	if _, err := c.Poll(context.Background(), nil, now); err == nil || s.Failures() != 1 {
		t.Errorf("got %d failed logins, %v, after the wrong password came back", s.Failures(), err)
	}
}

func TestUnauthorizedText(t *testing.T) {
	s := one(nil)
	s.Token = "right"
	url := start(t, s)
	c := newClient(t, flat{URL: url, Credential: func() (rest.Credential, error) { return rest.Token("wrong"), nil }})
	_, err := c.Poll(context.Background(), nil, noon)
	if got, want := err.Error(), "GET "+url+"/rest/api/latest/deploy/project/all: 401 Unauthorized; it is not sent again until it changes"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err = c.Poll(context.Background(), nil, noon)
	if got, want := err.Error(), "not asked: this was answered with 401 Unauthorized before; it is not sent again until it changes"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c = newClient(t, flat{URL: url, Credential: func() (rest.Credential, error) { return rest.Credential{}, errors.New("no such file") }})
	_, err = c.Poll(context.Background(), nil, noon)
	if got, want := err.Error(), "login: no such file"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A locked account or a forbidden server: one request an hour, and well again
// without a restart.
func TestForbiddenLoginIsTriedHourly(t *testing.T) {
	for _, test := range []struct {
		name    string
		login   rest.Credential
		trouble func(*bambootest.Server)
		mend    func(*bambootest.Server)
		want    string
	}{
		{"captcha", rest.Basic("wall", "right"),
			func(s *bambootest.Server) { fail(s, 3) }, (*bambootest.Server).Unlock,
			"403 Forbidden: the server wants a CAPTCHA: log in once in a browser"},
		{"all forbidden", rest.Basic("wall", "right"),
			func(s *bambootest.Server) { s.Inject("", -1, bambootest.Status(403)) }, (*bambootest.Server).Heal,
			"403 Forbidden: the user may not view this, or has to solve a CAPTCHA in a browser"},
	} {
		s := one(history(1))
		s.Projects[0].Environments = append(s.Projects[0].Environments, bambootest.Environment{ID: 8, Name: "Staging", Results: history(1)})
		s.Username, s.Password = "wall", "right"
		o := flat{URL: start(t, s), Lockouts: new(rest.Lockouts), Environments: patterns(t, "Production", "Staging"),
			Credential: func() (rest.Credential, error) { return test.login, nil }}
		c := newClient(t, o)
		test.trouble(s)
		before := s.Total()
		now := noon
		for minute := range 6 * 60 {
			if minute%50 == 49 {
				o.Lockouts = restored(o.Lockouts)
				c = newClient(t, o)
			}
			_, err := c.Poll(context.Background(), nil, now)
			var refused *rest.LoginError
			if !errors.As(err, &refused) || refused.Locked != (minute%60 != 0) || refused.Next.IsZero() {
				t.Fatalf("%s: minute %d: got %v", test.name, minute, err)
			}
			if minute == 0 && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %v, want %q", test.name, err, test.want)
			}
			now = now.Add(time.Minute)
		}
		if got, want := s.Total()-before, 6; got != want {
			t.Errorf("%s: got %d requests in 6 hours, want %d", test.name, got, want)
		}
		test.mend(s)
		if a := ask(t, c, newMemory(), now); len(whole(a)) != 2 {
			t.Errorf("%s: got %d environments after it was mended, want 2", test.name, len(a.Environments))
		}
		if len(o.Lockouts.Snapshot()) > 0 {
			t.Errorf("%s: the login is still locked out after a good answer", test.name)
		}
	}
}

// fail lets others fail to log in.
func fail(s *bambootest.Server, times int) {
	for i := range times {
		r := httptest.NewRequest(http.MethodGet, "/rest/api/latest/info", nil)
		r.SetBasicAuth("wall", strings.Repeat("x", i+1))
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// With several environments that were cached before, all forbidden, one request
// tells that nothing has changed.
func TestForbiddenEnvironment(t *testing.T) {
	s := one(history(1))
	s.Projects[0].Environments = append(s.Projects[0].Environments, bambootest.Environment{ID: 8, Name: "Staging", Results: history(1)})
	s.Token = "right"
	c := newClient(t, flat{URL: start(t, s), Credential: loggedIn(rest.Token("right"))})
	m := newMemory()
	ask(t, c, m, noon)

	// One of two: the other is read on, and the one is asked once an hour.
	s.Inject("8/results", -1, bambootest.Status(403))
	const path = "/rest/api/latest/deploy/environment/8/results"
	before := s.Requests()[path]
	for minute := range 120 {
		a, err := c.Poll(context.Background(), &m.Known, noon.Add(time.Duration(minute)*time.Minute))
		var failed *source.Error
		var refused *rest.LoginError
		if !errors.As(err, &failed) || failed.EnvironmentID != "8" || failed.Kind != source.Login || !errors.As(err, &refused) || len(whole(a)) != 1 {
			t.Fatalf("minute %d: got %d environments, %v", minute, len(whole(a)), err)
		}
	}
	if got, want := s.Requests()[path]-before, 2; got != want {
		t.Errorf("got %d requests for the forbidden environment, want %d", got, want)
	}

	// Both: the first poll asks for both, later ones for the first, once an hour.
	s.Heal()
	later := noon.Add(24 * time.Hour)
	ask(t, c, m, later)
	s.Inject("results", -1, bambootest.Status(403))
	before = s.Total()
	for minute := range 180 {
		if _, err := c.Poll(context.Background(), &m.Known, later.Add(time.Duration(minute)*time.Minute)); err == nil {
			t.Fatalf("minute %d: got no error", minute)
		}
	}
	if got, want := s.Total()-before, 2+1+1; got != want {
		t.Errorf("got %d requests in 3 hours, want %d", got, want)
	}
}

// The secret is read before each poll.
func TestRotatedSecret(t *testing.T) {
	s := one(history(1))
	s.Token = "first"
	token := "first"
	c := newClient(t, flat{URL: start(t, s), Credential: func() (rest.Credential, error) { return rest.Token(token), nil }})
	ask(t, c, newMemory(), noon)
	s.Change(func(s *bambootest.Server) { s.Token = "second" })
	token = "second"
	ask(t, c, newMemory(), noon)
	if got := s.Failures(); got != 0 {
		t.Errorf("got %d failed logins, want none", got)
	}
}

// A call open to anonymous users is answered with 200 even if the login failed.
func TestFailedLoginBehind200(t *testing.T) {
	s := one(history(1))
	s.Inject("project/all", 1, with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED", nil))
	c := newClient(t, flat{URL: start(t, s), Credential: func() (rest.Credential, error) { return rest.Token("old"), nil }})
	_, err := c.Poll(context.Background(), nil, noon)
	var refused *rest.LoginError
	if !errors.As(err, &refused) || refused.Status != 401 {
		t.Errorf("got %v", err)
	}
}
