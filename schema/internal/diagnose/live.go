package diagnose

import (
	"fmt"
	"slices"

	"cuelang.org/go/cue/ast"
)

// checkLiveName refuses a name that #streak does not have, also where CUE does not look because a branch
// is not taken.
func (f *File) checkLiveName(n ast.Node) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok || !isLive(sel) {
		return
	}
	streak := f.streak.Names()
	if name, _, err := ast.LabelName(sel.Sel); err == nil && !slices.Contains(streak, name) {
		f.reportAt(sel.Sel, fmt.Sprintf("%s has no %q", f.excerpt(sel.X), name), SuggestOrList(name, streak))
	}
}

// checkLive refuses #streak in a field other than pages, and a value for it: the engine fills it in.
func (f *File) checkLive(decl *ast.Field, name string) {
	if isLiveName(name) && f.Kind.Definition == "#Wall" {
		f.reportAt(decl.Label, "a wall has no "+name, "it only shows what its counter decides")
		return
	}
	if isLiveName(name) {
		if _, ok := decl.Value.(*ast.SelectorExpr); !ok && !isIdent(decl.Value, "_") && !f.isIgnored {
			f.reportAt(decl.Value, "the engine fills in "+name, "write "+name+": _")
		}
		return
	}
	ast.Walk(decl.Value, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && isLiveName(id.Name) {
			f.Add(Path{name}, f.At(n.Pos()), "depends on "+id.Name+": only pages may", "")
		}
		return true
	}, nil)
}

func isLiveName(name string) bool { return name == "#streak" || name == "#streaks" }

// isLive reports whether an expression is a field of #streak or of one of #streaks.
func isLive(sel *ast.SelectorExpr) bool {
	switch x := sel.X.(type) {
	case *ast.IndexExpr:
		return isIdent(x.X, "#streaks")
	case *ast.SelectorExpr:
		return isIdent(x.X, "#streaks")
	}
	return isIdent(sel.X, "#streak")
}

func isIdent(n ast.Node, name string) bool {
	id, ok := n.(*ast.Ident)
	return ok && id.Name == name
}
