package diagnose

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// checkFile checks what stands around the counter: the package clause, the
// imports and the fields outside the wrapper, which plain `cue vet` lets through.
func (f *File) checkFile() {
	switch {
	case len(bytes.Trim(f.text, "\ufeff \t\r\n")) == 0:
		f.Add(nil, f.end(), "the file is empty", "fridaycounter init writes one to begin with")
	case f.syntax.PackageName() != "" || len(f.syntax.Decls) == 0:
	case bytes.HasPrefix(bytes.TrimSpace(f.text), []byte("{")):
		f.reportAt(f.syntax, "JSON alone is not enough",
			fmt.Sprintf("write package counter, import %q and schema.%s & above it", ImportPath, f.Kind.Definition))
		return
	default:
		f.reportAt(f.syntax, `missing: want "package counter" as the first line`, "cue vet ./... does not read a file without it")
	}
	if i := slices.IndexFunc(f.syntax.Decls, f.isInside); i >= 0 && !f.mentions(f.Kind.Definition) {
		f.reportAt(f.syntax.Decls[i], "the fields stand outside of "+f.Kind.Form,
			"write schema."+f.Kind.Definition+" & { above them and } below")
		return
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
			f.checkOutside(d)
		case *ast.Ellipsis, *ast.Comprehension:
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
	name := strings.Trim(spec.Path.Value, `"'`)
	first, _, _ := strings.Cut(name, "/")
	ours := strconv.Quote(ImportPath)
	switch {
	case spec.Path.Value == ours || name != "schema" && spec.Path.Value[0] == '"' && !strings.Contains(first, "."):
	case f.mentions(ours):
		f.reportAt(spec, fmt.Sprintf("the package %q cannot be imported: %s stands alone", name, f.Kind.Name), "only CUE's own packages can")
	default:
		f.reportAt(spec, fmt.Sprintf("the package %q cannot be imported: %s stands alone", name, f.Kind.Name), "write import "+ours)
	}
}

// checkAttributes refuses attributes, which would read other files, set values from
// elsewhere or leave parts of this file out. It reports whether there is none.
func (f *File) checkAttributes() bool {
	none := true
	ast.Walk(f.syntax, func(n ast.Node) bool {
		if a, ok := n.(*ast.Attribute); ok && none {
			key, _ := a.Split()
			f.reportAt(a, fmt.Sprintf("@%s cannot be used: %s stands alone and is read whole", key, f.Kind.Name), "")
			none = false
		}
		return true
	}, nil)
	return none
}

// checkEmbedded checks a value that stands in the file by itself: the counter.
func (f *File) checkEmbedded(expr ast.Expr) {
	switch bodies, counters := f.wrapped(expr); {
	case f.Kind.isScenarios():
		f.reportAt(expr, "stands in the file by itself: want "+f.Kind.Form, "")
	case f.wrapper != nil:
		f.reportAt(expr, "a second value outside "+f.Kind.Form, "delete it, or write // before it")
	case counters == 1 && len(bodies) > 0:
		f.wrapper, f.bodies = expr, bodies
	default:
		f.notWrapped(expr)
	}
}

// notWrapped says what is wrong with a value that is not schema.#Counter & {…}. There is one such
// finding in a file: what follows it are the parts of the same mistake.
func (f *File) notWrapped(expr ast.Expr) {
	switch {
	case len(f.found) > 0:
	case !f.mentions(strconv.Quote(ImportPath)):
		f.reportAt(expr, "not a counter: the schema is not imported", "write import "+strconv.Quote(ImportPath)+" above it")
	default:
		f.reportAt(expr, "not a counter: want "+f.Kind.Form, "write schema.#Counter & { before all fields, and nothing of it inside")
	}
}

// wrapped takes schema.#Counter & {…} apart, and counts how often it names the
// definition, under whatever name the schema is imported.
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
			name, _, _ := ast.LabelName(e.Sel)
			if ident, ok := e.X.(*ast.Ident); ok && name == f.Kind.Definition {
				if spec, ok := ident.Node.(*ast.ImportSpec); ok && spec.Path.Value == strconv.Quote(ImportPath) {
					definitions++
				}
			}
		}
	}
	split(expr)
	return bodies, definitions
}

// checkOutside refuses a field outside the wrapper. Hidden fields and definitions
// may stand there for use inside; one that nothing uses is a typo.
func (f *File) checkOutside(decl *ast.Field) {
	name, _, err := ast.LabelName(decl.Label)
	switch {
	case err == nil && f.Kind.isScenarios() && name == "scenarios":
		f.checkScenarios(decl)
	case err != nil || !hidden(name):
		hint := "move it into the braces"
		if f.Kind.isScenarios() {
			hint = cmp.Or(suggest(name, []string{"scenarios"}), hint)
		} else if name == "scenarios" {
			hint = "they belong in counter_scenarios.cue"
		}
		f.reportAt(decl, fmt.Sprintf("%q %s", strings.Trim(f.excerpt(decl.Label), `"`), f.outside()), hint)
	default:
		f.checkUsed(decl, name)
	}
}

// isInside reports whether a declaration is a field that belongs inside of the wrapper.
func (f *File) isInside(d ast.Decl) bool {
	field, ok := d.(*ast.Field)
	if !ok || f.Kind.isScenarios() {
		return false
	}
	name, _, _ := ast.LabelName(field.Label)
	return f.shape.Field(name) != nil
}

// mentions reports whether a name stands anywhere in the file.
func (f *File) mentions(name string) bool { return bytes.Contains(f.text, []byte(name)) }

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
// never closes these, so that a misspelled one would go unseen.
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
	f.reportAt(decl, fmt.Sprintf("nothing uses %s", name), cmp.Or(hint, suggest(strings.TrimLeft(name, "_#"), f.shape.Names()),
		"a name with _ or # sets nothing by itself"))
}
