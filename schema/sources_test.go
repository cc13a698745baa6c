package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
)

// TestSources evaluates every kind of source, and wants that its feeds can be used.
func TestSources(t *testing.T) {
	a := evaluate(request{Name: "counter.cue", File: []byte(testFile(t, "sources.cue"))})
	if len(a.Diagnostics) > 0 {
		t.Fatal(&Error{Diagnostics: a.Diagnostics})
	}
	var got []string
	for _, s := range a.Config.Sources {
		text := s.Name + " " + s.Kind
		if len(s.Feeds) > 0 {
			text += " " + s.URL
			for _, f := range s.Feeds {
				if _, err := mapping.New(&f.Read, f.Project, f.Environment); err != nil {
					t.Errorf("%s: %v", s.Name, err)
				}
				if f.First != nil {
					if _, err := mapping.New(f.First, f.Project, f.Environment); err != nil {
						t.Errorf("%s: first: %v", s.Name, err)
					}
				}
				text += " " + f.Project + ":" + f.Environment
			}
		}
		got = append(got, text)
	}
	want := []string{
		"builds bamboo",
		"clusters argocd https://argocd.example.com :",
		"enterprise github https://github.example.com example/shop:production",
		"everything http https://ci.example.com :",
		"legacy jenkins https://ci.example.com :Production :Website",
		"lines file",
		"octopus http https://octopus.example.com shop:Production",
		"platform gitlab https://gitlab.example.com group/shop: 42:",
		"shop github https://api.github.com example/shop: example/search:",
	}
	if got, want := strings.Join(got, "\n"), strings.Join(want, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestPreset wants that what a preset says can be pasted: it vets, as the preset does.
func TestPreset(t *testing.T) {
	for _, name := range Presets() {
		text, err := Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		policy := "package counter\n\nimport \"github.com/fridaycounter/fridaycounter/schema\"\n\nschema.#Counter & {\n" +
			"timezone: \"UTC\"\nsources: mine: " + string(text) +
			"\nrules: fridays: forbid: [{weekdays: [\"Friday\"]}]\npoll: [{every: \"1h\"}]\ndisplay: {modules: 2, terminal: {}}\n}\n"
		if a := evaluate(request{Name: "counter.cue", File: []byte(policy)}); len(a.Diagnostics) > 0 {
			t.Errorf("%s: %v in\n%s", name, &Error{Diagnostics: a.Diagnostics}, policy)
		}
	}
}

// TestPlainSource wants that plain "cue vet" refuses a policy without a source, and one with both.
func TestPlainSource(t *testing.T) {
	root := t.TempDir()
	if _, err := Init(root, "v0.3.0"); err != nil {
		t.Fatal(err)
	}
	const source = `source: file: path: "x"`
	sample := testFile(t, "sources.cue")
	for change, want := range map[string]string{
		"":                          "",
		`sources: { => _sources: {`: "incomplete",
		`timezone: => ` + source + "\n\ttimezone:": "stands beside sources: want one of the two",
	} {
		old, new, _ := strings.Cut(change, " => ")
		if err := os.WriteFile(filepath.Join(root, "counter.cue"), []byte(strings.Replace(sample, old, new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := (cueCommand{registry: "none", cache: t.TempDir()}).run(t, root, "vet", "./...")
		if (err == nil) != (want == "") || !strings.Contains(out, want) {
			t.Errorf("%q: got %v %s, want %q", change, err, out, want)
		}
	}
}
