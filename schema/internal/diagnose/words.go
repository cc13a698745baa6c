package diagnose

import (
	"regexp"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// wrong returns `"Frday" is not a weekday: want …` for the schema's message.
func (f *File) wrong(value ast.Node, message string) string {
	switch text := f.excerpt(value); {
	case isWanted(message) && text != "":
		return text + " is " + message
	case isWanted(message):
		return message
	case kinds.MatchString(message):
		return f.mismatch(value, message)
	}
	return tidy(message)
}

var kinds = regexp.MustCompile(`mismatched types ([a-z]+) and (.+)\)$`)

// mismatch says "want a list, not a string".
func (f *File) mismatch(value ast.Node, message string) string {
	is, m := kindOf(value), kinds.FindStringSubmatch(message)
	switch {
	case is == "":
		return mismatched(message)
	case m == nil:
		return tidy(message)
	}
	have := "a " + is
	if x, ok := value.(*ast.BasicLit); ok {
		have = x.Value
	}
	want := m[2]
	if is == want {
		want = m[1]
	}
	switch {
	case want == "list":
		want = "a list: put it in brackets"
	case strings.HasPrefix(want, "i"):
		want = "an " + want
	default:
		want = "a " + want
	}
	return have + " is not " + want
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
