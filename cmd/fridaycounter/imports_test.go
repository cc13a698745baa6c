package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fridaycounter/fridaycounter/"

// listed is what "go list -json" says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

// TestImportDirections checks who imports whom.
func TestImportDirections(t *testing.T) {
	for _, p := range listPackages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, imp := range p.Imports {
			if why := forbidden(from, imp); why != "" {
				t.Errorf("%s imports %s: %s", from, imp, why)
			}
		}
	}
}

const commands = "cmd/fridaycounter/internal/"

// forbidden says why a package of ours may not import another; "" if it may.
func forbidden(from, imp string) string {
	ours := strings.HasPrefix(imp, module)
	to := strings.TrimPrefix(imp, module)
	driver := strings.HasPrefix(from, "drivers/")
	switch {
	case from == "cmd/fridaycounter":
		return ""
	case strings.HasPrefix(from, commands) && strings.HasPrefix(to, commands):
		if !slices.Contains(knownToCommands(from[len(commands):]), to[len(commands):]) {
			return "the command's packages know report, host, and what they read"
		}
		return ""
	case strings.HasPrefix(from, commands) && strings.HasPrefix(imp, "periph.io/x/conn/"):
		return "" // values: the types of a port
	case strings.HasPrefix(to, "cmd/") && ours:
		return "nobody imports the command"
	case from == "rules" && (ours || strings.Contains(imp, ".")):
		return "rules is pure: the standard library only"
	case from == "drivers/source" && ours && to != "rules":
		return "what sources answer is a leaf: it knows deployments only"
	case from == "engine" && ours && !slices.Contains([]string{"rules", "schema", "drivers/source", "drivers/led"}, to) && !strings.HasPrefix(to, "engine/"):
		return "engine knows no driver but the frame and what a source answers"
	case from == "engine/glass" && ours:
		if !slices.Contains([]string{"rules", "schema", "drivers/led", "engine/task", "engine/oncelog"}, to) {
			return "the glass knows frames, pages and windows, and no loop"
		}
		return ""
	case from == "engine/wall" && ours:
		if !slices.Contains([]string{"schema", "drivers/led", "drivers/source", "engine"}, to) && !strings.HasPrefix(to, "engine/") {
			return "the wall's loop has its clock from the counter's, cleans texts as sources do, and judges nothing"
		}
		return ""
	case strings.HasPrefix(from, "engine/") && ours && !slices.Contains([]string{"rules", "drivers/source"}, to):
		return "the engine's packages know deployments and what a source answers"
	case strings.HasPrefix(from+"/", "schema/") && ours && !strings.HasPrefix(to, "schema/internal/") && !slices.Contains([]string{"rules", "drivers/led", "drivers/source", "drivers/source/mapping"}, to):
		return "schema knows the rules' types, the fonts, how a file is read, and what an http source maps"
	case driver && ours && (to == "engine" || to == "schema"):
		return "drivers never import engine or schema"
	case driver && ours && !slices.Contains(known(from), to):
		return "drivers know deployments, what a source answers, and the frame; no other driver"
	}
	return outside(from, imp)
}

// knownToCommands lists which other of the command's internal packages one may import. There is
// one way through them: the policy file, what is known of its sources, the verdict, the report.
func knownToCommands(from string) []string {
	switch from {
	case "build", "report":
		return nil
	case "host", "query", "sources", "state":
		return []string{"build", "report"}
	case "policyfile":
		return []string{"build", "report", "state"}
	case "doctor": // and the broker and webhooks as run talks to them
		return []string{"build", "report", "host", "query", "sources", "state", "policyfile", "judge", "fleet", "notify"}
	case "wallservice":
		return []string{"build", "host", "policyfile", "sources", "fleet"}
	case "demo": // the whole counter, for somebody to look at
		return []string{"dashboard", "policyfile", "report", "sources"}
	}
	return []string{"build", "report", "host", "query", "sources", "state", "policyfile", "judge"}
}

// known lists which packages of ours a driver may import.
func known(from string) []string {
	list := []string{"rules", "drivers/source", "drivers/led"}
	switch from {
	case "drivers/bamboo", "drivers/mqtt", "drivers/awtrix": // the second reads its CA file as rest does, the third posts
		return append(list, "drivers/source/rest")
	case "drivers/httpjson":
		return append(list, "drivers/source/rest", "drivers/source/mapping")
	case "drivers/web":
		return append(list, "drivers/picture")
	}
	return append(list, from[:strings.LastIndex(from, "/")]) // a fake knows what it stands for
}

// outside says why a package may not import a library.
func outside(from, imp string) string {
	only := []struct{ library, where, why string }{
		{"cuelang.org/go", "schema", "schema is the only importer of CUE"},
		{"github.com/fsnotify/fsnotify", "engine/watch", "only engine/watch watches files"},
		{"periph.io/x/host", "cmd/fridaycounter", "only the command opens ports"},
		{"github.com/lmittmann/tint", "cmd/fridaycounter", "only the command makes a logger"},
		{"github.com/prometheus/client_golang", "cmd/fridaycounter", "only the command counts for Prometheus"},
		{"modernc.org/sqlite", "drivers/history", "only the history stores"},
		{"periph.io/x/conn", "drivers/max7219", "only the chain talks SPI"},
		{"github.com/eclipse/paho.golang", "drivers/mqtt", "only drivers/mqtt talks to a broker"},
	}
	for _, o := range only {
		inside := from == o.where || strings.HasPrefix(from, o.where+"/")
		if strings.HasPrefix(imp, o.library) && !inside {
			return o.why
		}
	}
	if imp == "log/slog" && strings.HasPrefix(from, "drivers/") && from != "drivers/source/rest" {
		return "drivers hold no logger, they return values"
	}
	return ""
}

// The program contains the IANA time zones.
func TestCarriesZones(t *testing.T) {
	for _, p := range listPackages(t) {
		if p.ImportPath == module+"cmd/fridaycounter" && !slices.Contains(p.Imports, "time/tzdata") {
			t.Error("the program does not import time/tzdata")
		}
	}
}

// TestForbidden checks that the test above can fail.
func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		from, imp string
		ok        bool
	}{
		{"rules", "time", true},
		{"rules", "github.com/google/go-cmp/cmp", false},
		{"rules", module + "schema", false},
		{"engine", module + "drivers/led", true},
		{"engine", module + "drivers/bamboo", false},
		{"engine", module + "drivers/source", true},
		{"engine", module + "engine/facts", true},
		{"engine", "cuelang.org/go/cue", false},
		{"engine/facts", module + "engine", false},
		{"engine/facts", module + "drivers/source", true},
		{"drivers/source", module + "drivers/source/rest", false},
		{"drivers/bamboo", module + "drivers/source/rest", true},
		{"drivers/jsonl", module + "drivers/bamboo", false},
		{"engine", "github.com/fsnotify/fsnotify", false},
		{"engine/glass", module + "schema", true},
		{"engine/glass", module + "engine", false},
		{"engine/wall", module + "engine/glass", true},
		{"engine/wall", module + "rules", false},
		{"engine/wall", module + "drivers/mqtt", false},
		{"engine/watch", "github.com/fsnotify/fsnotify", true},
		{"engine/watch", module + "drivers/source", true},
		{"engine/watch", module + "schema", false},
		{"drivers/max7219", module + "engine", false},
		{"drivers/max7219", "periph.io/x/conn/v3/spi", true},
		{"drivers/max7219", "periph.io/x/host/v3", false},
		{"drivers/term", "log/slog", false},
		{"drivers/mqtt", module + "drivers/source/rest", true},
		{"drivers/web", "github.com/eclipse/paho.golang/paho", false},
		{commands + "probe", module + commands + "report", true},
		{commands + "probe", module + commands + "doctor", false},
		{commands + "probe", "periph.io/x/conn/v3/spi", true},
		{"schema", module + "engine", false},
		{"schema", "cuelang.org/go/cue", true},
	} {
		if got := forbidden(c.from, c.imp) == ""; got != c.ok {
			t.Errorf("%s may import %s: got %v, want %v", c.from, c.imp, got, c.ok)
		}
	}
}

// Only the command calls time.Now: everything else gets the
// time. Tests, and the server that tests and the demo ask, may read it.
func TestNoGlobalClock(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/cmd/") {
			return err
		}
		src, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(src, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Now" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
					t.Errorf("%s reads the clock: want it as an argument", path)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "../../...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 8 {
		t.Fatalf("go list found %d packages, want all of ours", len(packages))
	}
	return packages
}
