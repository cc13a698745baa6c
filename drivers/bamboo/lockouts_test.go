package bamboo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

// slow answers each request after a time, unless the client goes away, and
// counts the logins that came.
func slow(wait time.Duration, next http.Handler, logins *atomic.Int32) http.RoundTripper {
	answer := handled(next)
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "" {
			logins.Add(1)
		}
		select {
		case <-time.After(wait):
			return answer.RoundTrip(r)
		case <-r.Context().Done():
			return nil, context.Cause(r.Context())
		}
	})
}

// Reloads against a server that takes its time to refuse: each makes a client
// and ends the poll of the one before. The login is sent once, the polls end at
// once, and nothing stays behind.
func TestReloadsDuringSlowRefusal(t *testing.T) {
	for status, faults := range map[int]bambootest.Fault{401: bambootest.Status(401), 403: bambootest.Status(403)} {
		synctest.Test(t, func(t *testing.T) {
			s := one(history(1))
			s.Inject("", -1, faults)
			var logins atomic.Int32
			o := flat{URL: "https://bamboo.example.com", Transport: slow(2*time.Second, s, &logins), Lockouts: new(rest.Lockouts),
				Credential: loggedIn(rest.Token("wrong"))}
			for i := range 4 {
				ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
				began := time.Now()
				_, err := newClient(t, o).Poll(ctx, nil, noon)
				cancel()
				if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 100*time.Millisecond {
					t.Errorf("%d: poll %d: got %v after %v", status, i, err, took)
				}
			}
			// The last one waits for the verdict on the first.
			_, err := newClient(t, o).Poll(context.Background(), nil, noon)
			var refused *rest.LoginError
			if !errors.As(err, &refused) || !refused.Locked || refused.Status != status {
				t.Errorf("%d: got %v, want that it is not asked", status, err)
			}
			if got := logins.Load(); got != 1 {
				t.Errorf("%d: got %d logins, want 1", status, got)
			}
		})
	}
}

// A server that never answers holds nobody up for longer than the timeout, and
// the goroutine that waits for it ends with it: synctest would not.
func TestLoginWithoutAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := one(history(1))
		s.Token = "right"
		var logins atomic.Int32
		o := flat{URL: "https://bamboo.example.com", Transport: slow(time.Hour, s, &logins), Timeout: 10 * time.Second,
			Lockouts: new(rest.Lockouts), Credential: loggedIn(rest.Token("right"))}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		newClient(t, o).Poll(ctx, nil, noon)
		o.Transport = slow(0, s, &logins)
		ask(t, newClient(t, o), newMemory(), noon)
		if took := time.Since(began); took != 10*time.Second || logins.Load() < 2 {
			t.Errorf("got an answer after %v with %d logins, want it when the first is given up", took, logins.Load())
		}
	})
}

// A login that proved good while nobody waited is good for the next client, and
// from then on requests neither wait for each other nor outlive their poll.
func TestProvenLoginWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := one(history(1))
		s.Token = "right"
		var logins atomic.Int32
		o := flat{URL: "https://bamboo.example.com", Transport: slow(2*time.Second, s, &logins), Lockouts: new(rest.Lockouts),
			Credential: loggedIn(rest.Token("right"))}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		newClient(t, o).Poll(ctx, nil, noon)
		synctest.Wait()
		time.Sleep(2 * time.Second)
		done := make(chan time.Time)
		began := time.Now()
		for range 3 {
			go func() {
				ask(t, newClient(t, o), newMemory(), noon)
				done <- time.Now()
			}()
		}
		for range 3 { // the list, four pages in two polls, the version
			if took := (<-done).Sub(began); took != 6*2*time.Second {
				t.Errorf("a poll took %v, want 12 s: they do not wait for each other", took)
			}
		}
	})
}

// A refused login is remembered while another one, or none, is configured.
func TestRefusedLoginComesBack(t *testing.T) {
	s := one(history(1))
	s.Token = "right"
	o := flat{URL: start(t, s), Lockouts: new(rest.Lockouts)}
	for i, credential := range []rest.Credential{rest.Token("old"), {}, rest.Token("old"), rest.Token("right"), rest.Token("old"), {}, rest.Token("right"), rest.Token("old")} {
		o.Credential = loggedIn(credential)
		newClient(t, o).Poll(context.Background(), nil, noon.Add(time.Duration(i)*2*time.Hour))
	}
	if got := s.Failures(); got != 1 {
		t.Errorf("got %d failed logins, want 1", got)
	}
}

// Without a login there is nothing to protect: each poll asks, and the text says
// what to do.
func TestAnonymousIsNotLockedOut(t *testing.T) {
	s := one(history(1))
	s.Token = "right"
	url := start(t, s)
	o := flat{URL: url, Lockouts: new(rest.Lockouts)}
	c := newClient(t, o)
	for range 3 {
		_, err := c.Poll(context.Background(), nil, noon)
		var refused *rest.LoginError
		if !errors.As(err, &refused) || !refused.Anonymous || refused.Locked || !refused.Next.IsZero() {
			t.Fatalf("got %v", err)
		}
		if got, want := err.Error(), "GET "+url+"/rest/api/latest/deploy/project/all: 401 Unauthorized: "+
			"the server wants a login: set auth in counter.cue"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := s.Total(); got != 3 || len(o.Lockouts.Snapshot()) > 0 {
		t.Errorf("got %d requests for 3 polls", got)
	}
	s.Change(func(s *bambootest.Server) { s.Token = "" })
	ask(t, c, newMemory(), noon)

	// A 403 for an anonymous user never speaks of a login that was answered.
	s.Inject("results", -1, bambootest.Status(403))
	for minute := range 3 {
		_, err := c.Poll(context.Background(), nil, noon.Add(time.Duration(minute)*time.Minute))
		if err == nil || !strings.Contains(err.Error(), "anonymous users may not view this: set auth in counter.cue") ||
			strings.Contains(err.Error(), "login was") {
			t.Errorf("minute %d: got %v", minute, err)
		}
	}
}

// five is a server of five environments behind a login.
func five() *bambootest.Server {
	s := one(history(1))
	s.Token = "right"
	for id := int64(8); id < 12; id++ {
		s.Projects[0].Environments = append(s.Projects[0].Environments,
			bambootest.Environment{ID: id, Name: fmt.Sprint("Z", id), Results: history(1)})
	}
	return s
}

// A 403 may be a locked account that does not say so: two in a row end the poll,
// and then one request an hour looks whether it is over.
func TestTwoForbiddenEndPoll(t *testing.T) {
	for name, test := range map[string]struct {
		environments []string
		fault        string // what is answered with 403 after a good first poll; "": all, from the start
		first, hours int    // requests of the first poll, and of the three hours after
	}{
		"steady":           {nil, "results", 2, 3},
		"all at the start": {nil, "", 1, 3},
		"ids at the start": {[]string{"7", "8", "9"}, "", 2, 3},
	} {
		s := five()
		c := newClient(t, flat{URL: start(t, s), Environments: patterns(t, test.environments...), Credential: loggedIn(rest.Token("right"))})
		m := newMemory()
		if test.fault != "" {
			ask(t, c, m, noon)
		}
		s.Inject(test.fault, -1, bambootest.Status(403))
		before := s.Total()
		_, err := c.Poll(context.Background(), &m.Known, noon.Add(time.Minute))
		var refused *rest.LoginError
		if got := s.Total() - before; !errors.As(err, &refused) || got != test.first {
			t.Errorf("%s: got %d requests, %v, want %d", name, got, err, test.first)
		}
		before = s.Total()
		for minute := 2; minute <= 181; minute++ {
			if _, err := c.Poll(context.Background(), &m.Known, noon.Add(time.Duration(minute)*time.Minute)); !errors.As(err, &refused) {
				t.Fatalf("%s: minute %d: got %v", name, minute, err)
			}
		}
		if got := s.Total() - before; got != test.hours {
			t.Errorf("%s: got %d requests in 3 hours, want %d", name, got, test.hours)
		}
		s.Heal()
		if a := ask(t, c, m, noon.Add(5*time.Hour)); len(whole(a)) == 0 {
			t.Errorf("%s: got no environments after it was mended", name)
		}
	}
}

// An account that is locked in the middle of a poll costs four logins, and one
// more an hour; environments without permission cost the others nothing lasting.
func TestForbiddenInTheMiddle(t *testing.T) {
	s := five()
	c := newClient(t, flat{URL: start(t, s), Credential: loggedIn(rest.Token("right"))})
	m := newMemory()
	ask(t, c, m, noon)
	poll := func(minute int) (environments, requests int) {
		before := s.Total()
		a, _ := c.Poll(context.Background(), &m.Known, noon.Add(time.Duration(minute)*time.Minute))
		return len(whole(a)), s.Total() - before
	}
	for _, id := range []string{"8", "9", "10", "11"} {
		s.Inject("/"+id+"/results", -1, bambootest.Status(403))
	}
	if e, n := poll(1); e != 1 || n != 3 {
		t.Errorf("got %d environments by %d requests, want 1 by 3", e, n)
	}
	s.Heal()
	s.Inject("", -1, bambootest.Status(403))
	if e, n := poll(2); e != 0 || n != 2 {
		t.Errorf("got %d environments by %d requests, want none by 2", e, n)
	}
	for minute := 3; minute < 62; minute++ {
		if _, n := poll(minute); n != 0 {
			t.Fatalf("minute %d: got %d requests, want none", minute, n)
		}
	}
	s.Heal()
	for _, id := range []string{"8", "9"} {
		s.Inject("/"+id+"/results", -1, bambootest.Status(403))
	}
	poll(62)
	for minute := 63; minute < 120; minute++ {
		if e, n := poll(minute); e != 3 || n != 3 {
			t.Fatalf("minute %d: got %d environments by %d requests, want the 3 that may be read", minute, e, n)
		}
	}
}

// A running result that may not be read does not keep the next environments from
// being read.
func TestForbiddenResults(t *testing.T) {
	s := five()
	m := newMemory()
	c := newClient(t, flat{URL: start(t, s), Credential: loggedIn(rest.Token("right"))})
	a := ask(t, c, m, noon)
	for i := range 5 { // running, and not on the page any more
		d := a.Deployments[0]
		d.ID, d.Finished, d.State, d.LifeCycle = fmt.Sprint(100+i), time.Time{}, "UNKNOWN", "IN_PROGRESS"
		k := m.Environment(d.EnvironmentID)
		k.Deployments = append(k.Deployments, d)
		slices.SortFunc(k.Deployments, source.CompareRuns)
	}
	s.Inject("deploy/result", -1, bambootest.Status(403))
	for minute := range 3 {
		c.Poll(context.Background(), &m.Known, noon.Add(time.Duration(minute)*time.Minute))
	}
	if a, _ := c.Poll(context.Background(), &m.Known, noon.Add(3*time.Minute)); len(whole(a)) != 5 {
		t.Errorf("got %d environments, want 5", len(whole(a)))
	}
	if n := len(s.Requests()); n != 2+5+5 {
		t.Errorf("got %d addresses asked, want 12: %v", n, s.Requests())
	}
}
