package schema

import (
	"strconv"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// quotesHint says that a literal has quotes where a number or a boolean is wanted, or
// none where text is; "" if that is not what is wrong.
func (s *source) quotesHint(def string, lit *ast.BasicLit) string {
	wanted := s.definition(def).IncompleteKind()
	switch lit.Kind {
	case token.STRING:
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			return ""
		}
		if _, err := strconv.ParseFloat(text, 64); err == nil && wanted&cue.NumberKind != 0 {
			return "take the quotes away: a number is wanted, not text"
		}
		if (text == "true" || text == "false") && wanted&cue.BoolKind != 0 {
			return "take the quotes away: true or false is wanted, not text"
		}
	case token.INT, token.FLOAT:
		quoted := s.context.BuildExpr(ast.NewString(lit.Value))
		switch {
		case wanted&cue.StringKind == 0:
		case s.definition(def).Unify(quoted).Err() == nil:
			return "put it in quotes: text is wanted, not a number"
		case wanted&cue.NumberKind == 0:
			return "text is wanted, in quotes" // and another one
		}
	}
	return ""
}

// unquoted says what is wrong with the syntax at an offset where text that begins with a
// digit has no quotes, as 5m and 16:00; "" if that is not what is there.
func (s *source) unquoted(offset int) string {
	if offset < 1 || offset >= len(s.text) {
		return ""
	}
	before, at := s.text[offset-1], s.text[offset]
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	if digit(before) && (at == ':' || 'a' <= at && at <= 'z' || 'A' <= at && at <= 'Z') || digit(at) && (before == '-' || before == ':') {
		return "put it in quotes: it is text"
	}
	return ""
}
