package diagnose

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Path leads to a value of the counter: field names, and list indexes in decimal.
type Path []string

// With returns the path to a child.
func (p Path) With(key string) Path { return append(p[:len(p):len(p)], key) }

// Below reports whether q leads to the value or to what holds it.
func (p Path) Below(q Path) bool { return len(q) <= len(p) && slices.Equal(q, p[:len(q)]) }

// String returns the path as poll[0].every or rules."no-friday-deploys".forbid[0].
func (p Path) String() string {
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

// A location is where the file says a value: as far down a path as the file's own
// text goes, for a value may come from a comprehension or a function.
type location struct {
	path   Path       // as far as it was found
	label  ast.Node   // the field's name, or the list's element
	values []ast.Expr // what the file says there; several are unified
}

// find returns where the file says the value at the path, or what holds it.
func (f *File) find(p Path) location {
	for f.index[p.String()] == nil {
		p = p[:len(p)-1]
	}
	return *f.index[p.String()]
}

// record notes that the file says the value at the path.
func (f *File) record(p Path, label ast.Node, value ast.Expr) {
	at := f.index[p.String()]
	if at == nil {
		at = &location{path: p, label: label}
		f.index[p.String()] = at
	}
	at.values = append(at.values, value)
}

// referent returns what a name stands for: the value of a field, as of a hidden one, or of a let clause.
func referent(id *ast.Ident) ast.Expr {
	if let, ok := id.Node.(*ast.LetClause); ok {
		return let.Expr
	}
	value, _ := id.Node.(ast.Expr)
	return value
}

// Position returns where the value at the path is, or what holds it.
func (f *File) Position(p Path) rules.Position {
	at := f.find(p)
	if len(at.path) == len(p) && len(p) > 0 {
		return f.At(at.values[0].Pos())
	}
	return f.At(at.label.Pos())
}

// NamePosition returns where the name of the value at the path is; of one that is computed, where CUE
// says that its value is, or what holds it.
func (f *File) NamePosition(p Path) rules.Position {
	at := f.find(p)
	if pos := f.At(f.Value.LookupPath(cue.ParsePath(p.String())).Pos()); pos.Line > 0 && len(at.path) < len(p) {
		return pos
	}
	return f.At(at.label.Pos())
}

// At returns the position, if it is in the user's file, else one without a line.
func (f *File) At(pos token.Pos) rules.Position {
	if !pos.IsValid() || pos.Filename() != f.name {
		return rules.Position{File: f.name}
	}
	return rules.Position{File: f.name, Line: pos.Line(), Column: pos.Column()}
}

// end returns the position after the last character that is not white space.
func (f *File) end() rules.Position { return f.offset(len(bytes.TrimRight(f.text, " \t\r\n"))) }

// offset returns the position of a byte.
func (f *File) offset(i int) rules.Position {
	before := f.text[:i]
	return rules.Position{File: f.name, Line: bytes.Count(before, []byte("\n")) + 1, Column: i - bytes.LastIndexByte(before, '\n')}
}

// line returns the source line at the position, for the caret.
func (f *File) line(pos rules.Position) string { return lineOf(f.shown, pos) }

func lineOf(text []byte, pos rules.Position) string {
	lines := bytes.Split(text, []byte("\n"))
	if pos.Line < 1 || pos.Line > len(lines) {
		return ""
	}
	return strings.TrimRight(string(lines[pos.Line-1]), "\r")
}

// excerpt returns what the file says at the node, if that is short.
func (f *File) excerpt(n ast.Node) string {
	if n == nil || n.Pos().Filename() != f.name {
		return ""
	}
	from, to := n.Pos().Offset(), n.End().Offset()
	if from < 0 || to > len(f.text) || from >= to || to-from > 60 || bytes.ContainsAny(f.shown[from:to], "\n\r") {
		return ""
	}
	return string(f.shown[from:to])
}
