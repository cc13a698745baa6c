package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// TestSelected has rules whose names the source's exclude, or seem to.
func TestSelected(t *testing.T) {
	const bamboo = `bamboo: {url: "https://bamboo.example.com", auth: token: credential: "x", %s}`
	for _, test := range []struct{ source, rule, want string }{
		{`file: {path: "x", environments: ["Production"]}`, `environments: ["Prodution"]`,
			`environments[0]: source.file.environments has no "Prodution" (did you mean "Production"?)`},
		{`file: {path: "x", environments: ["Production", "Staging"]}`, `environments: ["Staging", "Live"]`,
			`environments[1]: source.file.environments has no "Live" (there are Production, Staging)`},
		{`file: {path: "x", environments: ["Production"]}`, `environments: ["production"]`,
			`environments[0]: source.file.environments has no "production" (did you mean "Production"?)`},
		{`file: {path: "x", environments: ["Production", "Staging"]}`, `environments: ["/^Prodd/", "/^Stag/"]`,
			`environments[0]: /^Prodd/ matches nothing of source.file.environments (there are Production, Staging)`},
		{fmt.Sprintf(bamboo, `environments: ["Production"], projects: ["shop"]`), `projects: ["shp"]`,
			`projects[0]: source.bamboo.projects has no "shp" (did you mean "shop"?)`},
		{fmt.Sprintf(bamboo, `environments: ["Production"], projects: ["shop"]`), `projects: ["shop", "/o/"], environments: ["Production", 17, "18"]`, ""},
		{fmt.Sprintf(bamboo, `environments: ["Production"]`), `projects: ["shp"]`, ""},
		{`file: path: "x"`, `environments: ["Prodution"]`, ""},
		{`file: {path: "x", environments: ["Production", 17]}`, `environments: ["Prodution"]`, ""},
		{`file: {path: "x", environments: ["/^Prod/"]}`, `environments: ["Stagging"]`, ""},
		{`file: {path: "x", environments: ["shop/Production"]}`, `environments: ["Production"]`, ""},
		{`file: {path: "x", environments: ["Production"]}`, `environments: ["shop/Production"]`, ""},
		{`file: {path: "x", environments: ["shop/Production"]}`, `environments: ["/^Prod/"]`, ""},
		{`file: {path: "x", environments: ["Production"]}`, `environments: ["shop/Prodution"]`,
			`environments[0]: source.file.environments has no "shop/Prodution" (there are Production)`},
	} {
		const before, between = "package counter\nimport \"" + diagnose.ImportPath + "\"\nschema.#Counter & {\n\t#streak: _\n\ttimezone: \"UTC\"\n\tsource: ", "\n\trules: r: {forbid: [{weekdays: [\"Friday\"]}], "
		file := before + test.source + between + test.rule + "}\n\tpoll: [{every: \"1h\"}]\n\tdisplay: {modules: 4, terminal: {}}\n\tbrightness: [{level: 1}]\n\tpages: [{text: \"\\(#streak.weeks)\"}]\n}\n"
		got := vet(t, file)
		if test.want == "" {
			if got != "" {
				t.Errorf("%s with %s: got %s, want nothing", test.source, test.rule, got)
			}
			continue
		}
		_, message, _ := strings.Cut(got, "rules.r.")
		if message != test.want || !strings.HasPrefix(got, "counter.cue:7:") {
			t.Errorf("%s with %s:\n got %s,\nwant counter.cue:7:…: rules.r.%s", test.source, test.rule, got, test.want)
		}
	}
}

// TestSelectedByEvaluator has the child refuse it, as the daemon asks.
func TestSelectedByEvaluator(t *testing.T) {
	file := strings.Replace(string(shipped(t)), `rules: "no-friday-deploys": forbid:`, `rules: "no-friday-deploys": environments: ["Prodution"], rules: "no-friday-deploys": forbid:`, 1)
	_, err := newEvaluator().Evaluate(t.Context(), "counter.cue", []byte(file))
	var refused *Error
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), `has no "Prodution"`) {
		t.Errorf("got %v", err)
	}
}
