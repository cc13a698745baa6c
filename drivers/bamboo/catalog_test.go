package bamboo

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
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
		{"", "production LHR", "", 1, `no environment "production LHR": there is "Production LHR", which differs by case, or the login may not see it; names are compared exactly; visible: ` +
			`"back office" / "Production" (21), "back office" / "production" (22), "shop" / "Production" (11), "shop" / "Production LHR" (12), "shop" / "Staging" (13), 5 in all`},
		{"", "Staging|Live", "13", 1, `no environment "Live", or the login may not see it; names are compared exactly; visible: `},
		{"", "13|99", "13", 4, `no environment "99", or the login may not see it; names are compared exactly; visible: `},
		{"shop|ship", "Staging", "13", 1, `no deployment project "ship", or the login may not see it; names are compared exactly; visible: `},
		{"back office", "13", "", 2, `no deployment project "back office", no environment "13", or the login may not see it`},
		{"empty", "Production", "", 1, `no deployment project "empty", no environment "Production", or the login`},
	} {
		s := shops()
		split := func(text string) []string {
			return strings.FieldsFunc(text, func(r rune) bool { return r == '|' })
		}
		c := newClient(t, flat{URL: start(t, s), Projects: patterns(t, split(test.projects)...), Environments: patterns(t, split(test.environments)...)})
		a, err := c.Poll(context.Background(), nil, noon)
		name := test.projects + ", " + test.environments
		if test.err == "" && err != nil || test.err != "" && (source.KindOf(err) != source.Missing || !strings.HasPrefix(err.Error(), test.err)) {
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
		c.Poll(context.Background(), nil, noon.Add(5*time.Minute))
		if got, want := s.Total()-before, len(got); got != want {
			t.Errorf("%s: got %d requests in the second poll, want %d", name, got, want)
		}
	}
}

// Names of project and environment come with ids alone, too.
func TestEnvironmentsByID(t *testing.T) {
	c := client(t, shops(), "12")
	a := ask(t, c, newMemory(), noon)
	if e := a.Environments[0]; e.ID != "12" || e.Name != "Production LHR" || e.ProjectID != "1" || e.Project != "shop" || e.Source != "ci" || !a.Listed {
		t.Errorf("got %+v", e)
	}
}

func TestMissingEnvironmentShowsTwenty(t *testing.T) {
	s := shops()
	for id := range int64(100) {
		s.Projects[2].Environments = append(s.Projects[2].Environments, bambootest.Environment{ID: 1000 + id, Name: "test"})
	}
	_, err := client(t, s, "Live").Poll(context.Background(), nil, noon)
	if err == nil || !strings.HasSuffix(err.Error(), ", 105 in all") || len(err.Error()) > 1000 {
		t.Errorf("got %v, want 20 of 105", err)
	}
}

// A list that is empty, as after a lost permission, is no list of environments.
func TestMissingEnvironmentShowsNone(t *testing.T) {
	s := shops()
	s.Inject("project/all", -1, bambootest.Respond(200, "application/json", "[]"))
	for _, names := range [][]string{{"Production"}, nil} {
		_, err := client(t, s, names...).Poll(context.Background(), nil, noon)
		if source.KindOf(err) != source.Missing {
			t.Errorf("%q: got %v, want that all are missing", names, err)
		}
	}
}

// An environment that answers 404 is missing; from the next list on it is not listed, which
// tells engine/facts that it is gone. The list is asked for more often until it is back.
func TestEnvironmentGone(t *testing.T) {
	s := shops()
	c := client(t, s, "/^Production/")
	m := newMemory()
	ask(t, c, m, noon)
	s.Change(func(s *bambootest.Server) { s.Projects[0].Environments = s.Projects[0].Environments[1:] })
	now := noon.Add(time.Hour)
	s.Inject("11/results", 1, bambootest.Status(404))
	all := "/rest/api/latest/deploy/project/all"
	before := s.Requests()[all]
	for minute := range 60 {
		a, err := m.poll(c, now.Add(time.Duration(minute)*time.Minute))
		if minute == 0 {
			if source.KindOf(err) != source.Missing || !a.Listed || len(a.Environments) != 3 || len(whole(a)) != 2 {
				t.Fatalf("404: got %d environments, %v", len(whole(a)), err)
			}
			continue
		}
		if err != nil || !a.Listed || len(a.Environments) != 2 {
			t.Fatalf("minute %d: got %d environments, %v", minute, len(a.Environments), err)
		}
	}
	if got, want := s.Requests()[all]-before, 4; got != want {
		t.Errorf("got %d requests for the list of everything in an hour, want %d", got, want)
	}
	// A restart knows it too: a pattern that matches only what is gone is not missing.
	if a := ask(t, client(t, s, "/^Production/"), m, now); !a.Listed || len(a.Environments) != 2 {
		t.Errorf("after a restart: got %d environments", len(a.Environments))
	}
	only := newClient(t, flat{URL: start(t, s), Environments: patterns(t, "Production"), Projects: patterns(t, "shop")})
	if a := ask(t, only, m, now); !a.Listed || len(a.Environments) != 0 {
		t.Errorf("selected alone: got %d environments", len(a.Environments))
	}
	s.Change(func(s *bambootest.Server) { s.Projects = shops().Projects })
	if a := ask(t, c, m, noon.Add(3*time.Hour)); len(a.Environments) != 3 {
		t.Errorf("got %d environments when it is back, want 3", len(a.Environments))
	}
}

// An environment that is renamed, or whose project is, is read on by its id, also after a
// restart, with its present name.
func TestEnvironmentRenamed(t *testing.T) {
	s := shops()
	s.Projects[0].Environments[2].Results = history(3)
	m := newMemory()
	ask(t, client(t, s, "Staging"), m, noon)
	s.Change(func(s *bambootest.Server) {
		s.Projects[0].Environments[2].Name = "Stage"
		s.Projects[0].Environments[2].Results = history(4)
	})
	for range 2 { // the second time by a former name, which is not the last one
		c := client(t, s, "Staging")
		a := ask(t, c, m, noon)
		if len(a.Environments) != 1 || a.Environments[0].ID != "13" || m.Environment("13").Results() != 4 || len(a.Environments[0].FormerNames) > 0 {
			t.Errorf("got %+v and %d results", a.Environments, m.Environment("13").Results())
		}
		if name := s.Projects[0].Environments[2].Name; a.Environments[0].Name != name || a.Deployments[0].Environment != name {
			t.Errorf("got the name %s, want %s", a.Environments[0].Name, name)
		}
		s.Change(func(s *bambootest.Server) { s.Projects[0].Environments[2].Name = "Stage 2" })
	}
}

// The new id of a name is read beside what is known of the old one.
func TestEnvironmentMadeAgain(t *testing.T) {
	s := shops()
	c := client(t, s, "Staging")
	m := newMemory()
	ask(t, c, m, noon)
	s.Change(func(s *bambootest.Server) {
		s.Projects[0].Environments[2] = bambootest.Environment{ID: 14, Name: "Staging", Results: history(30)}
	})
	m.poll(c, noon.Add(time.Hour)) // 404
	a := ask(t, c, m, noon.Add(2*time.Hour))
	if len(a.Environments) != 1 || a.Environments[0].ID != "14" || m.Environment("14").Results() != 30 {
		t.Errorf("got %+v", a.Environments)
	}
}

// After a restart a list that cannot be read does not keep known environments from being
// read by their ids.
func TestListFailsKnownIsRead(t *testing.T) {
	s := shops()
	m := newMemory()
	ask(t, client(t, s, "Production"), m, noon)
	s.Inject("project/all", -1, bambootest.BadGateway())
	a, err := m.poll(client(t, s, "Production"), noon)
	if err == nil || a.Listed || len(whole(a)) != 2 {
		t.Errorf("got %+v, %v", a.Environments, err)
	}
}

// Names that only look like the one that was named are told apart, as far as letters do not
// look alike; those with letters of other languages can be read.
func TestSimilarNamesAreSuggested(t *testing.T) {
	for name, want := range map[string]string{
		"Production\u00a0":   `"Production\u00a0", which differs by blanks or invisible characters`,
		"Production ":        `"Production ", which differs by blanks or invisible characters`,
		"production":         `"production", which differs by case`,
		"Pro\u00addduction":  `"Pro\u00addduction"`,
		"\u0420roduction":    "\"\u0420roduction\"",
		"\x1b[2KProduction":  `"\\x1b[2KProduction"`,
		"Produktion München": `"Produktion München"`,
	} {
		s := one(nil)
		s.Projects[0].Environments[0].Name = name
		_, err := client(t, s, "Production").Poll(t.Context(), nil, noon)
		if err == nil || !strings.Contains(err.Error(), `no environment "Production"`) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", name, err, want)
		}
	}
}

// A list of everything that takes too long to make stops one poll, not all.
func TestDiscoveryTimesOut(t *testing.T) {
	s := shops()
	c := newClient(t, flat{URL: start(t, s), Environments: patterns(t, "Production"), Timeout: 300 * time.Millisecond})
	ask(t, c, newMemory(), noon)
	s.Inject("project/all", -1, bambootest.Silent())
	if _, err := c.Poll(context.Background(), nil, noon.Add(24*time.Hour)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a timeout", err)
	}
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
	if len(a.Environments) != 2 || len(a.Notes) != 1 || a.Notes[0].Topic != "environments" {
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
		if a, err := c.Poll(context.Background(), nil, noon); err == nil || len(a.Environments) > 0 {
			t.Errorf("%s: got %d environments, %v", body, len(a.Environments), err)
		}
	}
	ask(t, c, newMemory(), noon)
}

// Old servers send oid as a number beyond 2^53.
func TestNumericOID(t *testing.T) {
	s := shops()
	s.Inject("project/all", -1, replace(func(body []byte) []byte {
		return regexp.MustCompile(`"oid":"[^"]*"`).ReplaceAll(body, []byte(`"oid":9007199254740993`))
	}))
	ask(t, client(t, s, "Production"), newMemory(), noon)
}
