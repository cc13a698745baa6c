package diagnose

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
func (f *File) parse() bool {
	if len(bytes.TrimSpace(f.text)) == 0 {
		f.Add(nil, f.end(), "the file is empty", "fridaycounter init writes one to begin with")
		return false
	}
	file, err := parser.ParseFile(f.name, f.text, parser.AllErrors)
	if err == nil {
		f.syntax = file
		return true
	}
	l := lex(f.name, f.text)
	f.reportBinds(l)
	broken := l.broken.IsValid() && !f.lastLine(l.broken)
	first := slices.MinFunc(errors.Errors(err), func(a, b errors.Error) int {
		return cmp.Compare(a.Position().Offset(), b.Position().Offset())
	})
	switch {
	case l.slip != nil:
		f.reportSlip(l)
	case len(f.found) > 0:
	case !broken && (len(l.open) > 0 || f.cutShort(first)):
		f.Add(nil, f.end(), "file ends before the closing brace", "")
	default:
		// Later errors follow from the first.
		f.Add(nil, f.At(first.Position()), messageOf(first), f.unquoted(first.Position().Offset()))
	}
	return false
}

// cutShort reports whether the error is that the file ends too early.
func (f *File) cutShort(e errors.Error) bool {
	message := messageOf(e)
	return e.Position().Offset() >= len(bytes.TrimRight(f.text, " \t\r\n")) ||
		strings.Contains(message, "'EOF'") ||
		strings.Contains(message, "not terminated") && f.lastLine(e.Position())
}

// lastLine reports whether the position is on the last line that is not empty.
func (f *File) lastLine(pos token.Pos) bool { return pos.Line() >= f.end().Line }

// checkFile checks what stands around the counter: the package clause, the
// imports and the names beside the wrapper, which plain `cue vet` lets through.
func (f *File) checkFile() {
	if f.syntax.PackageName() == "" {
		f.reportAt(f.syntax, `missing: want "package counter" as the first line`, "cue vet ./... does not read a file without it")
	}
	for _, d := range f.syntax.Decls {
		switch d := d.(type) {
		case *ast.ImportDecl:
			for _, spec := range d.Specs {
				f.checkImport(spec)
			}
		case *ast.EmbedDecl:
			f.checkEmbedded(d.Expr)
		case *ast.Field:
			f.checkBeside(d)
		case *ast.Ellipsis:
			f.reportAt(d, f.outside(), "")
		case *ast.Comprehension:
			f.reportAt(d, f.outside(), "move it into the braces")
		}
	}
	if f.wrapper == nil && len(f.found) == 0 {
		f.Add(nil, f.end(), "the file says nothing: want "+f.Kind.Form, "")
	}
}

// outside is what is wrong with anything that is not in the braces.
func (f *File) outside() string {
	return "stands outside of " + f.Kind.Form + ", where nothing is checked"
}

// checkImport refuses packages that are neither the schema nor CUE's own. CUE
// tells its own by the first element, which has no dot.
func (f *File) checkImport(spec *ast.ImportSpec) {
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		f.reportAt(spec, spec.Path.Value+" is not an import path", "")
		return
	}
	first, _, _ := strings.Cut(name, "/")
	if name != ImportPath && strings.Contains(first, ".") {
		f.reportAt(spec, fmt.Sprintf("the package %q cannot be imported: %s stands alone, beside CUE's own packages it may import %s", name, f.Kind.Name, ImportPath), "")
	}
}

// checkAttributes refuses attributes that would read other files, set values from
// elsewhere or leave parts of this file out. It reports whether there is none.
func (f *File) checkAttributes() bool {
	var refused []*ast.Attribute
	var keys []string
	ast.Walk(f.syntax, func(n ast.Node) bool {
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
		f.reportAt(a, fmt.Sprintf("@%s cannot be used: %s stands alone and is read whole", keys[i], f.Kind.Name), "")
	}
	return refused == nil
}

// checkEmbedded checks a value that stands in the file by itself: the counter.
func (f *File) checkEmbedded(expr ast.Expr) {
	switch bodies, counters := f.wrapped(expr); {
	case f.Kind.isScenarios():
		f.reportAt(expr, "stands in the file by itself: want "+f.Kind.Form, "")
	case f.wrapper != nil:
		f.reportAt(expr, "a second value beside "+f.Kind.Form+": want one", "")
	case counters == 1 && len(bodies) > 0:
		f.wrapper, f.bodies = expr, bodies
	case counters > 0:
		f.reportAt(expr, "want "+f.Kind.Form+" with the fields in the braces: fields beside it are not checked", "")
	default:
		f.reportAt(expr, "not a counter: want "+f.Kind.Form, "")
	}
}

// wrapped takes schema.#Counter & {…} apart, and counts how often it names the
// definition.
func (f *File) wrapped(expr ast.Expr) (bodies []*ast.StructLit, definitions int) {
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
			if f.isDefinition(e) {
				definitions++
			}
		}
	}
	split(expr)
	return bodies, definitions
}

// isDefinition reports whether the expression is #Counter or #Scenarios of the
// imported schema, under whatever name.
func (f *File) isDefinition(e *ast.SelectorExpr) bool {
	name, _, err := ast.LabelName(e.Sel)
	ident, ok := e.X.(*ast.Ident)
	if err != nil || name != f.Kind.Definition || !ok {
		return false
	}
	spec, ok := ident.Node.(*ast.ImportSpec)
	return ok && spec.Path.Value == strconv.Quote(ImportPath)
}

// checkBeside refuses a field beside the wrapper. Hidden fields and definitions
// may stand there for use inside; one that nothing uses is a typo.
func (f *File) checkBeside(decl *ast.Field) {
	name, _, err := ast.LabelName(decl.Label)
	switch {
	case err == nil && f.Kind.isScenarios() && name == "scenarios":
		f.checkScenarios(decl)
	case err != nil || !hidden(name):
		hint := ""
		if f.Kind.isScenarios() {
			hint = suggest(name, []string{"scenarios"})
		}
		f.reportAt(decl, f.labelText(decl.Label)+" "+f.outside(), cmp.Or(hint, "move it into the braces"))
	default:
		f.checkUsed(decl, name)
	}
}

// hidden reports whether a name is that of a hidden field or a definition.
func hidden(name string) bool { return strings.HasPrefix(name, "_") || strings.HasPrefix(name, "#") }

// labelText is a field's name as the file says it.
func (f *File) labelText(l ast.Label) string {
	if text := f.excerpt(l); text != "" {
		return strconv.Quote(strings.Trim(text, `"`))
	}
	return "a field"
}

// checkScenarios takes scenarios: schema.#Scenarios & {…} apart.
func (f *File) checkScenarios(decl *ast.Field) {
	bodies, definitions := f.wrapped(decl.Value)
	switch {
	case f.wrapper != nil:
		f.reportAt(decl, "a second scenarios: want one", "")
	case definitions == 1 && len(bodies) > 0 && decl.Constraint == token.ILLEGAL:
		f.wrapper = decl.Value
		for _, b := range bodies {
			field := &ast.Field{Label: decl.Label, Value: b}
			f.bodies = append(f.bodies, &ast.StructLit{Elts: []ast.Decl{field}})
		}
	default:
		f.reportAt(decl.Value, "not checked by the schema: want "+f.Kind.Form, "")
	}
}

// checkUsed refuses a definition or hidden field that nothing refers to: CUE
// never closes these, so that a misspelt one would go unseen.
func (f *File) checkUsed(decl *ast.Field, name string) {
	used := false
	ast.Walk(f.syntax, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name && n != ast.Node(decl.Label) {
			used = true
		}
		return !used
	}, nil)
	if used {
		return
	}
	hint := ""
	if !f.Kind.isScenarios() {
		hint = suggest(name, []string{"#streak", "#streaks"})
	}
	f.reportAt(decl, fmt.Sprintf("nothing uses %s", name), cmp.Or(hint, suggest(strings.TrimLeft(name, "_#"), FieldNames(f.Kind.Root))))
}
