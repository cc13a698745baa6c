package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
)

// TestSourcesPage vets each sample of docs/sources.md.
func TestSourcesPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	samples := regexp.MustCompile("(?s)```cue\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(samples) < 11 {
		t.Fatalf("found %d samples only", len(samples))
	}
	for _, s := range samples {
		policy := "package counter\n\nimport \"github.com/fridaycounter/fridaycounter/schema\"\n\nschema.#Counter & {\ntimezone: \"UTC\"\n" + s[1] +
			"rules: fridays: forbid: [{weekdays: [\"Friday\"]}]\npoll: [{every: \"1h\"}]\ndisplay: {modules: 2, terminal: {}}\n}\n"
		if _, err := policyfile.Read(t.Context(), "-", strings.NewReader(policy)); err != nil {
			t.Errorf("%v in\n%s", err, s[1])
		}
	}
}
