package diagnose

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
)

// parse reads the syntax. A mistake gives one finding: what the parser says after the first follows
// from that. A file that is only cut short says so.
func (f *File) parse() bool {
	file, err := parser.ParseFile(f.name, f.text, parser.AllErrors)
	if err == nil {
		f.syntax = file
		return true
	}
	if f.checkText(false) {
		return false
	}
	first := slices.MinFunc(errors.Errors(err), func(a, b errors.Error) int {
		return cmp.Compare(a.Position().Offset(), b.Position().Offset())
	})
	unbalanced, isOpen, mismatch := f.nest()
	word := f.unquoted(first.Position().Offset())
	isSure := sure.MatchString(messageOf(first))
	isCut := !mismatch && (f.cutShort(first) || isOpen && !isSure)
	if !isCut && f.inLine(first, word) {
		return false
	}
	d := unbalanced
	if !isCut && (!mismatch || isSure || word != "") {
		d.Position = f.At(first.Position())
		d.Message, d.Hint = f.explainSyntax(first, word)
	}
	f.Add(nil, d.Position, d.Message, d.Hint)
	return false
}

// sure is what the parser says that is no consequence of a bracket elsewhere.
var sure = regexp.MustCompile(`not terminated|illegal [cbU]|escape|multiline quote|expected label`)

var blots = regexp.MustCompile(`"(\\.|[^"\\\n])*"|//[^\n]*`)

// Blot returns a text of the same length with x for what stands in quotes, and spaces for comments.
func Blot(text string) string {
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
	others := f.found
	f.found = nil
	isFound := f.match(mistakes().Texts, 0, len(f.text), func(r row, _ []int) bool { return r.Certain || !certain })
	if !isFound {
		f.found = others
	}
	return isFound
}

// inLine looks the error up in the lines of mistakes.cue. What is found is the word, if there is one.
func (f *File) inLine(e errors.Error, word string) bool {
	line, column := f.line(f.At(e.Position())), e.Position().Column()-1
	from := e.Position().Offset() - column
	return f.match(mistakes().Lines, from, from+len(line), func(r row, m []int) bool {
		isHere := m[2] <= column && (m[1] >= column-1 || r.Anywhere)
		return isHere && (word == "" || line[m[2]:m[3]] == word)
	})
}

// match looks for a mistake in a part of the file: all that the first row finds and that is meant.
func (f *File) match(rows []row, from, to int, isMeant func(r row, found []int) bool) bool {
	before, text := len(f.found), string(f.shown[from:to])
	blotted := Blot(text)
	for _, r := range rows {
		for _, found := range regexp.MustCompile(r.Is).FindAllStringSubmatchIndex(blotted, maxDiagnostics) {
			if isMeant(r, found) {
				wrong, hint := r.explain(text, found)
				f.Add(nil, f.offset(from+found[2]), wrong, hint)
			}
		}
		if len(f.found) > before {
			return true
		}
	}
	return false
}

// cutShort reports whether the error is that the file ends too early, perhaps within a character.
func (f *File) cutShort(e errors.Error) bool {
	message, offset := messageOf(e), e.Position().Offset()
	return offset >= len(bytes.TrimRight(f.text, " \t\r\n")) || !utf8.FullRune(f.text[offset:]) ||
		strings.Contains(message, "'EOF'") ||
		strings.Contains(message, "not terminated") && e.Position().Line() >= f.end().Line
}

// explainSyntax explains the parser's error. Word is what stands there without quotes that it needs.
func (f *File) explainSyntax(e errors.Error, word string) (wrong, hint string) {
	offset, message := e.Position().Offset(), messageOf(e)
	above, below := string(f.shown[:offset]), string(f.shown[offset:])
	before, rest := above[strings.LastIndexByte(above, '\n')+1:], strings.SplitN(below, "\n", 2)[0]
	explained, hint, ok := lookup(mistakes().Syntax, message+"\n"+before+"\n"+rest, nil)
	switch blotted := Blot(above); {
	case strings.Contains(message, "UTF-8"):
		return fmt.Sprintf("the byte %#x is not UTF-8", f.text[offset]), "save the file as UTF-8"
	case word != "":
		return word + " needs quotes", f.quoting(before, word)
	case strings.Contains(blotted, "}") && depth(blotted) == 0:
		return "this stands after the last brace", "delete it, or write // before it"
	case ok:
		return explained, hint
	}
	return translate(message, nil)
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

// lastName is the last name in a text.
var lastName = regexp.MustCompile(`([A-Za-z_]\w*)[^A-Za-z_]*$`)

// quoting says what to write for a word without quotes, by the field that stands before it.
func (f *File) quoting(before, word string) string {
	if m := lastName.FindStringSubmatch(before); m != nil {
		for _, at := range f.shape.places() {
			field := at.Field(m[1])
			if field == nil || f.satisfies(field.Definition, word) {
				continue
			}
			if advice := f.wordAdvice(field.Definition, word); advice != "" {
				return advice
			}
		}
	}
	return "write " + strconv.Quote(word)
}
