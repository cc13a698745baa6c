package diagnose

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"cuelang.org/go/cue/errors"
)

// A syntaxMistake is one in the syntax that people make, and the parser explains in its own terms.
type syntaxMistake struct {
	anywhere bool // on the line; else the parser's position is within the match
	// pattern matches the line, in which texts in quotes are blotted out. Its first group is the mistake.
	pattern *regexp.Regexp
	message string // with $1 for the first group
	hint    string
}

// syntaxMistakes in their order: the first that matches is meant.
var syntaxMistakes = []syntaxMistake{
	{true, regexp.MustCompile(`(?:^|\s)(#)(?:$|\s|\w+ \w)`), "# does not begin a comment", "write // in place of #"},
	{true, regexp.MustCompile(`^\s*(/\*|\*/|\*\s)`), "$1 does not begin a comment", "write // at the beginning of each line"},
	{false, regexp.MustCompile(`(/\*)`), "$1 does not begin a comment", "write // at the beginning of each line"},
	{true, regexp.MustCompile(`^\s*(--|;|<!--|%|')`), "$1 does not begin a comment", "write // in place of $1"},
	{false, regexp.MustCompile(`([\w"-]+)\s*:=`), `$1 is set with ":="`, `write $1:`},
	{false, regexp.MustCompile(`^\s*(import)\b`), "an import stands above everything else", "move it below the package clause"},
	{false, regexp.MustCompile(`^(package\s.*)$`), "a package has a plain name", "write package counter"},
	{false, regexp.MustCompile(`(schema\.#\w+)\s*:?\s*\{`), "an & is missing", "write $1 & {"},
	{false, regexp.MustCompile(`\b(if)\b[^{]*$`), "an if has its fields in braces", "write if … {…}"},
	{false, regexp.MustCompile(`(?:^|[{,])\s*([A-Za-z0-9_]+(?:[-. ]+[A-Za-z0-9_]+)+)\s*:`), "$1 needs quotes as a name", `write "$1":`},
	{false, regexp.MustCompile(`:\s*([A-Za-z_]\w*(?:[-.]+\w+)+)\s*:`), "$1 needs quotes as a name", `write "$1":`},
	{false, regexp.MustCompile(`(;)`), "CUE has no ;", "write a comma, or a new line"},
	{false, regexp.MustCompile(`(,\s*,)`), "one comma too many", "delete it"},
}

// escape is a backslash that a text in quotes cannot have.
var escape = regexp.MustCompile(`\\[^abfnrtv\\/"'(uU0-7x]`)

// explainSyntax explains the parser's first error, if it is a known mistake.
func (f *File) explainSyntax(e errors.Error, l *tokenStream) bool {
	pos := e.Position()
	message, line := messageOf(e), f.line(f.At(pos))
	column := pos.Column() - 1
	if column < 0 || column > len(line) {
		return false
	}
	switch before, rest := line[:column], line[column:]; {
	case strings.HasPrefix(message, "illegal character"):
		f.illegal(e, rest)
	case strings.Contains(message, "escape"):
		f.escape(e, line)
	case strings.Contains(message, "string literal not terminated"):
		f.Add(nil, f.At(pos), `a text is open: its closing " is missing, or this " is one too many`, "")
	case f.unquoted(pos.Offset()) != "":
		word := f.unquoted(pos.Offset())
		f.Add(nil, f.At(pos), word+" needs quotes", fmt.Sprintf("write %q", word))
	case f.knownMistake(e, line, column):
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

var (
	lastWord  = regexp.MustCompile(`([\w#-]+|"[^"]*")\s*$`)
	firstWord = regexp.MustCompile(`^("[^"]*"|[\w#-]+|.?)`)
	texts     = regexp.MustCompile(`"(\\.|[^"\\])*"`)
)

// knownMistake looks the error up in syntaxMistakes.
func (f *File) knownMistake(e errors.Error, line string, column int) bool {
	blotted := texts.ReplaceAllStringFunc(line, func(text string) string { return `"` + strings.Repeat("x", len(text)-2) + `"` })
	if code, _, ok := strings.Cut(blotted, "//"); ok {
		blotted = code
	}
	for _, s := range syntaxMistakes {
		for _, m := range s.pattern.FindAllStringSubmatchIndex(blotted, -1) {
			if m[2] > column || m[1] < column-1 && !s.anywhere {
				continue
			}
			expand := func(text string) string { return strings.ReplaceAll(text, "$1", line[m[2]:m[3]]) }
			f.Add(nil, f.offset(e.Position().Offset()-column+m[2]), expand(s.message), expand(s.hint))
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

// escape explains a single backslash in a text.
func (f *File) escape(e errors.Error, line string) {
	column := e.Position().Column() - 1
	for _, at := range texts.FindAllStringIndex(line, -1) {
		if at[0] > column || at[1] <= column {
			continue
		}
		text := line[at[0]:at[1]]
		write := escape.ReplaceAllStringFunc(text, func(s string) string { return `\` + s })
		if zone := strings.ReplaceAll(text, `\`, "/"); strings.Contains(line[:at[0]], "timezone") {
			write = zone
		}
		f.Add(nil, f.At(e.Position()), `a backslash in a text is doubled`, "write "+write)
		return
	}
	f.Add(nil, f.At(e.Position()), `a backslash in a text is doubled`, `write \\`)
}

// unquoted returns the word at an offset if it begins with a digit and is no number, as 5m and 16:00.
func (f *File) unquoted(offset int) string {
	if offset < 0 || offset >= len(f.text) {
		return ""
	}
	digit := func(i int) bool { return i >= 0 && i < len(f.text) && '0' <= f.text[i] && f.text[i] <= '9' }
	inside := func(i int) bool { // the word; a colon is between digits, or behind a field's name
		c := f.text[i]
		return digit(i) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '.' || c == '-' || c == ':' && digit(i-1) && digit(i+1)
	}
	from, to := offset, offset
	for from > 0 && inside(from-1) {
		from--
	}
	for to < len(f.text) && inside(to) {
		to++
	}
	if word := string(f.text[from:to]); digit(from) && strings.Trim(word, "0123456789.") != "" || strings.Count(word, ".") == 2 {
		return word
	}
	return ""
}

// afterEnd reports whether an offset is outside of all braces, after one that closed.
func afterEnd(l *tokenStream, offset int) bool {
	after := false
	for _, x := range l.tokens {
		if x.pos.Offset() > offset {
			break
		}
		if x.depth == 0 && x.text == "" && x.token.String() == "}" {
			after = true
		}
		if x.depth > 0 {
			after = false
		}
	}
	return after
}
