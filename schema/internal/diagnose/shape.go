package diagnose

import (
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/token"
)

// A Shape is what the schema permits at a place, as far as its text says.
type Shape struct {
	Definition string  // what the schema calls it: #Zone, or string; "" if it has no name
	Struct     bool    // it has fields
	Free       bool    // values of several kinds may stand there, which CUE checks
	Fields     []Field // by name
	Any        *Shape  // of fields with whatever name
	Of         *Shape  // of a list's elements
}

// A Field is a field of the schema.
type Field struct {
	Name     string
	Required bool
	*Shape
}

// ShapeOf returns the shape of a kind of file.
func ShapeOf(k Kind) *Shape { return k.shape(SchemaInstance(build.NewContext(), k.Schema, k.Without)) }

func (k Kind) shape(schema *build.Instance) *Shape {
	definitions := map[string][]ast.Expr{}
	for _, file := range schema.Files {
		for _, d := range file.Decls {
			if field, ok := d.(*ast.Field); ok {
				name, _, _ := ast.LabelName(field.Label)
				definitions[name] = append(definitions[name], field.Value)
			}
		}
	}
	root := newShape(ast.NewIdent(k.Definition), definitions)
	if k.isScenarios() {
		return &Shape{Struct: true, Fields: []Field{{"scenarios", true, root}}}
	}
	return root
}

func newShape(expr ast.Expr, definitions map[string][]ast.Expr) *Shape {
	s := &Shape{}
	s.unify(expr, definitions)
	return s
}

// unify takes in an expression of the schema.
func (s *Shape) unify(expr ast.Expr, definitions map[string][]ast.Expr) {
	switch x := expr.(type) {
	case *ast.Ident:
		for _, e := range definitions[x.Name] {
			s.unify(e, definitions)
		}
		s.Definition = strings.Replace(x.Name, "_duration", "#Duration", 1)
	case *ast.BinaryExpr:
		if x.Op == token.OR && !(newShape(x.X, definitions).leaf() && newShape(x.Y, definitions).leaf()) {
			s.Free = true
			return
		}
		s.unify(x.X, definitions)
		s.unify(x.Y, definitions)
	case *ast.ListLit:
		s.Of = newShape(x.Elts[0].(*ast.Ellipsis).Type, definitions)
	case *ast.StructLit:
		s.Struct = true
		for _, d := range x.Elts {
			s.field(d, definitions)
		}
	}
}

func (s *Shape) field(decl ast.Decl, definitions map[string][]ast.Expr) {
	field, ok := decl.(*ast.Field)
	if embedded, is := decl.(*ast.EmbedDecl); is {
		s.unify(embedded.Expr, definitions)
		return
	}
	if !ok { // an ellipsis, or a comprehension of #streaks
		_, s.Free = decl.(*ast.Ellipsis)
		return
	}
	name, _, err := ast.LabelName(field.Label)
	switch {
	case err != nil: // a pattern
		s.Any = newShape(field.Value, definitions)
	case hidden(name):
	case s.Field(name) != nil:
		s.Field(name).unify(field.Value, definitions)
	default:
		s.Fields = append(s.Fields, Field{name, field.Constraint.String() == "!", newShape(field.Value, definitions)})
	}
}

// leaf reports whether it is one value, neither fields nor elements.
func (s *Shape) leaf() bool { return !s.Struct && s.Of == nil }

// Field returns the field of that name; nil if there is none.
func (s *Shape) Field(name string) *Field {
	i := slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Fields[i]
}

// Names returns the names of the fields, in the order of the schema.
func (s *Shape) Names() []string {
	names := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		names[i] = f.Name
	}
	return names
}

// at returns the shape at a path below; nil if there is none.
func (s *Shape) at(p Path) *Shape {
	for _, key := range p {
		switch field := s.Field(key); {
		case field != nil:
			s = field.Shape
		case s.Any != nil:
			s = s.Any
		case s.Of != nil:
			s = s.Of
		default:
			return nil
		}
	}
	return s
}

// hidden reports whether a name is that of a hidden field or a definition.
func hidden(name string) bool { return strings.HasPrefix(name, "_") || strings.HasPrefix(name, "#") }
