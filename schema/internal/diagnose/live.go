package diagnose

import (
	"fmt"
	"slices"

	"cuelang.org/go/cue/ast"
)

// checkLive checks every mention of #streak and #streaks: the engine sets them,
// only pages may read them, and with the right names, also where CUE does not
// look because a branch is not taken.
func (f *File) checkLive() {
	streak := f.streak.Names()
	for _, b := range f.bodies {
		for _, d := range b.Elts {
			decl, ok := d.(*ast.Field)
			if !ok {
				continue
			}
			switch name, _, err := ast.LabelName(decl.Label); {
			case err != nil || name == "pages":
			case name == "#streak" || name == "#streaks":
				if _, ok := decl.Value.(*ast.SelectorExpr); !ok && !isIdent(decl.Value, "_") {
					f.reportAt(decl.Value, "the engine fills in "+name, "write "+name+": _")
				}
			case !hidden(name):
				f.checkFree(decl, name)
			}
		}
	}
	ast.Walk(f.syntax, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !isLive(sel) {
			return true
		}
		if name, _, err := ast.LabelName(sel.Sel); err == nil && !slices.Contains(streak, name) {
			f.reportAt(sel.Sel, fmt.Sprintf("%s has no %q", f.excerpt(sel.X), name), SuggestOrList(name, streak))
		}
		return true
	}, nil)
}

// checkFree refuses #streak in a field other than pages.
func (f *File) checkFree(decl *ast.Field, name string) {
	ast.Walk(decl.Value, func(n ast.Node) bool {
		if isIdent(n, "#streak") || isIdent(n, "#streaks") {
			f.Add(Path{name}, f.At(n.Pos()), "depends on "+n.(*ast.Ident).Name+": only pages may", "")
		}
		return true
	}, nil)
}

// isLive reports whether an expression is a field of #streak or of one of #streaks.
func isLive(sel *ast.SelectorExpr) bool {
	var streaks ast.Expr
	switch x := sel.X.(type) {
	case *ast.IndexExpr:
		streaks = x.X
	case *ast.SelectorExpr:
		streaks = x.X
	}
	return isIdent(sel.X, "#streak") || isIdent(streaks, "#streaks")
}

func isIdent(n ast.Node, name string) bool {
	id, ok := n.(*ast.Ident)
	return ok && id.Name == name
}
