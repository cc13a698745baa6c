package diagnose

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
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
	if f.checkText(false) {
		return false
	}
	l := lex(f.name, f.text)
	first := slices.MinFunc(errors.Errors(err), func(a, b errors.Error) int {
		return cmp.Compare(a.Position().Offset(), b.Position().Offset())
	})
	broken := l.broken.IsValid() && !f.lastLine(l.broken)
	switch {
	case l.unmatched == nil && !broken && (len(l.open) > 0 || f.cutShort(first)):
		if !f.reportIndent() {
			f.Add(nil, f.end(), "file ends before the closing brace", "")
		}
	case f.explainSyntax(first, l):
	case l.unmatched != nil:
		f.reportBracket(l)
	default:
		wrong, hint := f.translate(messageOf(first))
		f.Add(nil, f.At(first.Position()), wrong, hint)
	}
	return false
}

// checkEncoding refuses an empty file, and one that is not UTF-8.
func (f *File) checkEncoding() bool {
	const save = "save the file as UTF-8"
	// In UTF-16 one of the two bytes of an ASCII letter is zero; the first two bytes may be a mark.
	utf16 := func(b []byte) bool { return len(b) > 1 && (b[0] == 0) != (b[1] == 0) }
	switch text := f.text; {
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		f.Add(nil, f.offset(0), "the file is compressed", "gunzip it")
	case utf16(text), len(text) > 2 && utf16(text[2:]):
		f.Add(nil, f.offset(0), "the file is UTF-16", save)
	case len(bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))) == 0:
		f.Add(nil, f.end(), "the file is empty", "fridaycounter init writes one to begin with")
	case bytes.ContainsRune(text, '\r') && !bytes.ContainsRune(text, '\n'):
		f.Add(nil, f.offset(0), "the lines end in CR alone", "save the file with line ends of Unix, LF")
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
	lastWord  = regexp.MustCompile(`([\w#-]+|"[^"]*")\s*$`)
	firstWord = regexp.MustCompile(`^("[^"]*"|[\w#-]+|.?)`)
	texts     = regexp.MustCompile(`"(\\.|[^"\\\n])*"`)
	blots     = regexp.MustCompile(texts.String() + `|//[^\n]*`)
)

// blot returns a text of the same length with x for what stands in quotes, and spaces for comments.
func blot(text string) string {
	return blots.ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '"' {
			return `"` + strings.Repeat("x", len(s)-2) + `"`
		}
		return strings.Repeat(" ", len(s))
	})
}

// checkText looks for mistakes that the text alone shows, as several fields that are set with "=", or for
// those that are certain. What it finds stands in place of all else.
func (f *File) checkText(certain bool) bool {
	text, others := blot(string(f.shown)), f.found
	f.found = nil
	for _, r := range f.mistakes().Texts {
		if certain && !r.Certain || len(f.found) > 0 {
			continue
		}
		for _, found := range regexp.MustCompile(r.Is).FindAllStringSubmatchIndex(text, maxDiagnostics) {
			wrong, hint := r.explain(string(f.shown), found)
			f.Add(nil, f.offset(found[2]), wrong, hint)
		}
	}
	if len(f.found) > 0 {
		return true
	}
	f.found = others
	return false
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

// explainSyntax explains the parser's first error, if it is a known mistake.
func (f *File) explainSyntax(e errors.Error, l *tokenStream) bool {
	pos := e.Position()
	message, line := messageOf(e), f.line(f.At(pos))
	column := pos.Column() - 1
	if column < 0 || column > len(line) {
		return false
	}
	word := f.unquoted(pos.Offset())
	switch before, rest := line[:column], line[column:]; {
	case f.inLine(e, line, column, word):
	case strings.HasPrefix(message, "illegal character"):
		f.illegal(e, rest)
	case strings.Contains(message, "escape"):
		f.escape(e, line)
	case strings.Contains(message, "string literal not terminated"):
		f.Add(nil, f.At(pos), `a text is open: its closing " is missing, or this " is one too many`, "")
	case word != "":
		f.Add(nil, f.At(pos), word+" needs quotes", f.quoting(before, word))
	case afterEnd(l, pos.Offset()):
		f.Add(nil, f.At(pos), "this stands after the last brace", "delete it, or write // before it")
	case strings.HasPrefix(message, "expected label or ':', found"):
		name := lastWord.FindString(before)
		if name == "" {
			return false
		}
		f.Add(nil, f.At(pos), "a colon is missing after "+strings.TrimSpace(name), "write "+strings.TrimSpace(name)+":")
	case l.unmatched == nil && strings.HasPrefix(message, "missing ','"):
		f.Add(nil, f.At(pos), "a comma is missing before "+firstWord.FindString(rest), "")
	default:
		return false
	}
	return true
}

// inLine looks the error up in the lines of mistakes.cue.
func (f *File) inLine(e errors.Error, line string, column int, word string) bool {
	blotted := blot(line)
	for _, r := range f.mistakes().Lines {
		for _, m := range regexp.MustCompile(r.Is).FindAllStringSubmatchIndex(blotted, -1) {
			if m[2] > column || m[1] < column-1 && !r.Anywhere || word != "" && line[m[2]:m[3]] != word {
				continue
			}
			wrong, hint := r.explain(line, m)
			f.Add(nil, f.offset(e.Position().Offset()-column+m[2]), wrong, hint)
			return true
		}
	}
	return false
}

// illegal explains a character that CUE does not know: other quotes, and spaces that look like one.
func (f *File) illegal(e errors.Error, rest string) {
	r, _ := utf8.DecodeRuneInString(rest)
	message, hint := fmt.Sprintf("the character %c cannot stand here", r), ""
	switch {
	case strings.ContainsRune("“”„‟«»″`´‘’‚", r):
		message, hint = fmt.Sprintf("%c is no quote in CUE", r), `write " in place of it, at both ends`
	case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r):
		message, hint = fmt.Sprintf("there is an invisible character, %U", r), "delete it, and type a space if one is wanted"
	case !unicode.IsPrint(r):
		message = fmt.Sprintf("there is an invisible character, %U", r)
	case r >= '！' && r <= '～':
		hint = fmt.Sprintf("write %c", r-'！'+'!')
	}
	f.Add(nil, f.At(e.Position()), message, hint)
}

// escape is a backslash that a text in quotes cannot have.
var escape = regexp.MustCompile(`\\[^abfnrtv\\/"'(uU0-7x]`)

// escape explains a single backslash in a text.
func (f *File) escape(e errors.Error, line string) {
	write := `\\`
	for _, at := range texts.FindAllStringIndex(line, -1) {
		if column := e.Position().Column() - 1; at[0] > column || at[1] <= column {
			continue
		}
		write = escape.ReplaceAllStringFunc(line[at[0]:at[1]], func(s string) string { return `\` + s })
		if strings.Contains(line[:at[0]], "timezone") {
			write = strings.ReplaceAll(line[at[0]:at[1]], `\`, "/")
		}
	}
	f.Add(nil, f.At(e.Position()), `a backslash in a text is doubled`, "write "+write)
}

// unquotedWord begins with a digit and is no number, as 5m and 16:00.
var unquotedWord = regexp.MustCompile(`[0-9](?:[0-9]:[0-9]|[0-9A-Za-z.-])*`)

// unquoted returns the word at an offset if it needs quotes; "" if it does not.
func (f *File) unquoted(offset int) string {
	for _, at := range unquotedWord.FindAllIndex(f.shown, -1) {
		word := string(f.shown[at[0]:at[1]])
		if at[0] <= offset && offset < at[1] && (strings.Trim(word, "0123456789.") != "" || strings.Count(word, ".") == 2) {
			return word
		}
	}
	return ""
}

// quoting says what to write for a word without quotes, by the field that stands before it.
func (f *File) quoting(before, word string) string {
	hint := fmt.Sprintf("write %q", word)
	names := regexp.MustCompile(`[A-Za-z_]\w*`).FindAllString(before, -1)
	for _, at := range f.shape.places() {
		if len(names) == 0 || at.Field(names[len(names)-1]) == nil {
			continue
		}
		def := at.Field(names[len(names)-1]).Definition
		if advice := f.wordAdvice(def, word); def != "" && !f.satisfies(def, word) && advice != "" {
			return advice
		}
	}
	return hint
}

// afterEnd reports whether an offset is outside of all braces, after one that closed.
func afterEnd(l *tokenStream, offset int) bool {
	after := false
	for _, x := range l.tokens {
		if x.pos.Offset() <= offset {
			after = x.depth == 0 && (after || x.token == token.RBRACE)
		}
	}
	return after
}
