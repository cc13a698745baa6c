package main

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// Where there is a history, gate accepts the names of its environments only.
func TestGateKnowsTheNamesOfTheHistory(t *testing.T) {
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	s := &counter{t: t, path: filepath.Join(t.TempDir(), "counter.cue")}
	state := t.TempDir()
	policy := strings.Replace(bambooPolicy(at.URL), `environments: ["Production"]`, `environments: ["/^Prod/"]`, 1)
	scoped := func(scope string) string {
		return strings.Replace(policy, "\tpoll:", "\trules: quiet: "+scope+"\n\tpoll:", 1)
	}
	for _, c := range []struct {
		name, policy string
		stored       bool
		args         []string
		code         int
		says         string
	}{
		{"any, without a history", policy, false, nil, exitForbidden, "no: "},
		{"one that the policy may have, without a history", policy, false, []string{"--environment", "Production"}, exitForbidden, "no: "},
		{"a scope that nobody can deny, without a history", scoped(`environments: ["Prodution"]`), false, nil, exitForbidden, "no: "},
		{"any", policy, true, nil, exitForbidden, "no: "},
		{"one that is there", policy, true, []string{"--environment", "Production", "--project", "shop"}, exitForbidden, "no: "},
		{"by its id", policy, true, []string{"--environment", "2"}, exitForbidden, "no: "},
		{"one that is not there", policy, true, []string{"--environment", "Prod"}, exitCannotTell, "Prod"},
		{"another project's", policy, true, []string{"--environment", "Production", "--project", "web"}, exitCannotTell, "web"},
		{"a scope that matches none", scoped(`environments: ["Prodution"]`), true, []string{"--environment", "Production"}, exitCannotTell, "Prodution"},
		{"a project that matches none", scoped(`projects: ["web"]`), true, nil, exitCannotTell, "web"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.save(c.policy)
			dir := filepath.Join(state, "none")
			if c.stored {
				dir = state
				if _, stderr, code := command(t, s.path, dir, "history"); code != exitOK {
					s.save(policy)
					if _, stderr, code := command(t, s.path, dir, "once"); code != exitOK {
						t.Fatal(code, stderr)
					}
					s.save(c.policy)
				} else if stderr != "" {
					t.Log(stderr)
				}
			}
			out, stderr, code := command(t, s.path, dir, append([]string{"gate"}, c.args...)...)
			if code != c.code || !strings.Contains(out+stderr, c.says) {
				t.Errorf("got exit code %d, %q, %q, want %d and %q", code, out, stderr, c.code, c.says)
			}
		})
	}
}
