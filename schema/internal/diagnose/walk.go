package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// A walker follows the file's text and the schema's in step. It finds misspelled fields, and
// literals of the wrong shape: CUE finds these too, but neither in a branch that is not taken nor
// beside another mistake.
type walker struct {
	*File
	literals bool   // check literals everywhere, not only in branches that may not be taken
	follow   int    // references that were followed to get here
	steps    int    // references that were followed at all
	opaque   []Path // where more may be than is seen
	unsure   bool   // behind a comprehension of a list, where the indexes are not known
}

// maxFollow bounds references to references, which may form a cycle.
const maxFollow = 16

// maxSteps bounds references that refer to several others each.
const maxSteps = 10_000

func (f *File) walk(literals bool) *walker {
	w := &walker{File: f, literals: literals}
	f.index = map[string]*location{}
	for _, b := range f.bodies {
		w.record(nil, f.wrapper, b)
		w.walk(b, f.shape, nil, false)
	}
	if !literals {
		ast.Walk(f.syntax, func(n ast.Node) bool { // what has no path, as in a definition
			f.checkIgnored(nil, n)
			return true
		}, nil)
	}
	return w
}

// walk checks expr, which stands at the path and ought to have the shape. In a branch that may not be
// taken it checks literals too.
func (w *walker) walk(expr ast.Expr, s *Shape, p Path, branch bool) {
	if w.Full() {
		return
	}
	switch expr.(type) {
	case *ast.StructLit, *ast.ListLit, *ast.BasicLit, *ast.Interpolation:
	default:
		w.opaque = append(w.opaque, p)
	}
	if s.Free {
		w.opaque = append(w.opaque, p)
		return
	}
	switch x := expr.(type) {
	case *ast.StructLit:
		w.fields(x, s, p, branch)
	case *ast.ListLit:
		if s.Of == nil {
			w.wrongShape(p, x, s)
			return
		}
		if !branch {
			w.checkSecond(p, x)
		}
		before := w.unsure
		for i, e := range x.Elts {
			at := p.With(strconv.Itoa(i))
			w.checkIgnored(at, e)
			if c, ok := e.(*ast.Comprehension); ok {
				w.unsure, e = true, c.Value // a struct that holds the element
			}
			if !w.unsure {
				w.record(at, e, e)
			}
			w.walk(e, s.Of, at, branch || w.unsure)
		}
		w.unsure = before
	case *ast.BinaryExpr:
		if x.Op == token.AND {
			w.walk(x.X, s, p, branch)
			w.walk(x.Y, s, p, branch)
			return
		}
		w.bareWord(x, s, p)
		if x.Op == token.OR {
			w.ignored(p, x, cmp.Or(w.excerpt(x), "this")+" may be one or the other: want one value, without |", "")
		}
	case *ast.ParenExpr:
		w.walk(x.X, s, p, branch)
	case *ast.Ident:
		if x.Node == nil {
			w.bareWord(x, s, p)
			if w.isBuiltin(x.Name) {
				w.ignored(p, x, x.Name+" is no value, and the default would stand here", "write a value, or delete it")
			}
			return
		}
		if w.liveNumber(x, referent(x), s, p) {
			return
		}
		w.reference(x, s, p, branch)
	case *ast.SelectorExpr:
		w.liveNumber(x, x, s, p)
	case *ast.Interpolation:
		if first, ok := x.Elts[0].(*ast.BasicLit); ok && !w.singleQuotes(x, first.Value, p) && !s.leaf() {
			w.wrongShape(p, x, s)
		}
	case *ast.BasicLit:
		switch {
		case w.singleQuotes(x, x.Value, p):
		case s.Definition == "string" && strings.Contains(x.Value, "#streak"):
			w.Add(p, w.At(x.Pos()), "this would show #streak by its name", `write \(#streak.weeks) in the text`)
		case !s.leaf():
			w.wrongShape(p, x, s)
		case branch || w.literals:
			w.literal(x, s.Definition, p)
		}
	}
}

// required reports fields that are missing where all is seen. The rest is left to CUE.
func (w *walker) required() {
	if w.Full() {
		return // not all was walked
	}
	if !w.Kind.isScenarios() && w.index["source"] == nil && w.index["sources"] == nil {
		w.Missing(Path{"source"}) // or sources, which fewer want
	}
	for _, at := range w.index {
		s := w.shape.at(at.path)
		if s == nil || slices.ContainsFunc(w.opaque, at.path.Below) {
			continue
		}
		for _, field := range s.Fields {
			if p := at.path.With(field.Name); field.Required && w.index[p.String()] == nil {
				w.Missing(p)
			}
		}
	}
}

// reference checks what a name stands for: a hidden field, or a let clause.
func (w *walker) reference(id *ast.Ident, s *Shape, p Path, branch bool) {
	if w.follow == maxFollow || w.steps == maxSteps {
		return
	}
	w.follow++
	w.steps++
	w.walk(referent(id), s, p, branch)
	w.follow--
}

// fields checks the fields of a struct. One without fields is what is embedded in it.
func (w *walker) fields(x *ast.StructLit, s *Shape, p Path, branch bool) {
	var unknown []*ast.Field
	for _, d := range x.Elts {
		switch d := d.(type) {
		case *ast.Field:
			w.checkIgnored(p, d)
			name, _, err := ast.LabelName(d.Label)
			switch {
			case err != nil: // computed
			case !s.Struct && !hidden(name):
				w.wrongShape(p, x, s)
				return
			case !w.field(d, name, s, p, branch):
				unknown = append(unknown, d)
			}
		case *ast.EmbedDecl:
			w.walk(d.Expr, s, p, branch)
		case *ast.Comprehension:
			w.opaque = append(w.opaque, p)
			w.walk(d.Value, s, p, true)
		}
	}
	w.unknownFields(unknown, s, p)
}

// field checks one field of a struct. It reports whether the schema has it.
func (w *walker) field(decl *ast.Field, name string, s *Shape, p Path, branch bool) bool {
	if hidden(name) {
		if name != "#streak" && name != "#streaks" || len(p) > 0 {
			w.checkUsed(decl, name)
		}
		return true
	}
	if !w.unsure {
		w.record(p.With(name), decl.Label, decl.Value)
	}
	if s.Any != nil {
		if _, isList := decl.Value.(*ast.ListLit); isList && s.Any.Field(name) != nil {
			w.Add(p.With(name), w.At(decl.Label.Pos()), "stands beside what it belongs in", `write "NAME": {`+name+": …}")
			return true
		}
		if strings.TrimSpace(name) == "" {
			w.Add(p.With(name), w.At(decl.Label.Pos()), "has no name", "")
		}
		w.walk(decl.Value, s.Any, p.With(name), branch)
		return true
	}
	known := s.Field(name)
	if known != nil {
		w.walk(decl.Value, known.Shape, p.With(name), branch)
	}
	return known != nil
}

// literal checks one literal against its definition.
func (w *walker) literal(x *ast.BasicLit, def string, p Path) {
	if def == "" {
		return
	}
	err := w.definition(def).Unify(w.Context.BuildExpr(x)).Err()
	if err == nil {
		return
	}
	message := err.Error()
	if e, ok := err.(errors.Error); ok {
		message = messageOf(cause(e))
	}
	if def == "string" {
		message = x.Value + " is not text"
	}
	w.refuse(p, x, def, message)
}

// singleQuotes reports whether a literal has them, and refuses it: for CUE it is no text then.
func (w *walker) singleQuotes(x ast.Expr, literal string, p Path) bool {
	if !strings.HasPrefix(literal, "'") {
		return false
	}
	hint := ""
	if text := w.excerpt(x); text != "" {
		hint = "write " + strconv.Quote(strings.Trim(text, "'"))
		hint = strings.ReplaceAll(hint, `\\(`, `\(`)
	}
	w.Add(p, w.At(x.Pos()), "text needs double quotes, not single ones", hint)
	return true
}

// liveNumber reports whether a text is set to a number or boolean of #streak, and refuses it. The
// value is expr itself, or what it refers to.
func (w *walker) liveNumber(expr, value ast.Expr, s *Shape, p Path) bool {
	sel, ok := value.(*ast.SelectorExpr)
	if !ok || s.Definition != "string" || !isLive(sel) {
		return false
	}
	name, _, err := ast.LabelName(sel.Sel)
	known := w.streak.Field(name)
	if err != nil || known == nil || known.Definition == "string" {
		return false
	}
	text := w.excerpt(expr)
	w.Add(p, w.At(expr.Pos()), text+" is not text", fmt.Sprintf(`write "\(%s)"`, text))
	return true
}

// bareWord refuses words without quotes, as Friday and Europe/Berlin, where a value is wanted.
func (w *walker) bareWord(x ast.Expr, s *Shape, p Path) {
	def := s.Definition
	if s.Of != nil {
		def = s.Of.Definition
	}
	var words []*ast.Ident
	ast.Walk(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			words = append(words, id)
		}
		return true
	}, nil)
	strange := func(id *ast.Ident) bool {
		return slices.Contains(w.syntax.Unresolved, id) && !w.isBuiltin(id.Name) && !hidden(id.Name)
	}
	text := w.excerpt(x)
	known := func(id *ast.Ident) bool { return !strange(id) }
	if len(words) == 0 || text == "" || def == "" || slices.ContainsFunc(words, known) {
		return
	}
	write := strconv.Quote(text)
	hint := "write " + write
	if w.definition(def).Unify(w.Context.BuildExpr(ast.NewString(text))).Err() != nil {
		hint = w.wordAdvice(def, text)
	} else if s.Of != nil {
		hint = "write [" + write + "]"
	}
	if hint == "" {
		return // it may be a name that is misspelled
	}
	w.syntax.Unresolved = slices.DeleteFunc(w.syntax.Unresolved, func(id *ast.Ident) bool { return slices.Contains(words, id) })
	message := " needs quotes"
	if !strings.Contains(hint, `"`) {
		message = " is no value"
	}
	w.Add(p, w.At(x.Pos()), text+message, hint)
}

// isBuiltin reports whether CUE itself has a name, as string and len.
func (f *File) isBuiltin(name string) bool { return f.Context.CompileString("x: "+name).Err() == nil }
