package bamboo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// shops is a server of two projects with like-named environments.
func shops() *bambootest.Server {
	return &bambootest.Server{NoDate: true, Projects: []bambootest.Project{
		{ID: 1, Name: "shop", Environments: []bambootest.Environment{{ID: 11, Name: "Production"}, {ID: 12, Name: "Production LHR"}, {ID: 13, Name: "Staging"}}},
		{ID: 2, Name: "back office", Environments: []bambootest.Environment{{ID: 21, Name: "Production"}, {ID: 22, Name: "production"}}},
		{ID: 5000000000, Name: "empty"},
	}}
}

func TestEnvironments(t *testing.T) {
	for _, test := range []struct {
		projects, environments string // by |
		want                   string // ids read, in order
		requests               int    // beside the lists
		err                    string
	}{
		{"", "", "21 22 11 12 13", 1, ""},
		{"", "Production", "21 11", 1, ""},
		{"", "/^Production/", "21 11 12", 1, ""},
		{"", "/(?i)production$/", "21 22 11", 1, ""},
		{"shop", "Production", "11", 1, ""},
		{"1", "Production", "11", 1, ""},
		{"/office/", "Production", "21", 1, ""},
		{"", "13", "13", 2, ""},
		{"", "13|21|13|11", "21 11 13", 5, ""},
		{"shop", "13|11", "11 13", 3, ""},
		{"", "13|Production", "21 11 13", 1, ""},
		{"", "production LHR", "", 1, `bamboo: no environment "production LHR", or the login may not see it; visible: ` +
			`back office / Production (21), back office / production (22), shop / Production (11), shop / Production LHR (12), shop / Staging (13)`},
		{"", "Staging|Live", "13", 1, `bamboo: no environment "Live", or the login may not see it; visible: `},
		{"", "13|99", "13", 4, `bamboo: no environment "99", or the login may not see it; visible: `},
		{"shop|ship", "Staging", "13", 1, `bamboo: no deployment project "ship", or the login may not see it; visible: `},
		{"back office", "13", "", 2, `bamboo: no deployment project "back office", no environment "13", or the login may not see it`},
		{"empty", "Production", "", 1, `bamboo: no deployment project "empty", no environment "Production", or the login`},
	} {
		s := shops()
		split := func(text string) []string {
			return strings.FieldsFunc(text, func(r rune) bool { return r == '|' })
		}
		c := newClient(t, Opts{URL: start(t, s), Projects: patterns(t, split(test.projects)...), Environments: patterns(t, split(test.environments)...)})
		a, err := c.Poll(context.Background(), nil, noon, nil)
		name := test.projects + ", " + test.environments
		var missing *MissingError
		if test.err == "" && err != nil || test.err != "" && (!errors.As(err, &missing) || !strings.HasPrefix(err.Error(), test.err)) {
			t.Errorf("%s:\ngot error  %v\nwant error %s", name, err, test.err)
		}
		var got []string
		for _, e := range a.Environments {
			got = append(got, e.ID)
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s: got the environments %s, want %s", name, got, test.want)
		}
		if got := s.Total() - s.Requests()["/rest/api/latest/info"] - len(got); got != test.requests {
			t.Errorf("%s: got %d requests beside the lists, want %d", name, got, test.requests)
		}
		// Found once, they are not looked for again.
		before := s.Total()
		c.Poll(context.Background(), nil, noon.Add(5*time.Minute), nil)
		if got, want := s.Total()-before, len(got); got != want {
			t.Errorf("%s: got %d requests in the second poll, want %d", name, got, want)
		}
	}
}

// Names of project and environment come with ids alone, too.
func TestEnvironmentsByID(t *testing.T) {
	c := client(t, shops(), "12")
	a := ask(t, c, newMemory(), noon)
	if got, want := fmt.Sprint(a.Environments), "[{12 Production LHR 1 shop 0001-01-01 00:00:00 +0000 UTC true}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestManyVisible(t *testing.T) {
	s := shops()
	for id := range int64(100) {
		s.Projects[2].Environments = append(s.Projects[2].Environments, bambootest.Environment{ID: 1000 + id, Name: "test"})
	}
	_, err := client(t, s, "Live").Poll(context.Background(), nil, noon, nil)
	if err == nil || !strings.HasSuffix(err.Error(), " and 85 more") || len(err.Error()) > 1000 {
		t.Errorf("got %v, want 20 and 85 more", err)
	}
}

// A list that is empty, as after a lost permission, is no list of environments.
func TestNothingVisible(t *testing.T) {
	s := shops()
	s.Token, s.OpenToAnonymous = "t", true
	for _, names := range [][]string{{"Production"}, nil} {
		_, err := client(t, s, names...).Poll(context.Background(), nil, noon, nil)
		var missing *MissingError
		if !errors.As(err, &missing) {
			t.Errorf("%q: got %v, want a *MissingError", names, err)
		}
	}
}

// What was there once and is gone stays an error; the rest is read on.
func TestEnvironmentGone(t *testing.T) {
	s := shops()
	c := client(t, s, "/^Production/")
	m := newMemory()
	ask(t, c, m, noon)
	s.Change(func(s *bambootest.Server) { s.Projects[0].Environments = s.Projects[0].Environments[1:] })

	a, err := c.Poll(context.Background(), m, noon.Add(time.Hour), nil)
	var missing *MissingError
	if !errors.As(err, &missing) || missing.Environments[0] != "Production" || len(a.Environments) != 2 {
		t.Errorf("404: got %d environments, %v", len(a.Environments), err)
	}
	all := "/rest/api/latest/deploy/project/all"
	before := s.Requests()[all]
	for minute := range 60 {
		a, err := c.Poll(context.Background(), m, noon.Add(time.Hour+time.Duration(minute)*time.Minute), nil)
		if !errors.As(err, &missing) || len(a.Environments) != 2 {
			t.Fatalf("minute %d: got %d environments, %v", minute, len(a.Environments), err)
		}
	}
	if !strings.Contains(missing.Error(), "it was there before; a restart accepts that it is gone") {
		t.Errorf("got %v", missing)
	}
	if got, want := s.Requests()[all]-before, 4; got != want {
		t.Errorf("got %d requests for the list of everything in an hour, want %d", got, want)
	}
	s.Change(func(s *bambootest.Server) { s.Projects = shops().Projects })
	if a := ask(t, c, m, noon.Add(3*time.Hour)); len(a.Environments) != 3 {
		t.Errorf("got %d environments when it is back, want 3", len(a.Environments))
	}
}

// A name that changed shows within a day, in the environment, in its results and as
// a note. By name the environment is missing from then on.
func TestEnvironmentRenamed(t *testing.T) {
	s := shops()
	s.Projects[0].Environments[2].Results = history(3)
	named := client(t, s, "Staging")
	byID := client(t, s, "13", "11")
	m := newMemory()
	ask(t, named, m, noon)
	ask(t, byID, m, noon)
	s.Change(func(s *bambootest.Server) {
		s.Projects[0].Name = "store"
		s.Projects[0].Environments[2].Name = "Stage"
	})
	day := noon.Add(24 * time.Hour)
	if a := ask(t, byID, m, day.Add(-time.Second)); len(a.Notes) > 0 {
		t.Errorf("got the notes %v before a day has passed", a.Notes)
	}
	note := "environment 13: shop / Staging is now called store / Stage"
	var missing *MissingError
	a, err := named.Poll(context.Background(), m, day, nil)
	if !errors.As(err, &missing) || len(a.Notes) != 1 || a.Notes[0].Text != note {
		t.Errorf("by name: got %v and %v, want a *MissingError and the new name", a.Notes, err)
	}
	a = ask(t, byID, m, day)
	if len(a.Notes) != 2 || a.Notes[1] != (Note{NoteRenamed, "13", note}) {
		t.Errorf("by id: got %+v", a.Notes)
	}
	if e := a.Environments[1]; e.ID != "13" || e.Name != "Stage" || e.Project != "store" {
		t.Errorf("got %+v", e)
	}
	if d := a.Deployments[0]; d.EnvironmentID != "13" || d.Environment != "Stage" || d.Project != "store" {
		t.Errorf("got %+v", d)
	}
}

// The new id of a name shows within a day too, or a quarter of an hour after the
// old one has gone; it is read from its beginning.
func TestEnvironmentMadeAgain(t *testing.T) {
	for after, change := range map[time.Duration]func(*bambootest.Server){
		24 * time.Hour: func(s *bambootest.Server) {
			e := &s.Projects[0].Environments
			(*e)[2].Name = "Staging, old"
			*e = append(*e, bambootest.Environment{ID: 14, Name: "Staging", Results: history(30)})
		},
		15 * time.Minute: func(s *bambootest.Server) {
			s.Projects[0].Environments[2] = bambootest.Environment{ID: 14, Name: "Staging", Results: history(30)}
		},
	} {
		s := shops()
		c := client(t, s, "Staging")
		m := newMemory()
		ask(t, c, m, noon)
		s.Change(change)
		if a, _ := c.Poll(context.Background(), m, noon.Add(after-time.Second), nil); len(a.Notes) > 0 {
			t.Errorf("%v: got the notes %v before", after, a.Notes)
		}
		a := ask(t, c, m, noon.Add(after))
		if got, want := fmt.Sprint(a.Notes), "[{renamed 13 environment shop / Staging was made again: its id is now 14, not 13}]"; got != want {
			t.Errorf("%v: got %s, want %s", after, got, want)
		}
		if len(a.Environments) != 1 || a.Environments[0].ID != "14" || len(a.Deployments) != 30 {
			t.Errorf("%v: got %+v and %d results", after, a.Environments, len(a.Deployments))
		}
	}
}

// A list of everything that takes too long to make stops one poll, not all.
func TestDiscoveryTimesOut(t *testing.T) {
	s := shops()
	c := newClient(t, Opts{URL: start(t, s), Environments: patterns(t, "Production"), Timeout: 50 * time.Millisecond})
	ask(t, c, newMemory(), noon)
	s.Inject("project/all", -1, bambootest.Silent())
	if _, err := c.Poll(context.Background(), nil, noon.Add(24*time.Hour), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a timeout", err)
	}
	c.opts.Timeout = 5 * time.Second
	if a := ask(t, c, newMemory(), noon.Add(24*time.Hour+14*time.Minute)); len(a.Environments) != 2 {
		t.Errorf("got %d environments afterwards, want 2", len(a.Environments))
	}
}

// The list of everything is read again once a day, and its failure is no reason
// to let go of environments that can be read.
func TestCatalogIsReadDaily(t *testing.T) {
	s := shops()
	c := client(t, s, "Production")
	m := newMemory()
	all := "/rest/api/latest/deploy/project/all"
	for hour := range 24 * 7 {
		ask(t, c, m, noon.Add(time.Duration(hour)*time.Hour))
	}
	if got, want := s.Requests()[all], 7; got != want {
		t.Errorf("got %d requests in a week, want %d", got, want)
	}
	s.Inject("project/all", 1, bambootest.BadGateway())
	a := ask(t, c, m, noon.Add(24*7*time.Hour))
	if len(a.Environments) != 2 || len(a.Notes) != 1 || a.Notes[0].Kind != NoteDiscovery {
		t.Errorf("got %d environments and the notes %v", len(a.Environments), a.Notes)
	}
	a = ask(t, c, m, noon.Add(24*7*time.Hour+20*time.Minute))
	if len(a.Notes) != 0 {
		t.Errorf("got the notes %v, want none any more", a.Notes)
	}
}

// A discovery that fails at first is tried again with each poll.
func TestDiscoveryFails(t *testing.T) {
	s := shops()
	c := client(t, s, "Production")
	for _, body := range []string{`{"message":"x"}`, `null`, `[{"id":"x"}]`} {
		s.Inject("project/all", 1, bambootest.Respond(200, "application/json", body))
		if a, err := c.Poll(context.Background(), nil, noon, nil); err == nil || len(a.Environments) > 0 {
			t.Errorf("%s: got %d environments, %v", body, len(a.Environments), err)
		}
	}
	ask(t, c, newMemory(), noon)
}

// Old servers send oid as a number beyond 2^53.
func TestNumericOID(t *testing.T) {
	s := shops()
	s.Quirks.NumericOID = true
	ask(t, client(t, s, "Production"), newMemory(), noon)
}
