package diagnose

import (
	"slices"
	"strconv"

	"cuelang.org/go/cue/ast"
)

// required reports fields that are missing. A parent whose text the walker
// cannot see through (a function, a comprehension) is left to CUE.
func (w *walker) required(s *Shape, p Path) {
	if w.Full() {
		return
	}
	at := w.find(p)
	if at.depth < len(p) {
		return
	}
	for _, v := range at.values {
		if !transparent(v) {
			return
		}
	}
	for _, field := range s.Fields {
		child := p.With(field.Name)
		switch there := w.find(child).depth == len(child); {
		case there:
			w.required(field.Shape, child)
		case field.Required:
			w.Missing(child)
		}
	}
	if s.Of != nil {
		for i := 0; w.find(p.With(strconv.Itoa(i))).depth > len(p); i++ {
			w.required(s.Of, p.With(strconv.Itoa(i)))
		}
	}
	if s.Any != nil {
		for _, name := range w.keys(p) {
			w.required(s.Any, p.With(name))
		}
	}
}

// transparent reports whether the expression is a literal with nothing but
// fields or elements in it.
func transparent(expr ast.Expr) bool {
	switch x := expr.(type) {
	case *ast.BasicLit, *ast.Interpolation:
		return true
	case *ast.StructLit:
		return !slices.ContainsFunc(x.Elts, opaque[ast.Decl])
	case *ast.ListLit:
		return !slices.ContainsFunc(x.Elts, opaque[ast.Expr])
	}
	return false
}

func opaque[N ast.Node](n N) bool {
	switch ast.Node(n).(type) {
	case *ast.EmbedDecl, *ast.Comprehension, *ast.Ellipsis:
		return true
	}
	return false
}
