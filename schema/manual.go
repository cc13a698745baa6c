package schema

import (
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// A Definition is one of the schema, as its manual page has it.
type Definition struct {
	Name   string // #Rule
	Text   string // its comment
	Type   string // "" of a struct
	Fields []Field
}

// A Field is one of a definition. The name of one in a struct without a name is as in history.from.
type Field struct {
	Name, Type string
	Required   bool
	Default    string // CUE; "" where there is none
	Text       string // its comments
}

// Manual returns the definitions that have fields or a comment, that of the whole file first.
func Manual() ([]Definition, error) {
	m := manual{values: map[string]ast.Expr{}, texts: map[string]string{}}
	for _, name := range readable {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(name, text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.Field); ok {
				m.define(f)
			}
		}
	}
	var all []Definition
	for _, name := range m.names {
		d := Definition{Name: name, Text: m.texts[name]}
		if s, ok := m.values[name].(*ast.StructLit); ok {
			d.Fields = m.fields("", s)
		} else {
			d.Type, _ = m.describe(m.values[name])
		}
		if strings.HasPrefix(name, "#") && (d.Text != "" || len(d.Fields) > 0) {
			all = append(all, d)
		}
	}
	return all, nil
}

// A manual is what is declared at the top of the schema's files.
type manual struct {
	names  []string
	values map[string]ast.Expr // a struct's fields, where it is also bounded by how many they are
	texts  map[string]string
}

func (m *manual) define(f *ast.Field) {
	name := code(f.Label)
	if m.values[name] == nil {
		m.names = append(m.names, name)
	}
	if _, ok := m.values[name].(*ast.StructLit); !ok {
		m.values[name] = f.Value
	}
	m.texts[name] += comments(f)
}

// fields returns those of a struct, with those of what is embedded. One that is declared twice has all
// that is said of it.
func (m *manual) fields(prefix string, s *ast.StructLit) (all []Field) {
	for _, e := range s.Elts {
		if embedded, ok := e.(*ast.EmbedDecl); ok {
			all = append(all, m.fields(prefix, m.values[code(embedded.Expr)].(*ast.StructLit))...)
		}
		f, ok := e.(*ast.Field)
		if !ok || isPattern(f) {
			continue // a condition, or what describe says
		}
		field := Field{Name: prefix + code(f.Label), Required: f.Constraint == token.NOT, Text: comments(f)}
		field.Type, field.Default = m.describe(f.Value)
		if i := slices.IndexFunc(all, func(f Field) bool { return f.Name == field.Name }); i >= 0 {
			all[i].Type, all[i].Text = field.Type, all[i].Text+field.Text
			continue
		}
		all = append(all, field)
		if s, ok := f.Value.(*ast.StructLit); ok {
			all = append(all, m.fields(field.Name+".", s)...)
		}
	}
	return all
}

// describe says what a value is, and its default. A word is described by its error, which says what
// it wants.
func (m *manual) describe(e ast.Expr) (kind, byDefault string) {
	switch v := e.(type) {
	case *ast.Ident:
		value, ok := m.values[v.Name]
		if _, isStruct := value.(*ast.StructLit); !ok || isStruct {
			return v.Name, ""
		}
		if kind, byDefault = m.describe(value); m.texts[v.Name] != "" {
			kind = v.Name + ", " + kind
		}
		return kind, byDefault
	case *ast.ListLit:
		if rest, ok := v.Elts[0].(*ast.Ellipsis); ok {
			kind, _ = m.describe(rest.Type)
			return "a list, each " + kind, ""
		}
	case *ast.StructLit:
		if len(v.Elts) == 0 {
			return "{}", ""
		}
		if f, ok := v.Elts[0].(*ast.Field); ok && isPattern(f) {
			kind, _ = m.describe(f.Value)
			return "by name, each " + kind, ""
		}
		return "a struct", ""
	case *ast.UnaryExpr:
		if v.Op == token.MUL {
			return "", code(v.X)
		}
	case *ast.CallExpr:
		if code(v.Fun) == "error" {
			return m.message(v.Args[0]), ""
		}
	case *ast.BinaryExpr:
		x, value := m.describe(v.X)
		y, other := m.describe(v.Y)
		_, call := v.Y.(*ast.CallExpr)
		switch {
		case v.Op == token.AND && call: // how many there are
			return x, ""
		case v.Op == token.OR && (call || x == ""): // an error, a default
			return y, value + other
		case v.Op == token.OR:
			return x + " | " + y, value + other
		}
	}
	return code(e), ""
}

// message returns what an error wants: of "not a date: want YYYY-MM-DD" it is "a date: YYYY-MM-DD".
func (m *manual) message(e ast.Expr) string {
	if name, ok := e.(*ast.Ident); ok {
		e = m.values[name.Name]
	}
	text, _ := literal.Unquote(e.(*ast.BasicLit).Value) // the parser has read it
	return strings.Replace(strings.TrimPrefix(text, "not "), ": want ", ": ", 1)
}

// code returns a node as CUE, in a line.
func code(n ast.Node) string {
	text, _ := format.Node(n) // the parser has read it
	return strings.Join(strings.Fields(string(text)), " ")
}

// comments returns those before and behind a field.
func comments(f *ast.Field) (text string) {
	for _, g := range ast.Comments(f) {
		if g.Doc || g.Line {
			text += g.Text()
		}
	}
	return text
}

// isPattern reports whether a field stands for those whose names match.
func isPattern(f *ast.Field) bool {
	_, ok := f.Label.(*ast.ListLit)
	return ok
}
