package diagnose

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/fridaycounter/fridaycounter/rules"
)

// parse reads the syntax. A mistake gives one finding: what the parser says after the first follows
// from that. A file that is only cut short says so.
func (f *File) parse() bool {
	if !f.checkEncoding() {
		return false
	}
	file, err := parser.ParseFile(f.name, f.text, parser.AllErrors)
	if err == nil {
		f.syntax = file
		return true
	}
	l := lex(f.name, f.text)
	first := slices.MinFunc(errors.Errors(err), func(a, b errors.Error) int {
		return cmp.Compare(a.Position().Offset(), b.Position().Offset())
	})
	broken := l.broken.IsValid() && !f.lastLine(l.broken)
	if f.checkMarkers() || f.checkFormat() {
		return false
	}
	f.reportSet()
	switch {
	case len(f.found) > 0:
	case l.unmatched == nil && !broken && (len(l.open) > 0 || f.cutShort(first)):
		f.Add(nil, f.end(), "file ends before the closing brace", "")
	case f.explainSyntax(first, l):
	case l.unmatched != nil:
		f.reportBracket(l)
	default:
		f.Add(nil, f.At(first.Position()), messageOf(first), "")
	}
	return false
}

// checkEncoding refuses an empty file, and one that is not UTF-8.
func (f *File) checkEncoding() bool {
	const save = "save the file as UTF-8"
	// In UTF-16 one of the two bytes of an ASCII letter is zero; the first two bytes may be a mark.
	utf16 := func(b []byte) bool { return len(b) > 1 && (b[0] == 0) != (b[1] == 0) }
	switch text := f.text; {
	case utf16(text), len(text) > 2 && utf16(text[2:]):
		f.Add(nil, f.offset(0), "the file is UTF-16", save)
	case len(bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))) == 0:
		f.Add(nil, f.end(), "the file is empty", "fridaycounter init writes one to begin with")
	default:
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRune(text[i:])
			if !utf8.FullRune(text[i:]) {
				break // the file is cut short
			}
			if r == utf8.RuneError && n == 1 {
				f.Add(nil, f.offset(i), fmt.Sprintf("the byte %#x is not UTF-8", text[i]), save)
				return false
			}
			i += n
		}
		return true
	}
	return false
}

// offset returns the position of a byte.
func (f *File) offset(i int) rules.Position {
	before := f.text[:i]
	return rules.Position{File: f.name, Line: bytes.Count(before, []byte("\n")) + 1, Column: i - bytes.LastIndexByte(before, '\n')}
}

var (
	marker = regexp.MustCompile(`(?m)^(<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)`)
	yaml   = regexp.MustCompile(`(?m)^[ \t]*- `)
	plain  = regexp.MustCompile(`^(---|[a-z_]+:)`)
)

// checkMarkers refuses what a version control system leaves of a conflict.
func (f *File) checkMarkers() bool {
	at := marker.FindIndex(f.text)
	if at == nil {
		return false
	}
	f.Add(nil, f.offset(at[0]), "a merge conflict is not resolved",
		"keep one of the two versions, and delete the lines with <<<<<<<, ======= and >>>>>>>")
	return true
}

// checkFormat refuses YAML. JSON is CUE.
func (f *File) checkFormat() bool {
	if bytes.Contains(f.text, []byte("#Counter")) || !plain.Match(bytes.TrimSpace(f.text)) || !yaml.Match(f.text) {
		return false
	}
	f.Add(nil, f.offset(0), "this is YAML, and "+f.Kind.Name+" is CUE", "fridaycounter init writes one to begin with")
	return true
}

// cutShort reports whether the error is that the file ends too early.
func (f *File) cutShort(e errors.Error) bool {
	message := messageOf(e)
	return e.Position().Offset() >= len(bytes.TrimRight(f.text, " \t\r\n")) ||
		strings.Contains(message, "'EOF'") ||
		strings.Contains(message, "not terminated") && f.lastLine(e.Position())
}

// lastLine reports whether the position is on the last line that is not empty.
func (f *File) lastLine(pos token.Pos) bool { return pos.Line() >= f.end().Line }
