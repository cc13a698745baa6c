package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// TestSources evaluates every kind of source, and wants their feeds.
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
	if _, err := Init(root, "v0.3.0", false); err != nil {
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

// TestPaths wants that the schema lets through the paths that package mapping reads, and no others.
func TestPaths(t *testing.T) {
	ctx := cuecontext.New()
	path := ctx.BuildInstance(diagnose.SchemaInstance(build.NewContext(), files, "")).LookupPath(cue.ParsePath("#Path"))
	allowed := func(text string) bool {
		return path.Unify(ctx.Encode(text)).Validate(cue.Concrete(true)) == nil
	}
	for _, text := range []string{
		"a", "a.b", "a[0]", "a[-1].b", "[0]", "[0][1].a", "a[name=x].b", `a[name="q\"]"].b`, "a[].b", "@id-1", "$type",
	} {
		if !allowed(text) {
			t.Errorf("path %q is refused", text)
		}
	}
	for _, text := range []string{
		"", ".a", "a..b", "a b", "a[", "a[x]", "a[-]", "a]", "[0]a", "a.[0]", "a[99999999999999999999]", `a[x="]`, `a[x="\z"]`, "1a", "a.",
	} {
		if allowed(text) {
			t.Errorf("path %q is let through", text)
		}
	}
}

// TestSourceMistakes has what CUE lets through, or says in words of its own.
func TestSourceMistakes(t *testing.T) {
	const more = "map: {id: \"id\", environment: \"e\", state: \"s\", executed: \"x\"}\nstates: {success: [\"ok\"], failed: [], running: []}\n}"
	http := func(fields string) string { return "http: {\nurl: \"https://x.example\"\n" + fields + "\n" + more }
	for source, want := range map[string]string{
		http(`get: "/list?since={since}&of={offset}"`):                        "",
		http(`get: "/list"; one: "/one/{id}"; details: "/one/{id}"`):          "",
		http(`get: "/list/{name}"; index: {get: "/names", name: "name"}`):     "",
		http(`get: "/list"; index: {get: "/names", name: "name"}`):            "9:6: sources.ci.http.get: has no {name}, so it always asks for the same",
		http(`get: "/list/{name}"`):                                           "9:6: sources.ci.http.get: {name} stands for nothing here",
		http(`get: "/list?since={Since}"`):                                    "9:6: sources.ci.http.get: {Since} stands for nothing here",
		http(`get: "/list"; one: "/one/{ids}"`):                               "9:20: sources.ci.http.one: {ids} stands for nothing here",
		http(`get: "/list"; details: "/details"`):                             "9:24: sources.ci.http.details: has no {id}, so it always asks for the same",
		http(`get: "/list%zz"`):                                               `9:6: sources.ci.http.get: "/list%zz" is not a path and a query`,
		http(`get: "/list?a=b;c"`):                                            `9:6: sources.ci.http.get: "/list?a=b;c" is not a path and a query`,
		http(`get: "/list#top"`):                                              `9:6: sources.ci.http.get: "/list#top" is not a path and a query`,
		http(`get: "/list"; headers: authorization: "Bearer x"`):              "9:39: sources.ci.http.headers.authorization: is a login: want auth",
		http(`get: "/list"; auth: header: {name: "X Y", value: env: "A"}`):    "9:36: sources.ci.http.auth.header.name: not the name of a header",
		strings.Replace(http(`get: "/list"`), `"id", `, `[{txt: "id"}], `, 1): "10:11: sources.ci.http.map.id: not a place: want a path",
		`jenkins: {url: "https://x.example", jobs: {}}`:                       "7:56: sources.ci.jenkins.jobs: want at least one job",
	} {
		policy := "package counter\n\nimport \"github.com/fridaycounter/fridaycounter/schema\"\n\nschema.#Counter & {\ntimezone: \"UTC\"\nsources: ci: " + strings.ReplaceAll(source, "; ", ", ") +
			"\nrules: fridays: forbid: [{weekdays: [\"Friday\"]}]\npoll: [{every: \"1h\"}]\ndisplay: {modules: 2, terminal: {}}\n}\n"
		a := evaluate(request{Name: "counter.cue", File: []byte(policy)})
		got := ""
		if len(a.Diagnostics) > 0 {
			got = (&Error{Diagnostics: a.Diagnostics}).Error()
		}
		if (got == "") != (want == "") || !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
}
