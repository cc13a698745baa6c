package schema

import (
	"reflect"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

var counterType = reflect.TypeFor[rawCounter]()

// checkNames finds misspelt fields by walking the file's own text. CUE finds
// these too, but neither in a branch that is not taken nor beside another error.
// In such a branch it checks the words as well.
func (s *source) checkNames() { s.walk(false) }

// checkAll checks every literal by itself and looks for missing fields. It is
// for a file that CUE refused, to say all that is wrong at once.
func (s *source) checkAll() { s.walk(true).required(s.kind.root, nil) }

func (s *source) walk(literals bool) *walker {
	w := &walker{source: s, literals: literals}
	for _, b := range s.bodies {
		w.walk(b, s.kind.root, "", nil, false)
	}
	return w
}

// A walker follows the file's text and the mirror types in step.
type walker struct {
	*source
	literals bool // check literals everywhere, not in branches only
	follow   int  // references that were followed to get here
	steps    int  // references that were followed at all
}

// maxSteps bounds references that refer to several others each.
const maxSteps = 10_000

// walk checks expr, which stands at the path and ought to be a t. The definition
// that a leaf must satisfy is def.
func (w *walker) walk(expr ast.Node, t reflect.Type, def string, p path, branch bool) {
	if w.enough() {
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
				w.walk(c.Value, t.Elem(), def, p.with(key), true)
				continue
			}
			w.walk(e, t.Elem(), def, p.with(key), branch || !known)
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
func (w *walker) reference(id *ast.Ident, t reflect.Type, def string, p path, branch bool) {
	if w.follow == maxFollow || w.steps == maxSteps {
		return
	}
	w.follow++
	w.steps++
	w.walk(referent(id), t, def, p, branch)
	w.follow--
}

// fields checks the fields of a struct.
func (w *walker) fields(x *ast.StructLit, t reflect.Type, p path, branch bool) {
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
func (w *walker) field(f *ast.Field, name string, t reflect.Type, p path, branch bool) {
	if hidden(name) {
		if name != "#streak" && name != "#streaks" || len(p) > 0 {
			w.checkUsed(f, name)
		}
		return
	}
	switch t.Kind() {
	case reflect.Map:
		if strings.TrimSpace(name) == "" {
			w.add(p.with(name), w.at(f.Label.Pos()), "has no name", "")
		}
		w.walk(f.Value, t.Elem(), "", p.with(name), branch)
	case reflect.Struct:
		if field, ok := fieldNamed(t, name); ok {
			w.walk(f.Value, field.Type, field.Tag.Get("cue"), p.with(name), branch)
			return
		}
		names, hint := fieldNames(t), ""
		if len(names) > 0 {
			hint = suggestOrList(name, names)
		}
		if near := nearest(name, names); near != "" {
			if w.found.unknown == nil {
				w.found.unknown = map[string]string{}
			}
			w.found.unknown[p.String()] = near
		}
		w.add(p.with(name), w.at(f.Label.Pos()), "no such field", hint)
	}
}

// literal checks one literal against its definition.
func (w *walker) literal(x *ast.BasicLit, def string, p path) {
	if def == "" {
		return
	}
	if err := w.definition(def).Unify(w.context.BuildExpr(x)).Err(); err != nil {
		message := err.Error()
		if e, ok := err.(errors.Error); ok {
			message = messageOf(cause(e))
		}
		w.add(p, w.at(x.Pos()), w.wrong(x, message), w.suggestFor(def, x))
	}
}
