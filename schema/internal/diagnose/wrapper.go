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

// ours is how a file imports the schema.
var ours = strconv.Quote(ImportPath)

// checkFile checks what stands around the counter: the package clause, the
// imports and the fields outside the wrapper, which plain `cue vet` lets through.
func (f *File) checkFile() {
	switch {
	case len(bytes.Trim(f.text, "\ufeff \t\r\n")) == 0:
		f.Add(nil, f.end(), "the file is empty", f.Kind.Init+" writes one to begin with")
	case f.syntax.PackageName() != "" || len(f.syntax.Decls) == 0:
	case bytes.HasPrefix(bytes.TrimSpace(f.text), []byte("{")):
		f.reportAt(f.syntax, "JSON alone is not enough",
			fmt.Sprintf("write package %s, import %q and schema.%s & above it", f.Kind.Package, ImportPath, f.Kind.Definition))
		return
	default:
		f.reportAt(f.syntax, fmt.Sprintf(`missing: want "package %s" as the first line`, f.Kind.Package), "cue vet ./... does not read a file without it")
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
	if spec.Path.Value == ours || name != "schema" && spec.Path.Value[0] == '"' && !strings.Contains(first, ".") {
		return
	}
	hint := "write import " + ours
	if f.mentions(ours) {
		hint = "only CUE's own packages can"
	}
	f.reportAt(spec, fmt.Sprintf("the package %q cannot be imported: %s stands alone", name, f.Kind.Name), hint)
}

// checkEmbedded checks a value that stands in the file by itself: the counter. What follows a mistake there
// are the parts of the same mistake.
func (f *File) checkEmbedded(expr ast.Expr) {
	bodies := f.wrapped(expr)
	switch {
	case f.Kind.isScenarios():
		f.reportAt(expr, "stands in the file by itself: want "+f.Kind.Form, "")
	case f.wrapper != nil:
		f.reportAt(expr, "a second value outside "+f.Kind.Form, "delete it, or write // before it")
		f.isIgnored = true
	case bodies != nil:
		f.wrapper, f.bodies = expr, bodies
	case len(f.found) > 0:
	case !f.mentions(ours):
		f.reportAt(expr, "not a "+f.Kind.Package+": the schema is not imported", "write import "+ours+" above it")
	default:
		f.reportAt(expr, "not a "+f.Kind.Package+": want "+f.Kind.Form, "write schema."+f.Kind.Definition+" & { before all fields, and nothing of it inside")
	}
}

// wrapped returns the structs of schema.#Counter & {…}, under whatever name the schema is imported; nil if it is
// something else.
func (f *File) wrapped(expr ast.Expr) (bodies []*ast.StructLit) {
	definitions := 0
	ast.Walk(expr, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ParenExpr:
			return true
		case *ast.BinaryExpr:
			return x.Op == token.AND
		case *ast.StructLit:
			bodies = append(bodies, x)
		case *ast.SelectorExpr:
			name, _, _ := ast.LabelName(x.Sel)
			ident, _ := x.X.(*ast.Ident)
			if ident == nil || name != f.Kind.Definition {
				return false
			}
			if spec, ok := ident.Node.(*ast.ImportSpec); ok && spec.Path.Value == ours {
				definitions++
			}
		}
		return false
	}, nil)
	if definitions != 1 {
		return nil
	}
	return bodies
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
		} else if name == "scenarios" && f.Kind.Definition == "#Counter" {
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
	bodies := f.wrapped(decl.Value)
	switch {
	case f.wrapper != nil:
		f.reportAt(decl, "a second scenarios: want one", "")
	case bodies == nil || decl.Constraint != token.ILLEGAL:
		f.reportAt(decl.Value, "not checked by the schema: want "+f.Kind.Form, "")
	default:
		f.wrapper = decl.Value
		for _, b := range bodies {
			f.bodies = append(f.bodies, &ast.StructLit{Elts: []ast.Decl{&ast.Field{Label: decl.Label, Value: b}}})
		}
	}
}

// checkUsed refuses a definition or hidden field that nothing refers to: CUE
// never closes these, so that a misspelled one would go unseen.
func (f *File) checkUsed(decl *ast.Field, name string) {
	used := false
	ast.Walk(f.syntax, func(n ast.Node) bool {
		used = used || isIdent(n, name) && n != ast.Node(decl.Label)
		return !used
	}, nil)
	if used {
		return
	}
	candidates := f.shape.Names()
	if f.Kind.Definition == "#Counter" {
		candidates = append(candidates, "#streak", "#streaks")
	}
	f.reportAt(decl, "nothing uses "+name, cmp.Or(suggest(name, candidates), "a name with _ or # sets nothing by itself"))
}
