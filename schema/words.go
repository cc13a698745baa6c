package schema

import (
	"fmt"
	"regexp"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// wrong returns `"Frday" is not a weekday: want …` for the schema's message.
func (s *source) wrong(value ast.Node, err error) string {
	message := err.Error()
	if e, ok := err.(errors.Error); ok {
		format, args := cause(e).Msg()
		message = fmt.Sprintf(format, args...)
	}
	switch {
	case isWanted(message):
	case kinds.MatchString(message):
		return s.mismatch(value, message)
	default:
		return tidy(message)
	}
	if text := s.excerpt(value); text != "" {
		return text + " is " + message
	}
	return message
}

var kinds = regexp.MustCompile(`mismatched types ([a-z]+) and (.+)\)$`)

// mismatch says "want a list, not a string".
func (s *source) mismatch(value ast.Node, message string) string {
	var have string
	switch x := value.(type) {
	case *ast.BasicLit:
		have = x.Value
	case *ast.StructLit:
		have = "a struct"
	case *ast.ListLit:
		have = "a list"
	default:
		return mismatched(message)
	}
	m := kinds.FindStringSubmatch(message)
	if m == nil {
		return tidy(message)
	}
	want := m[2]
	if is := kindOf(value); is != "" && is == want {
		want = m[1]
	}
	article := "a "
	if strings.HasPrefix(want, "i") {
		article = "an "
	}
	hint := ""
	if want == "list" {
		hint = ": put it in brackets"
	}
	return fmt.Sprintf("%s is not %s%s%s", have, article, want, hint)
}

// mismatched names the two kinds, without the definition that CUE quotes.
func mismatched(message string) string {
	if m := kinds.FindString(message); m != "" && strings.HasPrefix(message, "conflicting values") {
		message = strings.TrimSuffix(m, ")")
	}
	return tidy(message)
}

// kindOf returns CUE's name for the kind of a literal.
func kindOf(value ast.Node) string {
	switch x := value.(type) {
	case *ast.StructLit:
		return "struct"
	case *ast.ListLit:
		return "list"
	case *ast.BasicLit:
		switch x.Kind {
		case token.STRING:
			return "string"
		case token.INT:
			return "int"
		case token.FLOAT:
			return "float"
		case token.TRUE, token.FALSE:
			return "bool"
		case token.NULL:
			return "null"
		}
	}
	return ""
}

// tidy shortens what CUE says where we have no words of our own.
func tidy(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if runes := []rune(message); len(runes) > 200 {
		message = string(runes[:200]) + "…"
	}
	return message
}
