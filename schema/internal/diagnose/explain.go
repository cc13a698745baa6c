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

// Explain turns CUE's errors into findings: the user's position instead of the
// schema's, and the user's words instead of CUE's. When is appended to each message.
func (f *File) Explain(err error, when string) {
	before := len(f.found)
	for _, e := range errors.Errors(err) {
		if f.Full() {
			return
		}
		f.explainOne(e)
	}
	if len(f.found) == 0 {
		// An error must never be lost, however little is known about it.
		wrong, hint := translate(err.Error(), nil)
		f.reportAt(f.wrapper, wrong, hint)
	}
	for i := before; i < len(f.found); i++ {
		f.found[i].Message += when
	}
}

func (f *File) explainOne(e errors.Error) {
	p := f.pathOf(e)
	if f.said[p.String()] {
		return
	}
	message := messageOf(e)
	at, s := f.find(p), cmp.Or(f.shape.at(p), &Shape{})
	exact := len(at.path) == len(p) && len(p) > 0
	pos := f.At(f.best(e, at))
	isConflict := strings.HasPrefix(message, "conflicting values")
	isIncomplete := strings.HasPrefix(message, "incomplete value")
	isCount := strings.Contains(message, "Fields(") && !isConflict && s.Struct
	switch {
	case isConflict && exact && f.conflict(p, at.values):
	case strings.HasPrefix(message, "field is required but not present"), isIncomplete && !exact:
		if len(p) > 0 {
			f.Missing(p)
		}
	case strings.HasPrefix(message, "reference "):
		f.unresolved()
	case strings.HasPrefix(message, "undefined field: "):
		name := strings.Trim(strings.TrimPrefix(message, "undefined field: "), `"`)
		f.Add(p, pos, fmt.Sprintf("there is no %q", name), suggest(name, slices.DeleteFunc(f.names(), hidden))) // in #streaks["…"]
	case isCount && s.Field("reason") != nil && f.index[p.With("reason").String()] == nil:
		f.Missing(p.With("reason"))
	case isCount && s.Field("reason") == nil && s.Any == nil && !f.Kind.isScenarios():
		names := s.Names()
		end := len(names) - 1
		f.Report(p, "want exactly one of "+strings.Join(names[:end], ", ")+" and "+names[end], "")
	case exact && isWanted(message):
		f.refuse(p, at.values[0], s.Definition, message)
	default:
		wrong, hint := translate(message, p)
		f.Add(p, pos, wrong, hint)
	}
}

// conflict explains that a value is set twice, if the file says so.
func (f *File) conflict(p Path, values []ast.Expr) bool {
	first := f.excerpt(values[0])
	for _, v := range values[1:] {
		if other := f.excerpt(v); first != "" && other != "" && other != first {
			f.Add(p, f.At(v.Pos()), fmt.Sprintf("%s here, and %s in line %d", other, first, values[0].Pos().Line()), "write "+p[len(p)-1]+" once")
			return true
		}
	}
	return false
}

// pathOf returns the path of a CUE error below the counter, or none for an error
// in a let clause or a definition.
func (f *File) pathOf(e errors.Error) Path {
	var p Path
	for _, key := range e.Path() {
		if name, err := strconv.Unquote(key); err == nil {
			key = name
		}
		p = append(p, key)
	}
	if len(p) > 0 && f.shape.Field(p[0]) == nil && f.index[p[:1].String()] == nil {
		return nil
	}
	return p
}

// messageOf returns what the innermost CUE error says, which says most: "undefined field" instead of
// "invalid interpolation".
func messageOf(e errors.Error) (message string) {
	for ok := true; ok; e, ok = errors.Unwrap(e).(errors.Error) {
		if format, args := e.Msg(); format != "" {
			message = fmt.Sprintf(format, args...)
		}
	}
	return message
}

// best returns the error's position in the user's file that is furthest from its beginning within the
// place, or else the place itself.
func (f *File) best(e errors.Error, at location) token.Pos {
	var best token.Pos
	place := at.values[0]
	for _, pos := range errors.Positions(e) {
		inside := len(at.path) == 0 || pos.Offset() >= at.label.Pos().Offset() && pos.Offset() <= place.End().Offset()
		if pos.Filename() == f.name && pos != f.wrapper.Pos() && inside && pos.Offset() > best.Offset() {
			best = pos
		}
	}
	if !best.IsValid() {
		return place.Pos()
	}
	return best
}

// unresolved reports every name that nothing defines. CUE stops at the first.
func (f *File) unresolved() {
	for _, id := range f.syntax.Unresolved {
		isPackage := id.Pos().Line() == f.syntax.Pos().Line() && id.Name == f.syntax.PackageName()
		if f.Full() || isPackage || f.said[id.Name] || f.isBuiltin(id.Name) {
			continue
		}
		f.said[id.Name] = true
		hint := cmp.Or(suggest(id.Name, f.names()), "files beside "+f.Kind.Name+" are not read")
		if _, known, ok := lookup(mistakes().Names, id.Name, nil); ok {
			hint = known
		}
		f.reportAt(id, fmt.Sprintf("nothing here is called %q", id.Name), hint)
	}
}

// names returns the names that the file itself defines.
func (f *File) names() []string {
	names := []string{"true", "false"}
	ast.Walk(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			if name, _, err := ast.LabelName(n.Label); err == nil {
				names = append(names, name)
			}
		case *ast.LetClause:
			names = append(names, n.Ident.Name)
		}
		return true
	}, nil)
	return names
}
