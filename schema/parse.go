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
		// What follows is mostly the parser finding its feet.
		format, args := first.Msg()
		s.reportPos(first.Position(), fmt.Sprintf(format, args...), "")
	}
	return false
}

// cutShort reports whether the error is that the file ends too early.
func (s *source) cutShort(e errors.Error) bool {
	format, args := e.Msg()
	message := fmt.Sprintf(format, args...)
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
			s.checkWrapper(d.Expr)
		case *ast.Field:
			s.checkBeside(d)
		case *ast.Ellipsis:
			s.reportAt(d, "stands outside of schema.#Counter & {…}, where nothing is checked", "")
		case *ast.Comprehension:
			s.reportAt(d, "stands outside of schema.#Counter & {…}, where nothing is checked", "move it into the braces")
		}
	}
	if s.wrapper == nil && !s.found.any() {
		s.add(nil, s.end(), "the file says nothing: want schema.#Counter & {…}", "")
	}
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
		s.reportAt(spec, fmt.Sprintf("the package %q cannot be imported: counter.cue stands alone, beside CUE's own packages it may import %s", name, importPath), "")
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
		s.reportAt(a, fmt.Sprintf("@%s cannot be used: counter.cue stands alone and is read whole", keys[i]), "")
	}
	return refused == nil
}

// checkWrapper takes schema.#Counter & {…} apart.
func (s *source) checkWrapper(expr ast.Expr) {
	if s.wrapper != nil {
		s.reportAt(expr, "a second value beside schema.#Counter & {…}: want one", "")
		return
	}
	counters := 0
	var bodies []*ast.StructLit
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
			if isCounter(e) {
				counters++
			}
		}
	}
	split(expr)
	switch {
	case counters == 1 && len(bodies) > 0:
		s.wrapper, s.bodies = expr, bodies
	case counters > 0:
		s.reportAt(expr, "want schema.#Counter & {…} with the fields in the braces: fields beside it are not checked", "")
	default:
		s.reportAt(expr, "not a counter: want schema.#Counter & {…}", "")
	}
}

// isCounter reports whether the expression is #Counter of the imported schema,
// under whatever name.
func isCounter(e *ast.SelectorExpr) bool {
	name, _, err := ast.LabelName(e.Sel)
	ident, ok := e.X.(*ast.Ident)
	if err != nil || name != "#Counter" || !ok {
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
	case err != nil || !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, "#"):
		s.reportAt(f, fmt.Sprintf("%s stands outside of schema.#Counter & {…}, where nothing is checked", s.labelText(f.Label)), "move it into the braces")
	default:
		s.checkUsed(f, name)
	}
}

// labelText is a field's name as the file says it.
func (s *source) labelText(l ast.Label) string {
	if text := s.excerpt(l); text != "" {
		return strconv.Quote(strings.Trim(text, `"`))
	}
	return "a field"
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
	if near := nearest(name, []string{"#streak", "#streaks"}); near != "" {
		hint = `did you mean "` + near + `"?`
	} else if near := nearest(strings.TrimLeft(name, "_#"), fieldNames(counterType)); near != "" {
		hint = `did you mean "` + near + `"?`
	}
	s.reportAt(f, fmt.Sprintf("nothing uses %s", name), hint)
}
