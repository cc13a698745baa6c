package diagnose

import (
	"reflect"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// checkNames finds misspelt fields by walking the file's own text. CUE finds
// these too, but neither in a branch that is not taken nor beside another error.
// In such a branch it checks the words as well.
func (f *File) checkNames() { f.walk(false) }

// checkAll checks every literal by itself and looks for missing fields. It is
// for a file that CUE refused, to say all that is wrong at once.
func (f *File) checkAll() { f.walk(true).required(f.Kind.Root, nil) }

func (f *File) walk(literals bool) *walker {
	w := &walker{File: f, literals: literals}
	for _, b := range f.bodies {
		w.walk(b, f.Kind.Root, "", nil, false)
	}
	return w
}

// A walker follows the file's text and the mirror types in step.
type walker struct {
	*File
	literals bool // check literals everywhere, not in branches only
	follow   int  // references that were followed to get here
	steps    int  // references that were followed at all
}

// maxSteps bounds references that refer to several others each.
const maxSteps = 10_000

// walk checks expr, which stands at the path and ought to be a t. The definition
// that a leaf must satisfy is def.
func (w *walker) walk(expr ast.Node, t reflect.Type, def string, p Path, branch bool) {
	if w.Enough() {
		return
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch x := expr.(type) {
	case *ast.StructLit:
		w.fields(x, t, p, branch)
	case *ast.ListLit:
		if t.Kind() != reflect.Slice {
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
		}
	case *ast.ParenExpr:
		w.walk(x.X, t, def, p, branch)
	case *ast.Ident:
		w.reference(x, t, def, p, branch)
	case *ast.BasicLit:
		if branch || w.literals {
			w.literal(x, def, p)
		}
	}
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

// fields checks the fields of a struct.
func (w *walker) fields(x *ast.StructLit, t reflect.Type, p Path, branch bool) {
	for _, d := range x.Elts {
		switch d := d.(type) {
		case *ast.Field:
			name, _, err := ast.LabelName(d.Label)
			if err != nil {
				continue // computed
			}
			w.field(d, name, t, p, branch)
		case *ast.EmbedDecl:
			w.walk(d.Expr, t, "", p, branch)
		case *ast.Comprehension:
			w.walk(d.Value, t, "", p, true)
		}
	}
}

// field checks one field of a struct that ought to be a t.
func (w *walker) field(decl *ast.Field, name string, t reflect.Type, p Path, branch bool) {
	if hidden(name) {
		if name != "#streak" && name != "#streaks" || len(p) > 0 {
			w.checkUsed(decl, name)
		}
		return
	}
	switch t.Kind() {
	case reflect.Map:
		if strings.TrimSpace(name) == "" {
			w.Add(p.With(name), w.At(decl.Label.Pos()), "has no name", "")
		}
		w.walk(decl.Value, t.Elem(), "", p.With(name), branch)
	case reflect.Struct:
		if known, ok := FieldNamed(t, name); ok {
			w.walk(decl.Value, known.Type, known.Tag.Get("cue"), p.With(name), branch)
			return
		}
		names, hint := FieldNames(t), ""
		if len(names) > 0 {
			hint = SuggestOrList(name, names)
		}
		if near := nearest(name, names); near != "" {
			if w.misspelled == nil {
				w.misspelled = map[string]string{}
			}
			w.misspelled[p.String()] = near
		}
		w.Add(p.With(name), w.At(decl.Label.Pos()), "no such field", hint)
	}
}

// literal checks one literal against its definition.
func (w *walker) literal(x *ast.BasicLit, def string, p Path) {
	if def == "" {
		return
	}
	if err := w.definition(def).Unify(w.Context.BuildExpr(x)).Err(); err != nil {
		message := err.Error()
		if e, ok := err.(errors.Error); ok {
			message = messageOf(cause(e))
		}
		w.Add(p, w.At(x.Pos()), w.wrong(x, message), w.suggestFor(def, x))
	}
}
