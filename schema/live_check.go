package schema

import (
	"fmt"
	"reflect"
	"slices"

	"cuelang.org/go/cue/ast"
)

// checkLive checks every mention of #streak and #streaks: the engine sets them,
// only pages may read them, and with the right names, also where CUE does not
// look because a branch is not taken.
func (s *source) checkLive() {
	streak := fieldNames(reflect.TypeFor[Streak]())
	for _, b := range s.bodies {
		for _, d := range b.Elts {
			f, ok := d.(*ast.Field)
			if !ok {
				continue
			}
			switch name, _, err := ast.LabelName(f.Label); {
			case err != nil || name == "pages":
			case name == "#streak" || name == "#streaks":
				s.checkSet(f, name)
			case !hidden(name):
				s.checkFree(f, name)
			}
		}
	}
	ast.Walk(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		var streaks ast.Expr
		switch x := sel.X.(type) {
		case *ast.IndexExpr:
			streaks = x.X
		case *ast.SelectorExpr:
			streaks = x.X
		}
		if !isIdent(sel.X, "#streak") && !isIdent(streaks, "#streaks") {
			return true
		}
		if name, _, err := ast.LabelName(sel.Sel); err == nil && !slices.Contains(streak, name) {
			s.reportAt(sel.Sel, fmt.Sprintf("%s has no %q", s.excerpt(sel.X), name), suggestOrList(name, streak))
		}
		return true
	}, nil)
}

// checkSet refuses #streak with anything but _ or its definition.
func (s *source) checkSet(f *ast.Field, name string) {
	if _, ok := f.Value.(*ast.SelectorExpr); ok || isIdent(f.Value, "_") {
		return
	}
	s.reportAt(f.Value, fmt.Sprintf("the engine fills in %s", name), fmt.Sprintf("write %s: _", name))
}

// checkFree refuses #streak in a field other than pages.
func (s *source) checkFree(f *ast.Field, name string) {
	ast.Walk(f.Value, func(n ast.Node) bool {
		if isIdent(n, "#streak") || isIdent(n, "#streaks") {
			s.add(path{name}, s.at(n.Pos()), "depends on "+n.(*ast.Ident).Name+": only pages may", "")
		}
		return true
	}, nil)
}

func isIdent(n ast.Node, name string) bool {
	id, ok := n.(*ast.Ident)
	return ok && id.Name == name
}
