package schema

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"

	"github.com/fridaycounter/fridaycounter/rules"
)

// findings collects what is wrong with a source: one diagnostic for each path,
// the first that was found. Checks of our own come before CUE's, since they know
// the place better.
type findings struct {
	list    []finding
	unknown map[string]string // parent's path to a known field that a misspelt one resembles
}

type finding struct {
	path path
	Diagnostic
}

func (f *findings) any() bool { return len(f.list) > 0 }

// enough reports whether there are as many findings as are said.
func (s *source) enough() bool { return len(s.found.list) >= maxDiagnostics }

// add records a finding about a path, unless that path or one above it has one
// already. A finding without a path is always recorded.
func (s *source) add(p path, pos rules.Position, message, hint string) {
	message, line := s.discreet(p, message, s.line(pos))
	for _, old := range s.found.list {
		if len(old.path) > 0 && p.below(old.path) {
			return
		}
		if old.Position == pos && pos.Line > 0 && (old.Message == message || len(old.path) == 0 || len(p) == 0) {
			return
		}
	}
	s.found.list = append(s.found.list, finding{p, Diagnostic{
		Position: pos, Path: p.String(), Message: message, Hint: hint, Line: line,
	}})
}

var (
	userinfo = regexp.MustCompile(`://[^/@\s"]*@`)
	query    = regexp.MustCompile(`(https?://[^?\s"]*\?)[^\s"]+`)
	quoted   = regexp.MustCompile(`"[^"]*"`)
)

// discreet blots out what may be a secret that somebody wrote into the file: the
// user and the query in a URL, and every string of the file in a message about a login.
func (s *source) discreet(p path, message, line string) (string, string) {
	blot := func(text string) string { return strings.Repeat("*", len(text)) }
	message = userinfo.ReplaceAllString(message, "://***@")
	message = query.ReplaceAllString(message, "$1***")
	line = query.ReplaceAllStringFunc(line, func(u string) string {
		i := strings.IndexByte(u, '?') + 1
		return u[:i] + blot(u[i:])
	})
	line = userinfo.ReplaceAllStringFunc(line, func(u string) string { return "://" + blot(u[4:]) + "@" })
	if s.kind.isScenarios() {
		return message, line // there is no login
	}
	if slices.Contains(p, "auth") {
		message = quoted.ReplaceAllStringFunc(message, func(q string) string {
			if strings.Contains(line, q) {
				return `"***"`
			}
			return q
		})
	}
	if len(p) > 2 && p[1] == "bamboo" && !slices.Contains([]string{"url", "projects", "environments", "timeout"}, p[2]) {
		line = quoted.ReplaceAllStringFunc(line, func(q string) string { return `"` + blot(q[2:]) + `"` })
	}
	return message, line
}

// report records a finding about the value at the path.
func (s *source) report(p path, message, hint string) { s.add(p, s.position(p), message, hint) }

// reportAt records a finding about a node, which needs no path.
func (s *source) reportAt(n ast.Node, message, hint string) { s.add(nil, s.at(n.Pos()), message, hint) }

// missing records that a field is not there, at its parent's line, unless a
// misspelt field beside it is surely meant to be that one.
func (s *source) missing(p path) {
	parent, name := p[:len(p)-1], p[len(p)-1]
	if s.found.unknown[parent.String()] == name {
		return
	}
	s.add(p, s.at(s.find(parent).label.Pos()), `missing: want the field "`+name+`"`, "")
}

// diagnostics returns the findings in the order of the file.
func (s *source) diagnostics() []Diagnostic {
	slices.SortStableFunc(s.found.list, func(a, b finding) int {
		return cmp.Or(
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column),
			strings.Compare(a.Path, b.Path),
		)
	})
	ds := make([]Diagnostic, 0, len(s.found.list))
	for _, f := range s.found.list[:min(len(s.found.list), maxDiagnostics)] {
		ds = append(ds, f.Diagnostic)
	}
	return ds
}
