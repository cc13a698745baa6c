package diagnose

import (
	"cmp"
	"fmt"
	"strings"

	"cuelang.org/go/cue/ast"
)

// ignored records a finding about what CUE accepts and leaves out, so that the file would mean
// something else.
func (f *File) ignored(p Path, n ast.Node, message, hint string) {
	f.isIgnored = true
	f.Add(p, f.At(n.Pos()), message, hint)
}

// checkAttribute refuses an attribute, which would read other files, set values from elsewhere or leave
// parts of this file out.
func (f *File) checkAttribute(n ast.Node) bool {
	if a, ok := n.(*ast.Attribute); ok && !f.isIgnored {
		key, _ := a.Split()
		f.ignored(nil, a, fmt.Sprintf("@%s cannot be used: %s stands alone and is read whole", key, f.Kind.Name), "")
	}
	return true
}

// checkIgnored refuses fields with ? or !, patterns, lists that are left open, and fields whose value is
// forgotten. The node is at the path, or a field of the struct there.
func (f *File) checkIgnored(p Path, n ast.Node) {
	switch x := n.(type) {
	case *ast.Ellipsis:
		f.ignored(p, x, "... stands for nothing", "delete it, or write what it stands for")
	case *ast.Field:
		name, _, err := ast.LabelName(x.Label)
		mark := x.Constraint.String()
		if _, isPattern := x.Label.(*ast.ListLit); isPattern {
			f.ignored(nil, x, cmp.Or(f.excerpt(x.Label), "this")+" is a pattern, and sets nothing by itself", "write a name in its place")
		} else if err == nil && (mark == "?" || mark == "!") {
			f.ignored(p.With(name), x, "a field with "+mark+" sets nothing", "delete the "+mark)
		}
		line := f.line(f.At(x.Pos()))
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		v, isStruct := x.Value.(*ast.StructLit)
		if isStruct && err == nil && !v.Lbrace.IsValid() && v.Pos().Line() > x.Pos().Line() && v.Pos().Column() <= indent+1 {
			write := "its value"
			if isLiveName(name) {
				write = name + ": _"
			}
			f.ignored(p.With(name), x, "no value stands behind the colon, and what follows would be its field", "write "+write)
		}
	}
}

// checkSecond refuses another list at a path: CUE unifies it with the first, element by element.
func (f *File) checkSecond(p Path, x *ast.ListLit) {
	values := f.find(p).values
	first, isList := values[0].(*ast.ListLit)
	if text := f.excerpt(x); isList && first != x && (text == "" || text != f.excerpt(first)) {
		f.Add(p, f.At(x.Pos()), fmt.Sprintf("a second list: CUE does not join it with that of line %d", f.At(first.Pos()).Line),
			"write one "+p[len(p)-1]+" with all of it")
	}
}
