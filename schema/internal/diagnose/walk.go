package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// maxSteps bounds references to references, which may form a cycle.
const maxSteps = 1000

// walk follows the file's text and the schema's in step. It finds misspelled fields, and literals of the
// wrong shape: CUE finds these too, but neither in a branch that is not taken nor beside another mistake.
func (f *File) walk() {
	if ast.Walk(f.syntax, f.checkAttribute, nil); f.isIgnored {
		return
	}
	f.index = map[string]*location{}
	for _, b := range f.bodies {
		f.record(nil, f.wrapper, b)
		f.value(b, f.shape, nil, false)
	}
	ast.Walk(f.syntax, func(n ast.Node) bool { // what has no path, as in a definition
		f.checkIgnored(nil, n)
		f.checkLiveName(n)
		return true
	}, nil)
}

// value checks expr, which stands at the path and ought to have the shape, perhaps in a branch that is not taken.
func (f *File) value(expr ast.Expr, s *Shape, p Path, branch bool) {
	if f.Full() || s.Free {
		return
	}
	switch x := expr.(type) {
	case *ast.StructLit:
		f.fields(x, s, p, branch)
	case *ast.ListLit:
		f.elements(x, s, p, branch)
	case *ast.BinaryExpr:
		if x.Op == token.AND {
			f.value(x.X, s, p, branch)
			f.value(x.Y, s, p, branch)
			return
		}
		f.bareWord(x, s, p)
		if x.Op == token.OR {
			f.ignored(p, x, cmp.Or(f.excerpt(x), "this")+" may be one or the other: want one value, without |", "")
		}
	case *ast.ParenExpr:
		f.value(x.X, s, p, branch)
	case *ast.Ident:
		switch value := referent(x); {
		case x.Node == nil:
			f.bareWord(x, s, p)
			if f.isBuiltin(x.Name) {
				f.ignored(p, x, x.Name+" is no value, and the default would stand here", "write a value, or delete it")
			}
		case !f.liveNumber(x, value, s, p) && f.steps < maxSteps:
			f.steps++
			f.value(value, s, p, branch)
		}
	case *ast.SelectorExpr:
		f.liveNumber(x, x, s, p)
	case *ast.Interpolation:
		if first, ok := x.Elts[0].(*ast.BasicLit); ok {
			f.literal(x, first.Value, s, p)
		}
	case *ast.BasicLit:
		f.literal(x, x.Value, s, p)
	}
}

// elements checks a list.
func (f *File) elements(x *ast.ListLit, s *Shape, p Path, branch bool) {
	if s.Of == nil {
		f.wrongShape(p, x, s)
		return
	}
	if !branch {
		f.checkSecond(p, x)
	}
	before := f.unsure
	for i, e := range x.Elts {
		at := p.With(strconv.Itoa(i))
		f.checkIgnored(at, e)
		if c, ok := e.(*ast.Comprehension); ok {
			f.unsure, e = true, c.Value // a struct that holds the element
		}
		if !f.unsure {
			f.record(at, e, e)
		}
		f.value(e, s.Of, at, branch || f.unsure)
	}
	f.unsure = before
}

// literal checks a literal, or an interpolation that begins with the text.
func (f *File) literal(x ast.Expr, text string, s *Shape, p Path) {
	lit, isLiteral := x.(*ast.BasicLit)
	switch {
	case strings.HasPrefix(text, "'"): // for CUE it is no text then
		hint := ""
		if text := f.excerpt(x); text != "" {
			hint = strings.ReplaceAll("write "+strconv.Quote(strings.Trim(text, "'")), `\\(`, `\(`)
		}
		f.Add(p, f.At(x.Pos()), "text needs double quotes, not single ones", hint)
	case !s.leaf():
		f.wrongShape(p, x, s)
	case !isLiteral || s.Definition == "":
	case s.Definition == "string" && strings.Contains(text, "#streak"):
		f.Add(p, f.At(x.Pos()), "this would show #streak by its name", `write \(#streak.weeks) in the text`)
	default:
		err := f.definition(s.Definition).Unify(f.Context.BuildExpr(lit)).Err()
		if err == nil {
			return
		}
		message := messageOf(errors.Promote(err, ""))
		if s.Definition == "string" {
			message = text + " is not text"
		}
		f.refuse(p, x, s.Definition, message)
	}
}

// required reports fields that are missing in structs whose fields all stand there: where CUE finds something
// else, it is silent about them.
func (f *File) required() {
	for _, at := range f.index {
		s := f.shape.at(at.path)
		if s == nil || f.Full() || slices.ContainsFunc(at.values, isComputed) {
			continue
		}
		for _, field := range s.Fields {
			p := at.path.With(field.Name)
			if field.Required && f.index[p.String()] == nil && !f.Value.LookupPath(cue.ParsePath(p.String())).Exists() {
				f.Missing(p)
			}
		}
	}
}

// isComputed reports whether a struct has fields that do not stand in its own braces.
func isComputed(expr ast.Expr) bool {
	x, ok := expr.(*ast.StructLit)
	return !ok || slices.ContainsFunc(x.Elts, func(d ast.Decl) bool {
		_, isField := d.(*ast.Field)
		return !isField
	})
}

// fields checks the fields of a struct. One without fields is what is embedded in it.
func (f *File) fields(x *ast.StructLit, s *Shape, p Path, branch bool) {
	var unknown []*ast.Field
	for _, d := range x.Elts {
		switch d := d.(type) {
		case *ast.Field:
			f.checkIgnored(p, d)
			name, _, err := ast.LabelName(d.Label)
			switch {
			case err != nil: // computed
			case !s.Struct && !hidden(name):
				f.wrongShape(p, x, s)
				return
			case !f.field(d, name, s, p, branch):
				unknown = append(unknown, d)
			}
		case *ast.EmbedDecl:
			f.value(d.Expr, s, p, branch)
		case *ast.Comprehension:
			f.value(d.Value, s, p, true)
		}
	}
	f.unknownFields(unknown, s, p)
}

// field checks one field of a struct. It reports whether the schema has it.
func (f *File) field(decl *ast.Field, name string, s *Shape, p Path, branch bool) bool {
	at, known := p.With(name), s.Field(name)
	switch {
	case len(p) == 0 && isLiveName(name):
		f.checkLive(decl, name)
		return true
	case hidden(name):
		f.checkUsed(decl, name)
		return true
	case !f.unsure:
		f.record(at, decl.Label, decl.Value)
	}
	switch {
	case known != nil:
		f.value(decl.Value, known.Shape, at, branch)
	case s.Any != nil:
		if _, isList := decl.Value.(*ast.ListLit); isList && s.Any.Field(name) != nil {
			f.Add(at, f.At(decl.Label.Pos()), "stands beside what it belongs in", `write "NAME": {`+name+": …}")
		}
		if strings.TrimSpace(name) == "" {
			f.Add(at, f.At(decl.Label.Pos()), "has no name", "")
		}
		f.value(decl.Value, s.Any, at, branch)
	}
	if len(p) == 0 && known != nil && name != "pages" {
		f.checkLive(decl, name)
	}
	return known != nil || s.Any != nil
}

// liveNumber reports whether a text is set to a number or boolean of #streak, and refuses it. The
// value is expr itself, or what it refers to.
func (f *File) liveNumber(expr, value ast.Expr, s *Shape, p Path) bool {
	sel, ok := value.(*ast.SelectorExpr)
	if !ok || s.Definition != "string" || !isLive(sel) {
		return false
	}
	name, _, err := ast.LabelName(sel.Sel)
	known := f.streak.Field(name)
	if err != nil || known == nil || known.Definition == "string" {
		return false
	}
	text := f.excerpt(expr)
	f.Add(p, f.At(expr.Pos()), text+" is not text", fmt.Sprintf(`write "\(%s)"`, text))
	return true
}

// bareWord refuses words without quotes, as Friday and Europe/Berlin, where a value is wanted.
func (f *File) bareWord(x ast.Expr, s *Shape, p Path) {
	text := f.excerpt(x)
	isList := s.Of != nil
	if isList {
		s = s.Of
	}
	var words []*ast.Ident
	isKnown := text == "" || !s.leaf()
	ast.Walk(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			words = append(words, id)
			isKnown = isKnown || !slices.Contains(f.syntax.Unresolved, id) || f.isBuiltin(id.Name) || hidden(id.Name)
		}
		return true
	}, nil)
	if isKnown || len(words) == 0 {
		return
	}
	hint := "write " + strconv.Quote(text)
	if !f.satisfies(s.Definition, text) {
		hint = f.wordAdvice(s.Definition, text)
	}
	if hint == "" {
		return // it may be a name that is misspelled
	}
	if write, ok := strings.CutPrefix(hint, "write "); ok && isList {
		hint = "write [" + write + "]"
	}
	for _, id := range words {
		f.said[id.Name] = true
	}
	message := " needs quotes"
	if !strings.Contains(hint, `"`) {
		message = " is no value"
	}
	f.Add(p, f.At(x.Pos()), text+message, hint)
}

// isBuiltin reports whether CUE itself has a name, as string and len.
func (f *File) isBuiltin(name string) bool { return f.Context.CompileString("x: "+name).Err() == nil }
