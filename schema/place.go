package schema

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A path leads to a value of the counter: field names, and list indexes in decimal.
type path []string

// with returns the path to a child.
func (p path) with(key string) path { return append(p[:len(p):len(p)], key) }

// below reports whether q leads to the value or to what holds it.
func (p path) below(q path) bool { return len(q) <= len(p) && slices.Equal(q, p[:len(q)]) }

// String returns the path as poll[0].every or rules."no-friday-deploys".forbid[0].
func (p path) String() string {
	var b strings.Builder
	for i, key := range p {
		_, err := strconv.Atoi(key)
		named := i > 0 && (p[i-1] == "rules" || i == 1 && p[0] == "scenarios")
		switch {
		case err == nil && !named:
			b.WriteString("[" + key + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if ast.IsValidIdent(key) {
			b.WriteString(key)
		} else {
			b.WriteString(strconv.Quote(key))
		}
	}
	return b.String()
}

// A place is where the file says a value: as far down a path as the file's own
// text goes, for a value may come from a comprehension or a function.
type place struct {
	depth  int        // how many keys of the path were found
	label  ast.Node   // the field's name, or the list's element
	values []ast.Expr // what the file says there; several are unified
}

// find follows the path through the file's literals, references and let clauses.
func (s *source) find(p path) place {
	at := place{label: s.wrapper}
	for _, body := range s.bodies {
		at.values = append(at.values, body)
	}
	for i, key := range p {
		var next place
		for _, v := range at.values {
			child(&next, v, key, 0)
		}
		if len(next.values) == 0 {
			break
		}
		at = next
		at.depth = i + 1
	}
	return at
}

// maxFollow bounds references to references, which may form a cycle.
const maxFollow = 16

// child adds to at what expr says of its field or element key.
func child(at *place, expr ast.Node, key string, follow int) {
	if follow > maxFollow {
		return
	}
	switch x := expr.(type) {
	case *ast.StructLit:
		for _, d := range x.Elts {
			switch d := d.(type) {
			case *ast.Field:
				if name, _, err := ast.LabelName(d.Label); err == nil && name == key {
					at.add(d.Label, d.Value)
				}
			case *ast.EmbedDecl:
				child(at, d.Expr, key, follow+1)
			case *ast.Comprehension:
				child(at, d.Value, key, follow+1)
			}
		}
	case *ast.ListLit:
		n, err := strconv.Atoi(key)
		if err != nil {
			return
		}
		for i, e := range x.Elts {
			switch e.(type) {
			case *ast.Comprehension, *ast.Ellipsis:
				return // from here on the indexes are not known
			}
			if i == n {
				at.add(e, e)
			}
		}
	case *ast.BinaryExpr:
		if x.Op == token.AND || x.Op == token.OR {
			child(at, x.X, key, follow+1)
			child(at, x.Y, key, follow+1)
		}
	case *ast.UnaryExpr:
		child(at, x.X, key, follow+1)
	case *ast.ParenExpr:
		child(at, x.X, key, follow+1)
	case *ast.Ident:
		child(at, referent(x), key, follow+1)
	}
}

// referent returns what a name stands for: a field, as a hidden one, or a let clause.
func referent(id *ast.Ident) ast.Expr {
	switch d := id.Node.(type) {
	case *ast.Field:
		return d.Value
	case *ast.LetClause:
		return d.Expr
	case ast.Expr:
		return d
	}
	return nil
}

func (at *place) add(label ast.Node, value ast.Expr) {
	if at.label == nil {
		at.label = label
	}
	at.values = append(at.values, value)
}

// position returns where the value at the path is, or what holds it.
func (s *source) position(p path) rules.Position {
	at := s.find(p)
	if at.depth == len(p) && len(p) > 0 {
		return s.at(at.values[0].Pos())
	}
	return s.at(at.label.Pos())
}

// at returns the position, if it is in the user's file, else one without a line.
func (s *source) at(pos token.Pos) rules.Position {
	if !pos.IsValid() || pos.Filename() != s.name {
		return rules.Position{File: s.name}
	}
	return rules.Position{File: s.name, Line: pos.Line(), Column: pos.Column()}
}

// end returns the position after the last character that is not white space.
func (s *source) end() rules.Position {
	text := bytes.TrimRight(s.text, " \t\r\n")
	line := bytes.Count(text, []byte("\n"))
	return rules.Position{File: s.name, Line: line + 1, Column: len(text) - (bytes.LastIndexByte(text, '\n') + 1) + 1}
}

// line returns the source line at the position, for the caret.
func (s *source) line(pos rules.Position) string {
	lines := bytes.Split(s.text, []byte("\n"))
	if pos.Line < 1 || pos.Line > len(lines) {
		return ""
	}
	return strings.TrimRight(string(lines[pos.Line-1]), "\r")
}

// excerpt returns what the file says at the node, if that is short.
func (s *source) excerpt(n ast.Node) string {
	if n == nil || n.Pos().Filename() != s.name {
		return ""
	}
	from, to := n.Pos().Offset(), n.End().Offset()
	if from < 0 || to > len(s.text) || from >= to || to-from > 60 {
		return ""
	}
	text := string(s.text[from:to])
	if strings.ContainsAny(text, "\n\r") {
		return ""
	}
	return text
}
