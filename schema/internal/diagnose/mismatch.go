package diagnose

import (
	"cmp"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
)

// wrongShape refuses a literal where another shape is wanted: one window in place of a list.
func (f *File) wrongShape(p Path, x ast.Expr, s *Shape) {
	have := cmp.Or(f.excerpt(x), "this")
	list, isList := x.(*ast.ListLit)
	if _, ok := x.(*ast.StructLit); ok {
		have = "{…}"
	} else if isList {
		have = "a list"
	}
	message, hint := " stands where one value belongs", ""
	switch {
	case s.Of != nil:
		message, hint = " is not a list", "put it in brackets"
		if inner := f.element(have, s.Of); inner != "" {
			hint = "write [" + inner + "]"
		}
	case len(p) == 0:
		message, hint = " stands where fields in braces belong", "delete it"
	case s.Struct:
		message, hint = " stands where fields in braces belong", f.wordAdvice(s.Definition, have)
		if hint == "" && s.Any != nil {
			hint = `write {"NAME": {…}}`
		} else if hint == "" && len(s.Fields) > 0 {
			hint = "there are " + strings.Join(s.Names(), ", ")
		}
	case isList && len(list.Elts) == 1:
		hint = "write it without brackets"
	}
	f.Add(p, f.At(x.Pos()), have+message, hint)
}

// element returns what to write as an element of the shape, "" where nobody can know.
func (f *File) element(have string, s *Shape) string {
	text, err := strconv.Unquote(have)
	if err != nil || s.Struct {
		text = have
	}
	if write, ok := strings.CutPrefix(f.wordAdvice(s.Definition, text), "write "); ok {
		return write
	}
	if have == "this" || s.Struct != (have == "{…}") {
		return ""
	}
	return have
}
