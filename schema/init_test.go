package schema

import (
	"bytes"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestStarter holds the starters to the shipped files.
func TestStarter(t *testing.T) {
	for _, copied := range []struct {
		name      string
		got, want []byte
	}{{"starter.txt", starter, shipped(t)}, {"starter_scenarios.txt", scenariosStarter, shippedScenarios(t)}} {
		if *update {
			if err := os.WriteFile(copied.name, copied.want, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if !bytes.Equal(copied.got, copied.want) {
			t.Errorf("%s differs from the shipped file: go test ./schema -run TestStarter -update", copied.name)
		}
	}
}

func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "wall")
	if done, err := Init(dir, "v0.3.0", false); err != nil || done.Root != dir {
		t.Fatalf("got %v, %v, want %s", done, err, dir)
	}
	connections, registry := countingRegistry(t)
	if out, err := (cueCommand{registry: registry, cache: t.TempDir()}).run(t, dir, "vet", "./..."); err != nil {
		t.Fatalf("cue vet: %v\n%s", err, out)
	}
	counter := filepath.Join(dir, "counter.cue")
	file, err := os.ReadFile(counter)
	if err != nil {
		t.Fatal(err)
	}
	typo := bytes.Replace(file, []byte(`weekdays: ["Friday"]}]`), []byte(`weekdys: ["Friday"]}]`), 1)
	if err := os.WriteFile(counter, typo, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := (cueCommand{registry: registry, cache: t.TempDir()}).run(t, dir, "vet", "./...")
	if err == nil || !strings.Contains(out, "weekdys: field not allowed") || !strings.Contains(out, "./counter.cue:") {
		t.Errorf("cue vet of a typo: %v\n%s", err, out)
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("cue vet made %d connections to the registry, want none", n)
	}
}

// TestInitAgain brings the schema up to date, and nothing else.
func TestInitAgain(t *testing.T) {
	const pkg = "cue.mod/pkg/github.com/fridaycounter/fridaycounter/schema/"
	for _, test := range []struct {
		name                 string
		change               map[string]string // "" removes
		wrote, updated, kept string
		restored             bool
	}{
		{"nothing changed", nil, "", "", "counter.cue counter_scenarios.cue", true},
		{"an old schema", map[string]string{pkg + "schema.cue": "package schema\n"}, "", pkg + "schema.cue", "counter.cue counter_scenarios.cue", true},
		{"a schema lost", map[string]string{pkg + "zone.cue": "", "cue.mod/module.cue": ""}, "cue.mod/module.cue " + pkg + "zone.cue", "", "counter.cue counter_scenarios.cue", true},
		{"another policy, without scenarios", map[string]string{"counter.cue": "package wall\n", "counter_scenarios.cue": ""}, "", "", "counter.cue", false},
		{"a policy lost", map[string]string{"counter.cue": ""}, "counter.cue", "", "counter_scenarios.cue", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := Init(dir, "v0.3.0", false); err != nil {
				t.Fatal(err)
			}
			made := tree(t, dir)
			for name, text := range test.change {
				var err error
				if text == "" {
					err = os.Remove(filepath.Join(dir, name))
				} else {
					err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			before := tree(t, dir)
			done, err := Init(dir, "v0.3.0", false)
			if err != nil || done.Root != dir {
				t.Fatalf("got %v, %v", done, err)
			}
			for _, list := range []struct {
				what, want string
				got        []string
			}{{"wrote", test.wrote, done.Wrote}, {"updated", test.updated, done.Updated}, {"kept", test.kept, done.Kept}} {
				if got := strings.ReplaceAll(strings.Join(list.got, " "), dir+"/", ""); got != list.want {
					t.Errorf("%s: got %s, want %s", list.what, got, list.want)
				}
			}
			want := before
			if test.restored {
				want = made
			}
			if after := tree(t, dir); after != want {
				t.Errorf("got\n%s\nwant\n%s", after, want)
			}
		})
	}
}

// TestInitOfAnotherVersion upgrades the copy of the schema, and warns of a downgrade.
func TestInitOfAnotherVersion(t *testing.T) {
	dir := t.TempDir()
	copied := filepath.Join(dir, "cue.mod/pkg/github.com/fridaycounter/fridaycounter/schema")
	for _, c := range []struct{ version, updated, warning string }{
		{"v0.3.0", "", ""},
		{"v0.4.0", filepath.Join(copied, "version.cue"), ""},
		{"v0.4.0", "", ""},
		{"v0.3.0", filepath.Join(copied, "version.cue"), copied + " was of fridaycounter v0.4.0, and is now of this program, v0.3.0"},
	} {
		done, err := Init(dir, c.version, false)
		if err != nil || strings.Join(done.Updated, " ") != c.updated || strings.Join(done.Warnings, " ") != c.warning {
			t.Errorf("%s: got %+v, %v, want updated %s, warned %s", c.version, done, err, c.updated, c.warning)
		}
	}
}

// TestInitInModule keeps the module that is there, in whatever directory above.
func TestInitInModule(t *testing.T) {
	tests := []struct {
		name, module string
		want         string // in the error
	}{
		{"ours", "module: \"team.example/infra\"\nlanguage: version: \"v0.14.0\"\n", ""},
		{"newer", "module: \"team.example/infra@v0\"\nlanguage: {\n\tversion: \"v0.16.0\"\n}\n", ""},
		{"one line", "module: \"team.example/infra@v0\"\nlanguage: {version: \"v0.14.0\"}\n", ""},
		{"in braces", "{\n\tmodule: \"team.example/infra@v0\"\n\tlanguage: {\n\t\t// CUE's\n\t\t\"version\": \"v0.14.0\"\n\t}\n}\n", ""},
		{"old", "module: \"team.example/infra\"\nlanguage: version: \"v0.9.0\"\n",
			`module.cue: the language version v0.9.0 is too old for the schema (hint: change it to v0.14.0 or newer)`},
		{"none", "module: \"team.example/infra\"\n", `no language version (hint: add the line language: version: "v0.14.0")`},
		{"broken", "module: \n", "read the CUE module: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			module := filepath.Join(root, "cue.mod", "module.cue")
			if err := os.MkdirAll(filepath.Dir(module), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(module, []byte(test.module), 0o644); err != nil {
				t.Fatal(err)
			}
			before := tree(t, root)
			got, err := Init(filepath.Join(root, "wall"), "v0.3.0", false)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if after := tree(t, root); after != before {
					t.Errorf("a refused Init changed files:\n%s", after)
				}
				return
			}
			if err != nil || got.Root != root {
				t.Fatalf("got %v, %v, want %s", got, err, root)
			}
			if got, err := os.ReadFile(module); err != nil || string(got) != test.module {
				t.Errorf("module.cue is now %q, %v", got, err)
			}
			_, registry := countingRegistry(t)
			if out, err := (cueCommand{registry: registry, cache: t.TempDir()}).run(t, root, "vet", "./..."); err != nil {
				t.Errorf("cue vet: %v\n%s", err, out)
			}
		})
	}
}

// TestInitWarns has files that make cue vet fail.
func TestInitWarns(t *testing.T) {
	const copied = "cue.mod/pkg/github.com/fridaycounter/fridaycounter/schema/"
	for _, c := range []struct{ name, file, text, want, vet string }{
		{"none", "notes.txt", "", "", ""},
		{"the same package", "more.cue", "package counter\n", "", ""},
		{"without a package", "plain.cue", "a: 1\n", "", ""},
		{"hidden", "_other.cue", "package other\n", "", ""},
		{"another package", "other.cue", "package other // theirs\n", "DIR has files of the packages counter and other, which cue vet refuses", "found packages"},
		{"a stray file", copied + "old.cue", "package schema\n\n#Counter: timezone: 1\n",
			"DIR/" + copied + "old.cue is no file of the schema, but cue vet takes it for one (hint: rm DIR/" + copied + "old.cue)", "old"},
		{"the module's path is ours", "cue.mod/module.cue", "module: \"github.com/fridaycounter/fridaycounter@v0\"\nlanguage: version: \"v0.14.0\"\n",
			"DIR/cue.mod/module.cue has the path of fridaycounter's own module, so that the schema cannot be found there", "cannot find package"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, c.file)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			done, err := Init(dir, "v0.3.0", false)
			got := strings.ReplaceAll(strings.Join(done.Warnings, "\n"), dir, "DIR")
			if err != nil || !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("got %q, %v, want %s", got, err, c.want)
			}
			_, registry := countingRegistry(t)
			out, err := (cueCommand{registry: registry, cache: t.TempDir()}).run(t, dir, "vet", "./...")
			if (c.vet == "") != (err == nil) || !strings.Contains(out, c.vet) {
				t.Errorf("cue vet: %v, want %q\n%s", err, c.vet, out)
			}
		})
	}
}

// TestInitNowhere has an empty directory name, as an unset variable of a script.
func TestInitNowhere(t *testing.T) {
	t.Chdir(t.TempDir())
	done, err := Init("", "v0.3.0", false)
	if want := `write the policy: the directory has no name (hint: "." is the current one)`; err == nil || err.Error() != want {
		t.Errorf("got %v, %v, want %s", done, err, want)
	}
	if got := tree(t, "."); got != "" {
		t.Errorf("wrote\n%s", got)
	}
}

// TestInitTakesBack makes the last file impossible to write.
func TestInitTakesBack(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old"), []byte("0"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	err := writeAll([]output{
		{filepath.Join(dir, "old"), []byte("new")},
		{filepath.Join(dir, "a", "b", "one"), []byte("1")},
		{filepath.Join(dir, "a", "b", "one", "two"), []byte("2")},
	})
	if want := "write " + filepath.Join(dir, "a", "b", "one", "two") + ": "; err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("write below a file: %v, want %s…", err, want)
	}
	if after := tree(t, dir); after != before {
		t.Errorf("got\n%s\nwant what was before:\n%s", after, before)
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); err == nil {
		t.Error("a directory is left behind")
	}
}

// tree returns the names and contents of all files below dir.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		b.WriteString(name + "\n" + string(text) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// countingRegistry returns a registry that counts connections and answers none.
func countingRegistry(t *testing.T) (*atomic.Int64, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var n atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			c.Close()
		}
	}()
	return &n, l.Addr().String() + "+insecure"
}
