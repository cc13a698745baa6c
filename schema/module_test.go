package schema

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	wallModule = "module: \"team.example/wall@v0\"\nlanguage: version: \"v0.14.0\"\n"
	// dependingModule is what `cue mod tidy` makes of it.
	dependingModule = wallModule + "deps: {\n\t\"github.com/fridaycounter/fridaycounter/schema@v0\": {\n\t\tv: \"v0.4.0\"\n\t\tdefault: true\n\t}\n}\n"
)

// TestModulePublished publishes the schema as a CUE module, and has another module use it:
// with Init, with plain cue vet, and without the registry from cue's cache.
func TestModulePublished(t *testing.T) {
	registry, stop := startRegistry(t)
	cue := cueCommand{registry: registry, cache: moduleCache(t)}
	cue.must(t, assembled(t), "mod", "publish", "v0.4.0")

	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"cue.mod/module.cue": wallModule, "counter.cue": string(shipped(t)), "counter_scenarios.cue": string(shippedScenarios(t))})
	cue.must(t, dir, "mod", "tidy")
	done, err := Init(dir, "v0.4.0", false)
	if err != nil || done.Schema != "v0.4.0" || len(done.Wrote)+len(done.Updated)+len(done.Warnings) != 0 {
		t.Errorf("Init in a module that depends on the schema: %+v, %v", done, err)
	}
	cue.must(t, dir, "vet", "./...")

	stop()
	cue.must(t, dir, "vet", "./...")
	typo := strings.Replace(string(shipped(t)), "forbid: [{weekdays", "forbid: [{weekdys", 1)
	writeFiles(t, dir, map[string]string{"counter.cue": typo})
	if out, err := cue.run(t, dir, "vet", "./..."); err == nil || !strings.Contains(out, "field not allowed") {
		t.Errorf("cue vet of a typo: %v\n%s", err, out)
	}
}

// TestModuleAdded starts with `cue mod get` in an empty repository, and lets Init write the rest.
func TestModuleAdded(t *testing.T) {
	registry, _ := startRegistry(t)
	cue := cueCommand{registry: registry, cache: moduleCache(t)}
	cue.must(t, assembled(t), "mod", "publish", "v0.4.0")
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"cue.mod/module.cue": wallModule})
	cue.must(t, dir, "mod", "get", "github.com/fridaycounter/fridaycounter/schema@v0.4.0")
	if done, err := Init(filepath.Join(dir, "wall"), "v0.4.0", false); err != nil || done.Schema != "v0.4.0" || len(done.Wrote) != 2 {
		t.Fatalf("got %+v, %v, want the policy and its scenarios", done, err)
	}
	cue.must(t, dir, "vet", "./...")
}

// TestModuleAmbiguous shows why the schema is at one place only: neither may the repository
// be published too, nor may a copy lie beside the module.
func TestModuleAmbiguous(t *testing.T) {
	registry, _ := startRegistry(t)
	cue := cueCommand{registry: registry, cache: moduleCache(t)}
	schema := assembled(t)
	cue.must(t, schema, "mod", "publish", "v0.4.0")
	const ambiguous = "ambiguous import"

	t.Run("a copy", func(t *testing.T) {
		dir := t.TempDir()
		writeFiles(t, dir, map[string]string{"cue.mod/module.cue": wallModule})
		if _, err := Init(dir, "v0.4.0", false); err != nil {
			t.Fatal(err)
		}
		writeFiles(t, dir, map[string]string{"cue.mod/module.cue": dependingModule})
		if out, err := cue.run(t, dir, "vet", "./..."); err == nil || !strings.Contains(out, ambiguous) {
			t.Errorf("cue vet: %v\n%s", err, out)
		}
		done, err := Init(dir, "v0.4.0", false)
		copied := filepath.Join(dir, "cue.mod", "pkg", "github.com", "fridaycounter", "fridaycounter", "schema")
		if want := "(hint: rm -r " + copied + ")"; err != nil || len(done.Warnings) != 1 || !strings.Contains(done.Warnings[0], want) {
			t.Fatalf("got %+v, %v, want %s", done, err, want)
		}
		if err := os.RemoveAll(copied); err != nil {
			t.Fatal(err)
		}
		cue.must(t, dir, "vet", "./...")
	})
	t.Run("the repository", func(t *testing.T) {
		repository := t.TempDir()
		if err := os.CopyFS(filepath.Join(repository, "schema"), os.DirFS(schema)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(repository, "schema", "cue.mod")); err != nil {
			t.Fatal(err)
		}
		writeFiles(t, repository, map[string]string{"cue.mod/module.cue": string(topFile(t, "cue.mod/module.cue")) + "source: kind: \"self\"\n"})
		cue.must(t, repository, "mod", "publish", "v0.4.0")
		dir := t.TempDir()
		writeFiles(t, dir, map[string]string{"cue.mod/module.cue": wallModule, "counter.cue": string(shipped(t))})
		if out, err := cue.run(t, dir, "mod", "tidy"); err == nil || !strings.Contains(out, ambiguous) {
			t.Errorf("cue mod tidy: %v\n%s", err, out)
		}
	})
}

// TestNewerSchema refuses a file that stands beside a newer schema, and names both versions.
func TestNewerSchema(t *testing.T) {
	const both = "it is written for the schema of fridaycounter v0.4.0, and this is fridaycounter v0.3.0 (upgrade this program: it may not know all fields)"
	copied := func(version string) map[string]string {
		return map[string]string{"cue.mod/module.cue": wallModule,
			"cue.mod/pkg/github.com/fridaycounter/fridaycounter/schema/version.cue": fmt.Sprintf(versionLine, version)}
	}
	for _, c := range []struct {
		name, program string
		files         map[string]string
		newer         bool
	}{
		{"a dependency", "v0.3.0", map[string]string{"cue.mod/module.cue": dependingModule}, true},
		{"a dependency on one line", "v0.3.0", map[string]string{"cue.mod/module.cue": wallModule + `deps: "github.com/fridaycounter/fridaycounter/schema@v0": v: "v0.4.0"`}, true},
		{"a copy", "v0.3.0", copied("v0.4.0"), true},
		{"the same", "v0.4.0", copied("v0.4.0"), false},
		{"an older one", "v0.4.1", copied("v0.4.0"), false},
		{"a package between releases", "v0.4.0-git20260301120000.abcdef", copied("v0.3.0"), false},
		{"a copy of a build without version", "v0.3.0", copied("(devel)"), false},
		{"a copy without version", "v0.3.0", map[string]string{"cue.mod/module.cue": wallModule}, false},
		{"no module", "v0.3.0", nil, false},
		{"a broken module", "v0.3.0", map[string]string{"cue.mod/module.cue": "module:"}, false},
		{"another dependency", "v0.3.0", map[string]string{"cue.mod/module.cue": wallModule + `deps: "other.example/schema@v0": v: "v0.4.0"`}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, dir, c.files)
			e := newEvaluator()
			e.Version = c.program
			name := filepath.Join(dir, "wall", "counter.cue")
			file := strings.Replace(string(shipped(t)), "timezone:", "to_come: 1\n\ttimezone:", 1)
			_, err := e.Evaluate(t.Context(), name, []byte(file))
			lines := strings.Split(fmt.Sprint(err), "\n")
			if !strings.Contains(lines[0], "to_come") {
				t.Fatalf("got %v", err)
			}
			switch want := (Diagnostic{Position: rules.Position{File: name}}).String() + both; {
			case c.newer && (len(lines) != 2 || lines[1] != want):
				t.Errorf("got\n%v\nwant the second line\n%s", err, want)
			case !c.newer && len(lines) != 1:
				t.Errorf("got\n%v\nwant one line", err)
			}
		})
	}
	t.Run("unreleased program", func(t *testing.T) {
		if !newer("v0.4.0", "(devel)") {
			t.Error("v0.4.0 is not newer than (devel)")
		}
	})
}

// TestNewerSchemaByLink has a policy that is linked from elsewhere.
func TestNewerSchemaByLink(t *testing.T) {
	dir, etc := t.TempDir(), t.TempDir()
	writeFiles(t, dir, map[string]string{"cue.mod/module.cue": dependingModule, "counter.cue": "package counter\n"})
	link := filepath.Join(etc, "counter.cue")
	if err := os.Symlink(filepath.Join(dir, "counter.cue"), link); err != nil {
		t.Fatal(err)
	}
	if got := newerSchema(link, "v0.3.0"); len(got) != 1 || got[0].Position.File != link {
		t.Errorf("got %v", got)
	}
}

// assembled returns a directory with the schema's module.
func assembled(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "schema")
	if out, err := exec.Command("../.ci/schema-module", dir).CombinedOutput(); err != nil {
		t.Fatalf("schema-module: %v\n%s", err, out)
	}
	return dir
}
