package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Diagnostic is one mistake in a file.
type Diagnostic struct {
	Position rules.Position // in the user's file, never in the schema; line 0 means the whole file
	Path     string         // "" for the whole file
	Message  string
	Hint     string // what to write instead; may be ""
	Line     string // the source line, without secrets; "" when Position has no line, or it is long
}

// A finding is a diagnostic with its path. There is one for each path, the first that was found:
// checks of our own come before CUE's, since they know the place better.
type finding struct {
	path Path
	Diagnostic
}

// maxDiagnostics bounds the diagnostics of one file.
const maxDiagnostics = 50

// maxLine is the bytes of a source line that is quoted; one that is longer helps nobody.
const maxLine = 1000

// Count returns the number of findings so far.
func (f *File) Count() int { return len(f.found) }

// Full reports whether there are as many findings as are reported.
func (f *File) Full() bool { return len(f.found) >= maxDiagnostics }

// FoundBelow reports whether something is wrong at the path or below it.
func (f *File) FoundBelow(p Path) bool {
	return slices.ContainsFunc(f.found, func(x finding) bool { return x.path.Below(p) })
}

// Add records a finding about a path, unless that path or one above it has one
// already. A finding without a path is always recorded.
func (f *File) Add(p Path, pos rules.Position, message, hint string) {
	// In mistakes.cue it is the policy.
	hint = strings.NewReplacer("write package counter", "write package "+f.Kind.Package, "fridaycounter init writes", f.Kind.Init+" writes").Replace(hint)
	d := Diagnostic{Position: pos, Path: p.String(), Message: message, Hint: hint, Line: f.line(pos)}
	f.hideSecrets(p, &d)
	for _, old := range f.found {
		if len(old.path) > 0 && p.Below(old.path) {
			return
		}
		if old.Position == pos && pos.Line > 0 && (old.Message == d.Message || len(old.path) == 0 || len(p) == 0) {
			return
		}
	}
	if len(d.Line) > maxLine {
		d.Line = ""
	}
	f.found = append(f.found, finding{p, d})
}

// Report records a finding about the value at the path.
func (f *File) Report(p Path, message, hint string) { f.Add(p, f.Position(p), message, hint) }

// ReportError records an error about the value at the path, in our words.
func (f *File) ReportError(p Path, err error) {
	wrong, hint := translate(err.Error(), p)
	f.Report(p, wrong, hint)
}

// reportAt records a finding about a node, which needs no path.
func (f *File) reportAt(n ast.Node, message, hint string) { f.Add(nil, f.At(n.Pos()), message, hint) }

const noSuchField = "no such field"

// Missing records that a field is not there, at its parent's line, unless a field of the same struct that
// the schema does not have may be meant to be that one.
func (f *File) Missing(p Path) {
	parent, name := p[:len(p)-1], p[len(p)-1]
	isMisspelled := func(x finding) bool {
		return x.Message == noSuchField && len(x.path) == len(p) && x.path.Below(parent)
	}
	if slices.ContainsFunc(f.found, isMisspelled) {
		return
	}
	f.Add(p, f.At(f.find(parent).label.Pos()), `missing: want the field "`+name+`"`, "")
}

// Diagnostics returns the findings in the order of the file.
func (f *File) Diagnostics() []Diagnostic {
	slices.SortStableFunc(f.found, func(a, b finding) int {
		return cmp.Or(
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column),
			strings.Compare(a.Path, b.Path),
		)
	})
	ds := make([]Diagnostic, 0, len(f.found))
	for _, x := range f.found[:min(len(f.found), maxDiagnostics)] {
		ds = append(ds, x.Diagnostic)
	}
	return ds
}
