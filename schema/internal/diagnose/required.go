package diagnose

import (
	"reflect"
	"slices"
	"strconv"

	"cuelang.org/go/cue/ast"
)

// required reports fields that are missing. A parent whose text the walker
// cannot see through (a function, a comprehension) is left to CUE.
func (w *walker) required(t reflect.Type, p Path) {
	if w.Enough() {
		return
	}
	t = indirect(t)
	at := w.find(p)
	if at.depth < len(p) {
		return
	}
	for _, v := range at.values {
		if !transparent(v) {
			return
		}
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			name, optional := FieldName(t.Field(i))
			child := p.With(name)
			switch there := w.find(child).depth == len(child); {
			case there:
				w.required(t.Field(i).Type, child)
			case !optional:
				w.Missing(child)
			}
		}
	case reflect.Slice:
		for i := 0; w.find(p.With(strconv.Itoa(i))).depth > len(p); i++ {
			w.required(t.Elem(), p.With(strconv.Itoa(i)))
		}
	case reflect.Map:
		for _, name := range keys(at) {
			w.required(t.Elem(), p.With(name))
		}
	}
}

// keys returns the regular fields of the structs at a place.
func keys(at place) []string {
	var names []string
	for _, v := range at.values {
		x, ok := v.(*ast.StructLit)
		if !ok {
			continue
		}
		for _, d := range x.Elts {
			if f, ok := d.(*ast.Field); ok {
				if name, _, err := ast.LabelName(f.Label); err == nil && !hidden(name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
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
