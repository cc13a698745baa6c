package schema

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
)

// reduced returns the source of a file that has nothing but the pages and what
// they refer to. Evaluating it under live values costs a tenth of evaluating the
// whole, and gives the same pages, if
//   - pages refer to nothing but #streak, #streaks, packages, let clauses, hidden
//     fields and definitions;
//   - no other part refers to pages, #streak or #streaks.
//
// Where that is not certain it returns nil and the whole file is evaluated.
func (s *source) reduced(ruleNames []string) []byte {
	if len(s.bodies) != 1 {
		return nil
	}
	r := reducer{source: s, outer: map[ast.Node]ast.Decl{}, inner: map[ast.Node]ast.Decl{}, kept: map[ast.Decl]bool{}}
	r.index(r.outer, s.file.Decls)
	r.index(r.inner, s.bodies[0].Elts)
	for _, d := range s.bodies[0].Elts {
		if f, ok := d.(*ast.Field); ok && isPages(f) {
			r.keep(f)
		}
	}
	for _, d := range s.bodies[0].Elts {
		if !r.kept[d] {
			r.alone(d)
		}
	}
	if r.failed {
		return nil
	}
	return r.text(ruleNames)
}

type reducer struct {
	*source
	outer, inner map[ast.Node]ast.Decl // what an identifier may be resolved to, by its declaration
	kept         map[ast.Decl]bool
	imports      []*ast.ImportSpec
	failed       bool
}

// index records the let clauses, hidden fields and definitions among the
// declarations.
func (r *reducer) index(to map[ast.Node]ast.Decl, decls []ast.Decl) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.LetClause:
			to[d] = d
		case *ast.Field:
			name, _, err := ast.LabelName(d.Label)
			if err == nil && (strings.HasPrefix(name, "#") || strings.HasPrefix(name, "_")) {
				to[d], to[d.Value] = d, d
			}
		}
	}
}

func isPages(f *ast.Field) bool {
	name, _, err := ast.LabelName(f.Label)
	return err == nil && name == "pages"
}

// keep marks a declaration and all that it refers to.
func (r *reducer) keep(d ast.Decl) {
	if r.kept[d] {
		return
	}
	r.kept[d] = true
	ast.Walk(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Alias:
			r.failed = true
		case *ast.Field:
			if n.Alias != nil {
				r.failed = true
			}
		case *ast.Ident:
			r.refer(n, d)
		}
		return true
	}, nil)
}

// refer keeps what an identifier within d refers to.
func (r *reducer) refer(id *ast.Ident, d ast.Decl) {
	if id.Name == "self" || id.Name == "__self" {
		r.failed = true
	}
	if id.Node == nil {
		return // predeclared, or the name of a field
	}
	if spec, ok := id.Node.(*ast.ImportSpec); ok {
		if !slices.Contains(r.imports, spec) {
			r.imports = append(r.imports, spec)
		}
		return
	}
	if target, ok := r.inner[id.Node]; ok {
		r.keep(target)
		return
	}
	if target, ok := r.outer[id.Node]; ok {
		r.keep(target)
		return
	}
	if id.Node.Pos().Offset() < d.Pos().Offset() || id.Node.End().Offset() > d.End().Offset() {
		r.failed = true // outside of d, and not one that may be kept
	}
}

// alone makes sure that a declaration which is not kept depends on no streak.
func (r *reducer) alone(d ast.Decl) {
	ast.Walk(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Alias:
			r.failed = true
		case *ast.Field:
			if n.Alias != nil {
				r.failed = true
			}
			if name, _, err := ast.LabelName(n.Label); err == nil && n == d && (name == "#streak" || name == "#streaks") {
				return false
			}
		case *ast.Ident:
			switch n.Name {
			case "#streak", "#streaks", "pages", "self", "__self":
				r.failed = true
			}
			if target, ok := r.inner[n.Node]; ok && n.Node != nil && r.kept[target] {
				r.failed = true
			}
		}
		return !r.failed
	}, nil)
}

// text writes the reduced file.
func (r *reducer) text(ruleNames []string) []byte {
	var b bytes.Buffer
	b.WriteString("package counter\n")
	seen := map[string]bool{}
	for _, spec := range r.imports {
		if text := r.slice(spec); spec.Path.Value != strconv.Quote(importPath) {
			fmt.Fprintf(&b, "import %s\n", text)
		} else if spec.Name != nil && spec.Name.Name != "schema" {
			return nil
		}
	}
	fmt.Fprintf(&b, "import %q\n", importPath)
	write := func(decls []ast.Decl) {
		for _, d := range decls {
			if r.kept[d] {
				b.WriteString(r.slice(d) + "\n")
				if name := declName(d); name != "" && name != "pages" {
					if seen[name] {
						r.failed = true // hides another
					}
					seen[name] = true
				}
			}
		}
	}
	write(r.file.Decls)
	b.WriteString("{\n#streak: schema.#Streak\n#streaks: close({")
	for _, name := range ruleNames {
		fmt.Fprintf(&b, "%s: schema.#Streak, ", quote(name))
	}
	b.WriteString("})\npages: [...schema.#Page]\n")
	write(r.bodies[0].Elts)
	b.WriteString("}\n")
	if r.failed {
		return nil
	}
	return b.Bytes()
}

func declName(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.LetClause:
		return d.Ident.Name
	case *ast.Field:
		name, _, _ := ast.LabelName(d.Label)
		return name
	}
	return ""
}

func (s *source) slice(n ast.Node) string {
	return string(s.text[n.Pos().Offset():n.End().Offset()])
}

// quote writes a string as a CUE literal.
func quote(text string) string { return ast.NewString(text).Value }

// reduce evaluates the reduced file, if there is one.
func (s *source) reduce(ruleNames []string) {
	text := s.reduced(ruleNames)
	if text == nil {
		return
	}
	file, err := parser.ParseFile("reduced.cue", text)
	if err != nil {
		return
	}
	inst := s.instances.NewInstance("", nil)
	if inst.AddSyntax(file) != nil || inst.Complete() != nil {
		return
	}
	if v := s.context.BuildInstance(inst); v.Err() == nil {
		s.small = v
	}
}

// sortedNames returns the names of rules.
func sortedNames[V any](rules map[string]V) []string { return slices.Sorted(maps.Keys(rules)) }
