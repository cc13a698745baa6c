package main

import (
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// An environment that the server no longer lists keeps its breach and makes the number stale, over
// restarts too, until a person retires it with the command that explain prints.
func TestRetireMakesTheNumberFresh(t *testing.T) {
	server := weeksAgo(5, 2)
	production := server.Projects[0].Environments[0]
	web := bambootest.Environment{ID: 3, Name: "Web / Production", Results: weeksAgo(7).Projects[0].Environments[0].Results}
	web.Results[0].ID = 2000
	server.Projects[0].Environments = append(server.Projects[0].Environments, web)
	at := httptest.NewServer(server)
	defer at.Close()
	s := &counter{t: t, path: filepath.Join(t.TempDir(), "counter.cue")}
	state := t.TempDir()
	s.save(strings.Replace(bambooPolicy(at.URL), `["Production"]`, `["/Production$/"]`, 1))

	once := func(name string, want string, wantCode int) {
		t.Helper()
		out, stderr, code := command(t, s.path, state, "once")
		if !strings.HasPrefix(out, want) || code != wantCode {
			t.Errorf("%s: got %q, exit code %d, want %q, %d\n%s", name, out, code, want, wantCode, stderr)
		}
	}
	once("at first", "2 weeks", exitOK)
	server.Change(func(s *bambootest.Server) { s.Projects[0].Environments = []bambootest.Environment{web} })
	once("gone", "2 weeks", exitStale)
	once("still gone", "2 weeks", exitStale)

	out, stderr, code := command(t, s.path, state, "explain")
	line := regexp.MustCompile(`fridaycounter history retire (\S+)`).FindStringSubmatch(out)
	if code != exitOK || line == nil {
		t.Fatalf("explain prints no line to paste: exit code %d\n%s%s", code, out, stderr)
	}
	if out, _, _ := command(t, s.path, state, "once", "--json"); !strings.Contains(out, `"kind": "gone"`) || !strings.Contains(out, `"environment": "2"`) {
		t.Errorf("the JSON does not tell of it: %s", out)
	}
	if _, stderr, code := command(t, s.path, state, "history", "retire", "3"); code == exitOK {
		t.Errorf("one that is listed was retired: %s", stderr)
	}
	if out, stderr, code := command(t, s.path, state, "history", "retire", "bamboo/"+line[1]); code != exitOK || out != "Production of shop (id 2) is retired; its deployments still count\n" {
		t.Fatalf("retire: exit code %d, %q, %s", code, out, stderr)
	}
	once("retired", "2 weeks", exitOK)
	if out, _, _ := command(t, s.path, state, "explain"); strings.Contains(out, "out of date") {
		t.Errorf("it is still called out of date:\n%s", out)
	}

	server.Change(func(s *bambootest.Server) { s.Projects[0].Environments = []bambootest.Environment{web, production} })
	once("back", "2 weeks", exitOK)
	server.Change(func(s *bambootest.Server) { s.Projects[0].Environments = []bambootest.Environment{web} })
	once("gone again", "2 weeks", exitStale)
}
