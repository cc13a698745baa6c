package schema

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

// explain turns CUE's errors into findings: the user's position instead of the
// schema's, and the user's words instead of CUE's.
func (s *source) explain(err error) {
	for _, e := range errors.Errors(err) {
		if s.enough() {
			return
		}
		s.explainOne(e)
	}
	if !s.found.any() {
		// An error must never be lost, however little is known about it.
		s.reportAt(s.wrapper, tidy(err.Error()), "")
	}
}

func (s *source) explainOne(e errors.Error) {
	p := s.pathOf(e)
	format, args := cause(e).Msg()
	message := messageOf(cause(e))
	at := s.find(p)
	exact := at.depth == len(p) && len(p) > 0
	switch {
	case message == "field not allowed":
		pos := s.at(at.label.Pos())
		if !exact {
			pos = s.at(s.best(e, at))
		}
		s.add(p, pos, "no such field", "")
	case strings.HasPrefix(message, "field is required but not present"),
		strings.HasPrefix(message, "incomplete value") && !exact:
		if len(p) > 0 {
			s.missing(p)
		}
	case strings.HasPrefix(message, "incomplete value") && strings.Contains(message, " | "):
		s.ambiguous(p, at, e)
	case limits(message, "MinFields("), limits(message, "MaxFields("):
		s.count(p)
	case limits(message, "MinItems("):
		s.report(p, "the list is empty: want at least one", "")
	case strings.HasPrefix(format, "reference %q not found"):
		s.unresolved()
	case strings.HasPrefix(format, "undefined field") && len(args) > 0:
		name := strings.Trim(fmt.Sprint(args[0]), `"`)
		s.add(p, s.at(s.best(e, at)), fmt.Sprintf("there is no %q", name), suggest(name, keys(s.find(path{"rules"})))) // in #streaks["…"]
	case exact && isWanted(message):
		value := at.values[0]
		s.add(p, s.at(value.Pos()), s.wrong(value, message), s.suggestAt(p, value))
	case exact && strings.Contains(message, "mismatched types"):
		s.add(p, s.at(at.values[0].Pos()), s.mismatch(at.values[0], message), "")
	case strings.Contains(message, "mismatched types"):
		s.add(p, s.at(s.best(e, at)), mismatched(message), "")
	default:
		s.add(p, s.at(s.best(e, at)), tidy(message), "")
	}
}

// limits reports whether the message says that a validator limits a number. Other
// messages have its name too, where they quote a definition.
func limits(message, validator string) bool {
	return strings.Contains(message, validator) &&
		!strings.HasPrefix(message, "conflicting values") && !strings.HasPrefix(message, "incomplete value")
}

// ambiguous says that a disjunction leaves more than one value.
func (s *source) ambiguous(p path, at place, e errors.Error) {
	what := "the value"
	if at.depth == len(p) && len(p) > 0 {
		what = cmp.Or(s.excerpt(at.values[0]), what)
	}
	s.add(p, s.at(s.best(e, at)), what+" may be one or the other: want one value, without |", "")
}

// pathOf returns the path of a CUE error below the counter, or none for an error
// in a let clause or a definition.
func (s *source) pathOf(e errors.Error) path {
	var p path
	for _, key := range e.Path() {
		if name, err := strconv.Unquote(key); err == nil {
			key = name
		}
		p = append(p, key)
	}
	if len(p) > 0 {
		if _, ok := fieldNamed(s.kind.root, p[0]); !ok && s.find(p[:1]).depth == 0 {
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
func (s *source) best(e errors.Error, at place) token.Pos {
	from, to := at.label.Pos(), at.label.End()
	if len(at.values) > 0 {
		to = at.values[0].End()
	}
	if at.depth == 0 {
		from, to = s.file.Pos(), s.file.End()
	}
	var best token.Pos
	for _, pos := range slices.Concat(errors.Positions(e), errors.Positions(cause(e))) {
		if pos.IsValid() && pos.Filename() == s.name && pos != s.wrapper.Pos() &&
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
func (s *source) count(p path) {
	switch last := p[len(p)-1]; {
	case s.kind.isScenarios() && len(p) == 1:
		s.report(p, "want at least one scenario", "")
	case s.kind.isScenarios():
		s.report(p, "says nothing: want at least one of weeks, days, since, breach, known and at_least", "")
	case last == "source":
		s.report(p, "want exactly one of bamboo and file", "")
	case last == "auth":
		s.report(p, "want exactly one of token and basic", "")
	case last == "token", last == "password":
		s.report(p, "want exactly one of credential, file and env", "")
	case last == "rules":
		s.report(p, "want at least one rule", "")
	case s.find(p.with("reason")).depth < len(p)+1:
		s.missing(p.with("reason"))
	default:
		s.report(p, "want at least one of id, version, project, environment and dates beside the reason", "")
	}
}

// unresolved reports every name that nothing defines. CUE stops at the first.
func (s *source) unresolved() {
	known := map[string]bool{} // whether CUE has it
	for _, id := range s.file.Unresolved {
		if id.Pos().Line() == s.file.Pos().Line() && id.Name == s.file.PackageName() {
			continue // the package clause
		}
		is, seen := known[id.Name]
		if !seen {
			is = s.context.CompileString("x: "+id.Name).Err() == nil
			known[id.Name] = is
		}
		if is {
			continue
		}
		hint := cmp.Or(suggest(id.Name, s.names()), "files beside "+s.kind.file+" are not read")
		if id.Name == "#streak" || id.Name == "#streaks" {
			hint = "write " + id.Name + ": _ inside the braces to use it"
		}
		s.reportAt(id, fmt.Sprintf("nothing here is called %q", id.Name), hint)
	}
}

// names returns the names that the file itself defines.
func (s *source) names() []string {
	names := []string{"true", "false"}
	ast.Walk(s.file, func(n ast.Node) bool {
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
