package diagnose

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// A walker follows the file's text and the mirror types in step. It finds misspelled fields, and
// literals of the wrong shape: CUE finds these too, but neither in a branch that is not taken nor
// beside another mistake.
type walker struct {
	*File
	literals bool // check literals everywhere, not only in branches that may not be taken
	follow   int  // references that were followed to get here
	steps    int  // references that were followed at all
}

// maxSteps bounds references that refer to several others each.
const maxSteps = 10_000

func (f *File) walk(literals bool) *walker {
	w := &walker{File: f, literals: literals}
	for _, b := range f.bodies {
		w.walk(b, f.Kind.Root, "", nil, false)
	}
	return w
}

// walk checks expr, which stands at the path and ought to be a t. The definition
// that a leaf must satisfy is def.
func (w *walker) walk(expr ast.Expr, t reflect.Type, def string, p Path, branch bool) {
	if w.Enough() {
		return
	}
	t = indirect(t)
	switch x := expr.(type) {
	case *ast.StructLit:
		w.fields(x, t, def, p, branch)
	case *ast.ListLit:
		if t.Kind() != reflect.Slice {
			w.misshapen(p, x, t, def)
			return
		}
		known := true
		for i, e := range x.Elts {
			key := strconv.Itoa(i)
			if c, ok := e.(*ast.Comprehension); ok {
				known = false
				// The comprehension's body is a struct that holds the element.
				w.walk(c.Value, t.Elem(), def, p.With(key), true)
				continue
			}
			w.walk(e, t.Elem(), def, p.With(key), branch || !known)
		}
	case *ast.BinaryExpr:
		if x.Op == token.AND {
			w.walk(x.X, t, def, p, branch)
			w.walk(x.Y, t, def, p, branch)
			return
		}
		w.bareWord(x, t, def, p)
	case *ast.ParenExpr:
		w.walk(x.X, t, def, p, branch)
	case *ast.Ident:
		if x.Node == nil {
			w.bareWord(x, t, def, p)
			return
		}
		if w.liveNumber(x, referent(x), def, p) {
			return
		}
		w.reference(x, t, def, p, branch)
	case *ast.SelectorExpr:
		w.liveNumber(x, x, def, p)
	case *ast.Interpolation:
		if first, ok := x.Elts[0].(*ast.BasicLit); ok && !w.singleQuotes(x, first.Value, p) && !leaf(t) {
			w.misshapen(p, x, t, def)
		}
	case *ast.BasicLit:
		switch {
		case w.singleQuotes(x, x.Value, p):
		case def == "string" && strings.Contains(x.Value, "#streak"):
			w.Add(p, w.At(x.Pos()), "this would show #streak by its name", `write \(#streak.weeks) in the text`)
		case !leaf(t):
			w.misshapen(p, x, t, def)
		case branch || w.literals:
			w.literal(x, def, p)
		}
	}
}

func indirect(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// leaf reports whether a t is one value, neither fields nor elements.
func leaf(t reflect.Type) bool {
	return !slices.Contains([]reflect.Kind{reflect.Struct, reflect.Map, reflect.Slice}, t.Kind())
}

// reference checks what a name stands for: a hidden field, or a let clause.
func (w *walker) reference(id *ast.Ident, t reflect.Type, def string, p Path, branch bool) {
	if w.follow == maxFollow || w.steps == maxSteps {
		return
	}
	w.follow++
	w.steps++
	w.walk(referent(id), t, def, p, branch)
	w.follow--
}

// fields checks the fields of a struct. One without fields is what is embedded in it.
func (w *walker) fields(x *ast.StructLit, t reflect.Type, def string, p Path, branch bool) {
	var unknown []*ast.Field
	for _, d := range x.Elts {
		switch d := d.(type) {
		case *ast.Field:
			name, _, err := ast.LabelName(d.Label)
			switch {
			case err != nil: // computed
			case leaf(t) || t.Kind() == reflect.Slice:
				w.misshapen(p, x, t, def)
				return
			case !w.field(d, name, t, p, branch):
				unknown = append(unknown, d)
			}
		case *ast.EmbedDecl:
			w.walk(d.Expr, t, def, p, branch)
		case *ast.Comprehension:
			w.walk(d.Value, t, def, p, true)
		}
	}
	if t.Kind() == reflect.Struct {
		w.unknownFields(unknown, t, p)
	}
}

// field checks one field of a struct that ought to be a t. It reports whether a t has it.
func (w *walker) field(decl *ast.Field, name string, t reflect.Type, p Path, branch bool) bool {
	if hidden(name) {
		if name != "#streak" && name != "#streaks" || len(p) > 0 {
			w.checkUsed(decl, name)
		}
		return true
	}
	if t.Kind() == reflect.Map {
		if strings.TrimSpace(name) == "" {
			w.Add(p.With(name), w.At(decl.Label.Pos()), "has no name", "")
		}
		w.walk(decl.Value, t.Elem(), "", p.With(name), branch)
		return true
	}
	known, ok := FieldNamed(t, name)
	if ok {
		w.walk(decl.Value, known.Type, known.Tag.Get("cue"), p.With(name), branch)
	}
	return ok
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
func (w *walker) liveNumber(expr, value ast.Expr, def string, p Path) bool {
	sel, ok := value.(*ast.SelectorExpr)
	if !ok || def != "string" || w.Kind.Live == nil || !isLive(sel) {
		return false
	}
	name, _, err := ast.LabelName(sel.Sel)
	known, ok := FieldNamed(w.Kind.Live, name)
	if err != nil || !ok || known.Type.Kind() == reflect.String {
		return false
	}
	text := w.excerpt(expr)
	w.Add(p, w.At(expr.Pos()), text+" is not text", fmt.Sprintf(`write "\(%s)"`, text))
	return true
}

// bareWord refuses words without quotes, as Friday and Europe/Berlin, where a value is wanted.
func (w *walker) bareWord(x ast.Expr, t reflect.Type, def string, p Path) {
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
	if len(words) == 0 || text == "" || def == "" || !slices.ContainsFunc(words, strange) || slices.ContainsFunc(words, func(id *ast.Ident) bool { return !strange(id) }) {
		return
	}
	write := strconv.Quote(text)
	hint := "write " + write
	if w.definition(def).Unify(w.Context.BuildExpr(ast.NewString(text))).Err() != nil {
		hint = w.wordAdvice(def, text)
	} else if t.Kind() == reflect.Slice {
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
