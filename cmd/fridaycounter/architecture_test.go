package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/schema"
)

// TestDeveloperPages checks the pages for who changes the code against the code: each path and
// each Go name in them exists.
func TestDeveloperPages(t *testing.T) {
	names := declared(t)
	for page, atLeast := range map[string]int{"docs/architecture.md": 60, "CONTRIBUTING.md": 30} {
		text, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Fatal(err)
		}
		text = regexp.MustCompile("(?s)```.*?```").ReplaceAll(text, nil)
		checked := 0
		for _, quoted := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(string(text), -1) {
			name := strings.TrimPrefix(quoted[1], "[]")
			_, err := os.Stat(filepath.Join("../..", name))
			if err != nil && !names[name] {
				if !notGo()[name] && !strings.ContainsAny(name, " =") && !strings.HasPrefix(name, "-") { // commands, settings and flags
					t.Errorf("%s names %s, which is neither a path nor declared", page, name)
				}
				continue
			}
			checked++
		}
		if checked < atLeast {
			t.Errorf("%s: %d names checked, want at least %d: does the page still name what it speaks of?", page, checked, atLeast)
		}
	}
}

// notGo are words in the pages' quotes that no Go file declares.
func notGo() map[string]bool {
	return map[string]bool{
		"counter.cue": true, "wall.cue": true, "run": true, "explain": true, "history": true, "probe": true, "source": true, "display": true,
		"xxx_test.go": true, "xxx.go": true, "FuzzXxx": true, "testing/synctest": true, "../shared": true, ".ci/run": true,
	}
}

// declared returns the names that our packages declare: Name, pkg.Name, pkg.Type.Method and
// Method, and the definitions of the schema: #Name.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.Contains(path, "/.ci/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		add := func(name string) { names[name], names[file.Name.Name+"."+name] = true, true }
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				add(d.Name.Name)
				if receiver := receiverOf(d); receiver != "" {
					names[file.Name.Name+"."+receiver+"."+d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						add(s.Name.Name)
					case *ast.ValueSpec:
						for _, n := range s.Names {
							add(n.Name)
						}
					}
				}
			}
		}
		return nil
	})
	text, textErr := schema.Text()
	if err := errors.Join(err, textErr); err != nil {
		t.Fatal(err)
	}
	for _, definition := range regexp.MustCompile(`(?m)^(#\w+):`).FindAllSubmatch(text, -1) {
		names[string(definition[1])] = true
	}
	return names
}

// receiverOf returns the type that has a method; "" for a function.
func receiverOf(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	receiver := d.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
