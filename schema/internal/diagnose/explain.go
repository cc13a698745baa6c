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
		if f.Enough() {
			return
		}
		f.explainOne(e)
	}
	if len(f.found) == 0 {
		// An error must never be lost, however little is known about it.
		f.reportAt(f.wrapper, tidy(err.Error()), "")
	}
	for i := before; i < len(f.found); i++ {
		f.found[i].Message += when
	}
}

func (f *File) explainOne(e errors.Error) {
	p := f.pathOf(e)
	format, args := cause(e).Msg()
	message := messageOf(cause(e))
	at := f.find(p)
	exact := at.depth == len(p) && len(p) > 0
	switch {
	case message == "field not allowed":
		pos := f.At(at.label.Pos())
		if !exact {
			pos = f.At(f.best(e, at))
		}
		f.Add(p, pos, "no such field", "")
	case strings.HasPrefix(message, "field is required but not present"),
		strings.HasPrefix(message, "incomplete value") && !exact:
		if len(p) > 0 {
			f.Missing(p)
		}
	case strings.HasPrefix(message, "incomplete value") && strings.Contains(message, " | "):
		f.ambiguous(p, at, e)
	case limits(message, "MinFields("), limits(message, "MaxFields("):
		f.count(p)
	case limits(message, "MinItems("):
		f.Report(p, "the list is empty: want at least one", "")
	case strings.HasPrefix(format, "reference %q not found"):
		f.unresolved()
	case strings.HasPrefix(format, "undefined field") && len(args) > 0:
		name := strings.Trim(fmt.Sprint(args[0]), `"`)
		f.Add(p, f.At(f.best(e, at)), fmt.Sprintf("there is no %q", name), suggest(name, keys(f.find(Path{"rules"})))) // in #streaks["…"]
	case exact && isWanted(message):
		value := at.values[0]
		f.Add(p, f.At(value.Pos()), f.wrong(value, message), f.suggestAt(p, value))
	case exact && strings.Contains(message, "mismatched types"):
		f.Add(p, f.At(at.values[0].Pos()), f.mismatch(at.values[0], message), "")
	case strings.Contains(message, "mismatched types"):
		f.Add(p, f.At(f.best(e, at)), mismatched(message), "")
	default:
		f.Add(p, f.At(f.best(e, at)), tidy(message), "")
	}
}

// limits reports whether the message says that a validator limits a number. Other
// messages have its name too, where they quote a definition.
func limits(message, validator string) bool {
	return strings.Contains(message, validator) &&
		!strings.HasPrefix(message, "conflicting values") && !strings.HasPrefix(message, "incomplete value")
}

// ambiguous says that a disjunction leaves more than one value.
func (f *File) ambiguous(p Path, at place, e errors.Error) {
	what := "the value"
	if at.depth == len(p) && len(p) > 0 {
		what = cmp.Or(f.excerpt(at.values[0]), what)
	}
	f.Add(p, f.At(f.best(e, at)), what+" may be one or the other: want one value, without |", "")
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
	if len(p) > 0 {
		if _, ok := FieldNamed(f.Kind.Root, p[0]); !ok && f.find(p[:1]).depth == 0 {
			return nil
		}
	}
	return p
}

// cause returns the innermost CUE error, which says most: "undefined field"
// instead of "invalid interpolation".
func cause(e errors.Error) errors.Error {
	for {
		inner, ok := errors.Unwrap(e).(errors.Error)
		if !ok || messageOf(inner) == "" {
			return e
		}
		e = inner
	}
}

// messageOf returns what a CUE error says of itself.
func messageOf(e errors.Error) string {
	format, args := e.Msg()
	return fmt.Sprintf(format, args...)
}

// best returns the error's position in the user's file that is furthest from its
// beginning within the place, or else the place itself.
func (f *File) best(e errors.Error, at place) token.Pos {
	from, to := at.label.Pos(), at.label.End()
	if len(at.values) > 0 {
		to = at.values[0].End()
	}
	if at.depth == 0 {
		from, to = f.syntax.Pos(), f.syntax.End()
	}
	var best token.Pos
	for _, pos := range slices.Concat(errors.Positions(e), errors.Positions(cause(e))) {
		if pos.IsValid() && pos.Filename() == f.name && pos != f.wrapper.Pos() &&
			pos.Offset() >= from.Offset() && pos.Offset() <= to.Offset() &&
			(!best.IsValid() || pos.Offset() > best.Offset()) {
			best = pos
		}
	}
	if best.IsValid() {
		return best
	}
	if len(at.values) > 0 && at.depth > 0 {
		return at.values[0].Pos()
	}
	return at.label.Pos()
}

// isWanted reports whether the message is one of the schema's own.
func isWanted(message string) bool { return strings.HasPrefix(message, "not a") }

// count says what "exactly one" means at a path, for the structs that the schema
// limits by the number of their fields.
func (f *File) count(p Path) {
	switch last := p[len(p)-1]; {
	case f.Kind.isScenarios() && len(p) == 1:
		f.Report(p, "want at least one scenario", "")
	case f.Kind.isScenarios():
		f.Report(p, "says nothing: want at least one of weeks, days, since, breach, known and at_least", "")
	case last == "source":
		f.Report(p, "want exactly one of bamboo and file", "")
	case last == "auth":
		f.Report(p, "want exactly one of token and basic", "")
	case last == "token", last == "password":
		f.Report(p, "want exactly one of credential, file and env", "")
	case last == "rules":
		f.Report(p, "want at least one rule", "")
	case f.find(p.With("reason")).depth < len(p)+1:
		f.Missing(p.With("reason"))
	default:
		f.Report(p, "want at least one of id, version, project, environment and dates beside the reason", "")
	}
}

// unresolved reports every name that nothing defines. CUE stops at the first.
func (f *File) unresolved() {
	known := map[string]bool{} // whether CUE has it
	for _, id := range f.syntax.Unresolved {
		if id.Pos().Line() == f.syntax.Pos().Line() && id.Name == f.syntax.PackageName() {
			continue // the package clause
		}
		is, seen := known[id.Name]
		if !seen {
			is = f.Context.CompileString("x: "+id.Name).Err() == nil
			known[id.Name] = is
		}
		if is {
			continue
		}
		hint := cmp.Or(suggest(id.Name, f.names()), "files beside "+f.Kind.Name+" are not read")
		if id.Name == "#streak" || id.Name == "#streaks" {
			hint = "write " + id.Name + ": _ inside the braces to use it"
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
