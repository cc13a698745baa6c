package schema

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// parse reads the syntax. A slip gives one finding, and a file that is only cut
// short says so.
func (s *source) parse() bool {
	if len(bytes.TrimSpace(s.text)) == 0 {
		s.add(nil, s.end(), "the file is empty", "fridaycounter init writes one to begin with")
		return false
	}
	file, err := parser.ParseFile(s.name, s.text, parser.AllErrors)
	if err == nil {
		s.file = file
		return true
	}
	l := lex(s.name, s.text)
	s.reportBinds(l)
	broken := l.broken.IsValid() && !s.lastLine(l.broken)
	first := slices.MinFunc(errors.Errors(err), func(a, b errors.Error) int {
		return cmp.Compare(a.Position().Offset(), b.Position().Offset())
	})
	switch {
	case l.slip != nil:
		s.reportSlip(l)
	case s.found.any():
	case !broken && (len(l.open) > 0 || s.cutShort(first)):
		s.add(nil, s.end(), "file ends before the closing brace", "")
	default:
		// Later errors follow from the first.
		s.add(nil, s.at(first.Position()), messageOf(first), s.unquoted(first.Position().Offset()))
	}
	return false
}

// cutShort reports whether the error is that the file ends too early.
func (s *source) cutShort(e errors.Error) bool {
	message := messageOf(e)
	return e.Position().Offset() >= len(bytes.TrimRight(s.text, " \t\r\n")) ||
		strings.Contains(message, "'EOF'") ||
		strings.Contains(message, "not terminated") && s.lastLine(e.Position())
}

// lastLine reports whether the position is on the last line that is not empty.
func (s *source) lastLine(pos token.Pos) bool { return pos.Line() >= s.end().Line }

// checkFile checks what stands around the counter: the package clause, the
// imports and the names beside the wrapper, which plain `cue vet` lets through.
func (s *source) checkFile() {
	if s.file.PackageName() == "" {
		s.reportAt(s.file, `missing: want "package counter" as the first line`, "cue vet ./... does not read a file without it")
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.ImportDecl:
			for _, spec := range d.Specs {
				s.checkImport(spec)
			}
		case *ast.EmbedDecl:
			s.checkEmbedded(d.Expr)
		case *ast.Field:
			s.checkBeside(d)
		case *ast.Ellipsis:
			s.reportAt(d, s.outside(), "")
		case *ast.Comprehension:
			s.reportAt(d, s.outside(), "move it into the braces")
		}
	}
	if s.wrapper == nil && !s.found.any() {
		s.add(nil, s.end(), "the file says nothing: want "+s.kind.form, "")
	}
}

// outside is what is wrong with anything that is not in the braces.
func (s *source) outside() string {
	return "stands outside of " + s.kind.form + ", where nothing is checked"
}

// checkImport refuses packages that are neither the schema nor CUE's own. CUE
// tells its own by the first element, which has no dot.
func (s *source) checkImport(spec *ast.ImportSpec) {
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		s.reportAt(spec, spec.Path.Value+" is not an import path", "")
		return
	}
	first, _, _ := strings.Cut(name, "/")
	if name != importPath && strings.Contains(first, ".") {
		s.reportAt(spec, fmt.Sprintf("the package %q cannot be imported: %s stands alone, beside CUE's own packages it may import %s", name, s.kind.file, importPath), "")
	}
}

// checkAttributes refuses attributes that would read other files, set values from
// elsewhere or leave parts of this file out. It reports whether there is none.
func (s *source) checkAttributes() bool {
	var refused []*ast.Attribute
	var keys []string
	ast.Walk(s.file, func(n ast.Node) bool {
		if a, ok := n.(*ast.Attribute); ok {
			switch key, _ := a.Split(); key {
			case "embed", "extern", "if", "ignore", "tag":
				refused, keys = append(refused, a), append(keys, key)
			}
		}
		return true
	}, nil)
	for i, a := range refused {
		if keys[i] == "extern" && slices.Contains(keys, "embed") {
			continue // it only permits @embed
		}
		s.reportAt(a, fmt.Sprintf("@%s cannot be used: %s stands alone and is read whole", keys[i], s.kind.file), "")
	}
	return refused == nil
}

// checkEmbedded checks a value that stands in the file by itself: the counter.
func (s *source) checkEmbedded(expr ast.Expr) {
	switch bodies, counters := s.wrapped(expr); {
	case s.kind.isScenarios():
		s.reportAt(expr, "stands in the file by itself: want "+s.kind.form, "")
	case s.wrapper != nil:
		s.reportAt(expr, "a second value beside "+s.kind.form+": want one", "")
	case counters == 1 && len(bodies) > 0:
		s.wrapper, s.bodies = expr, bodies
	case counters > 0:
		s.reportAt(expr, "want "+s.kind.form+" with the fields in the braces: fields beside it are not checked", "")
	default:
		s.reportAt(expr, "not a counter: want "+s.kind.form, "")
	}
}

// wrapped takes schema.#Counter & {…} apart, and counts how often it names the
// definition.
func (s *source) wrapped(expr ast.Expr) (bodies []*ast.StructLit, definitions int) {
	var split func(ast.Expr)
	split = func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.BinaryExpr:
			if e.Op == token.AND {
				split(e.X)
				split(e.Y)
			}
		case *ast.ParenExpr:
			split(e.X)
		case *ast.StructLit:
			bodies = append(bodies, e)
		case *ast.SelectorExpr:
			if s.isDefinition(e) {
				definitions++
			}
		}
	}
	split(expr)
	return bodies, definitions
}

// isDefinition reports whether the expression is #Counter or #Scenarios of the
// imported schema, under whatever name.
func (s *source) isDefinition(e *ast.SelectorExpr) bool {
	name, _, err := ast.LabelName(e.Sel)
	ident, ok := e.X.(*ast.Ident)
	if err != nil || name != s.kind.definition || !ok {
		return false
	}
	spec, ok := ident.Node.(*ast.ImportSpec)
	return ok && spec.Path.Value == strconv.Quote(importPath)
}

// checkBeside refuses a field beside the wrapper. Hidden fields and definitions
// may stand there for use inside; one that nothing uses is a typo.
func (s *source) checkBeside(f *ast.Field) {
	name, _, err := ast.LabelName(f.Label)
	switch {
	case err == nil && s.kind.isScenarios() && name == "scenarios":
		s.checkScenarios(f)
	case err != nil || !hidden(name):
		hint := ""
		if s.kind.isScenarios() {
			hint = suggest(name, []string{"scenarios"})
		}
		s.reportAt(f, s.labelText(f.Label)+" "+s.outside(), cmp.Or(hint, "move it into the braces"))
	default:
		s.checkUsed(f, name)
	}
}

// hidden reports whether a name is that of a hidden field or a definition.
func hidden(name string) bool { return strings.HasPrefix(name, "_") || strings.HasPrefix(name, "#") }

// labelText is a field's name as the file says it.
func (s *source) labelText(l ast.Label) string {
	if text := s.excerpt(l); text != "" {
		return strconv.Quote(strings.Trim(text, `"`))
	}
	return "a field"
}

// checkScenarios takes scenarios: schema.#Scenarios & {…} apart.
func (s *source) checkScenarios(f *ast.Field) {
	bodies, definitions := s.wrapped(f.Value)
	switch {
	case s.wrapper != nil:
		s.reportAt(f, "a second scenarios: want one", "")
	case definitions == 1 && len(bodies) > 0 && f.Constraint == token.ILLEGAL:
		s.wrapper = f.Value
		for _, b := range bodies {
			field := &ast.Field{Label: f.Label, Value: b}
			s.bodies = append(s.bodies, &ast.StructLit{Elts: []ast.Decl{field}})
		}
	default:
		s.reportAt(f.Value, "not checked by the schema: want "+s.kind.form, "")
	}
}

// checkUsed refuses a definition or hidden field that nothing refers to: CUE
// never closes these, so that a misspelt one would go unseen.
func (s *source) checkUsed(f *ast.Field, name string) {
	used := false
	ast.Walk(s.file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name && n != ast.Node(f.Label) {
			used = true
		}
		return !used
	}, nil)
	if used {
		return
	}
	hint := ""
	if !s.kind.isScenarios() {
		hint = suggest(name, []string{"#streak", "#streaks"})
	}
	s.reportAt(f, fmt.Sprintf("nothing uses %s", name), cmp.Or(hint, suggest(strings.TrimLeft(name, "_#"), fieldNames(s.kind.root))))
}
