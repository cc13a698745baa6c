package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestArchitecturePage checks docs/architecture.md against the code: each path and each Go name
// in it exists.
func TestArchitecturePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(page), "")
	names := declared(t)
	checked := 0
	for _, quoted := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		name := strings.TrimPrefix(quoted[1], "[]")
		if _, err := os.Stat(filepath.Join("../..", name)); err == nil {
			checked++
			continue
		}
		if !regexp.MustCompile(`^[A-Za-z][\w.]*$`).MatchString(name) || !names[name] {
			if !notGo()[name] {
				t.Errorf("%s names %s, which is neither a path nor declared", "docs/architecture.md", name)
			}
			continue
		}
		checked++
	}
	if checked < 60 {
		t.Errorf("%d names checked, want more: does the page still name what it speaks of?", checked)
	}
}

// notGo are words in the page's quotes that no Go file declares.
func notGo() map[string]bool {
	return map[string]bool{"counter.cue": true, "run": true, "explain": true, "history": true}
}

// declared returns the names that our packages declare: Name, pkg.Name, pkg.Type.Method and
// Method.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/.ci/") {
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
	if err != nil {
		t.Fatal(err)
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
