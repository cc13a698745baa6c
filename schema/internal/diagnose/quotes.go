package diagnose

import (
	"regexp"
	"strconv"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// quotesHint says that a literal has quotes where a number or a boolean is wanted, or
// none where text is; "" if that is not what is wrong.
func (f *File) quotesHint(def string, lit *ast.BasicLit) string {
	wanted := f.definition(def).IncompleteKind()
	switch lit.Kind {
	case token.STRING:
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			return ""
		}
		if number.MatchString(text) && wanted&cue.NumberKind != 0 {
			return "take the quotes away: a number is wanted, not text"
		}
		if (text == "true" || text == "false") && wanted&cue.BoolKind != 0 {
			return "take the quotes away: true or false is wanted, not text"
		}
	case token.INT, token.FLOAT:
		quoted := f.Context.BuildExpr(ast.NewString(lit.Value))
		switch {
		case wanted&cue.StringKind == 0:
		case f.definition(def).Unify(quoted).Err() == nil:
			return "put it in quotes: text is wanted, not a number"
		case wanted&cue.NumberKind == 0:
			return "text is wanted, in quotes" // and another one
		}
	}
	return ""
}

// number is what people write as one.
var number = regexp.MustCompile(`^-?[0-9]+([.][0-9]+)?$`)

// textual is what counter.cue has of text that begins with a digit: durations, times,
// dates, currents, speeds and addresses.
var textual = regexp.MustCompile(`^(([0-9]+(ms|s|m|h|d|w))+|[0-9]{1,2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]+mA|[0-9.]+[kM]?Hz|[0-9]+([.][0-9]+){3}(:[0-9]+)?)$`)

// unquoted says what is wrong with the syntax at an offset where text that begins with a
// digit has no quotes, as 5m and 16:00; "" if that is not what is there.
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
	if textual.Match(f.text[from:to]) {
		return "put it in quotes: it is text"
	}
	return ""
}
