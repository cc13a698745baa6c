package diagnose

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

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

var (
	userinfo = regexp.MustCompile(`(://)([^/@\s"]*)(@)`)
	query    = regexp.MustCompile(`(https?://[^?\s"]*\?)([^\s"]+)()`)
	login    = regexp.MustCompile(`(?i)\b(auth\w*|\w*token|pass\w*|pw|\w*secret|credentials?|\w*key)"?\s*[:=]`)
	words    = regexp.MustCompile(`"(\\.|[^"\\])*"|'[^']*'|[^\s"',:;{}()\[\]]+`)
	// keywords are what a line about a login has that is no secret, and a URL without a login.
	keywords = regexp.MustCompile(`^(auth|basic|token|username|password|credential|file|env|source|bamboo|url|environments|projects|write|NAME|PATH|https?://[^?@]*|\W*)$`)
)

// hideSecrets blots out what may be a secret that somebody wrote into the file: the user and the query
// in a URL, and whatever a line about a login has but its keywords.
func (f *File) hideSecrets(p Path, d *Diagnostic) {
	for _, part := range []*regexp.Regexp{userinfo, query} {
		d.Message = part.ReplaceAllString(d.Message, "$1***$3")
		d.Line = part.ReplaceAllStringFunc(d.Line, func(text string) string {
			m := part.FindStringSubmatch(text)
			return m[1] + strings.Repeat("*", len(m[2])) + m[3]
		})
	}
	unknown := len(p) > 2 && p[1] == "bamboo" && f.shape.at(p[:3]) == nil
	if f.Kind.isScenarios() || !unknown && !slices.Contains(p, "auth") && !login.MatchString(d.Line) {
		return
	}
	isSecret := func(word string) bool { return !keywords.MatchString(trim(word)) }
	var line []string
	for _, word := range words.FindAllString(d.Line, -1) {
		line = append(line, trim(word))
	}
	// isPart reports whether CUE may have read a part of a secret as a name or a number.
	isPart := func(text, word string) bool {
		part := trim(word)
		odd := strings.ContainsFunc(part, func(r rune) bool { return !unicode.IsLetter(r) })
		return strings.HasPrefix(text, "nothing here is called "+word) || len(part) > 2 && odd &&
			slices.ContainsFunc(line, func(whole string) bool { return isSecret(whole) && strings.Contains(whole, part) })
	}
	hide := func(text, with string) string {
		return words.ReplaceAllStringFunc(text, func(word string) string {
			elsewhere := word[0] == '"' && bytes.Contains(f.text, []byte(word))
			if isSecret(word) && (isPart(text, word) || elsewhere || slices.Contains(line, trim(word))) {
				return strings.Replace(word, trim(word), with, 1)
			}
			return word
		})
	}
	d.Message, d.Hint = hide(d.Message, "***"), hide(d.Hint, "NAME")
	d.Line = words.ReplaceAllStringFunc(d.Line, func(word string) string {
		if isSecret(word) {
			return strings.Repeat("*", len(word))
		}
		return word
	})
	p = slices.Clone(p)
	for i := slices.Index(p, "auth") + 1; 0 < i && i < len(p); i++ {
		if isSecret(p[i]) {
			p[i] = "***"
		}
	}
	d.Path = p.String()
}

// trim returns a word without its quotes.
func trim(word string) string { return strings.Trim(word, `"'`) }

// Report records a finding about the value at the path.
func (f *File) Report(p Path, message, hint string) { f.Add(p, f.Position(p), message, hint) }

// reportAt records a finding about a node, which needs no path.
func (f *File) reportAt(n ast.Node, message, hint string) { f.Add(nil, f.At(n.Pos()), message, hint) }

// Missing records that a field is not there, at its parent's line, unless a
// misspelled field of the same struct is surely meant to be that one.
func (f *File) Missing(p Path) {
	parent, name := p[:len(p)-1], p[len(p)-1]
	if f.misspelled[p.String()] {
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
