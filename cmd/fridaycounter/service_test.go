package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
)

// unit returns the lines of a unit that set something, without comments.
func unit(t *testing.T, name string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile("service/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

// The unit of a team is that of the machine, as hardened, with a directory of its own in each place.
func TestTemplateUnit(t *testing.T) {
	one := strings.Join(unit(t, "fridaycounter.service"), "\n")
	of := strings.NewReplacer(
		"Description=Weeks since Friday deploy, on the wall", "Description=Weeks since Friday deploy, of %i",
		"--config "+state.SystemConfig, "--config "+state.SystemConfig+"/%i",
		":"+state.SystemConfig+"/", ":"+state.SystemConfig+"/%i/",
		"StateDirectory=fridaycounter", "StateDirectory=fridaycounter/%i",
	)
	template := strings.Join(unit(t, "fridaycounter@.service"), "\n")
	if diff := cmp.Diff(of.Replace(one), template); diff != "" {
		t.Errorf("fridaycounter@.service is not fridaycounter.service with other paths: - want, + got:\n%s", diff)
	}
	if n := strings.Count(template, "%i"); n != 5 {
		t.Errorf("it names its team %d times, want in its description, --config, two secrets and the state", n)
	}
}
