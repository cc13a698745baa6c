package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
)

// checkLive checks every mention of #streak and #streaks: the engine sets them,
// only pages may read them, and with the right names, also where CUE does not
// look because a branch is not taken.
func (s *source) checkLive() {
	streak := fieldNames(reflect.TypeFor[Streak]())
	for _, b := range s.bodies {
		for _, d := range b.Elts {
			if f, ok := d.(*ast.Field); ok {
				s.checkSet(f)
				if name, _, err := ast.LabelName(f.Label); err == nil && name != "pages" && !strings.ContainsAny(name[:min(1, len(name))], "#_") {
					s.checkFree(f, name)
				}
			}
		}
	}
	ast.Walk(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x := sel.X
		switch of := x.(type) {
		case *ast.Ident:
			if of.Name != "#streak" {
				return true
			}
		case *ast.IndexExpr:
			if !isIdent(of.X, "#streaks") {
				return true
			}
		case *ast.SelectorExpr:
			if !isIdent(of.X, "#streaks") {
				return true
			}
		default:
			return true
		}
		if name, _, err := ast.LabelName(sel.Sel); err == nil && !slices.Contains(streak, name) {
			s.reportAt(sel.Sel, fmt.Sprintf("%s has no %q", s.excerpt(x), name), orList(suggest(name, streak), streak))
		}
		return true
	}, nil)
}

// checkSet refuses #streak with anything but _ or its definition.
func (s *source) checkSet(f *ast.Field) {
	name, _, err := ast.LabelName(f.Label)
	if err != nil || name != "#streak" && name != "#streaks" {
		return
	}
	switch v := f.Value.(type) {
	case *ast.Ident:
		if v.Name == "_" {
			return
		}
	case *ast.SelectorExpr:
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

// orList returns the hint, or else what there is.
func orList(hint string, names []string) string {
	if hint == "" {
		return "there are " + strings.Join(names, ", ")
	}
	return hint
}
