package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
)

// wrongShape refuses a literal where another shape is wanted: one window in place of a list.
func (f *File) wrongShape(p Path, x ast.Expr, s *Shape) {
	text := f.excerpt(x)
	have := text
	switch x.(type) {
	case *ast.StructLit:
		have = "{…}"
	case *ast.ListLit:
		have = "a list"
	}
	if have == "" {
		have = "this"
	}
	last := ""
	if len(p) > 0 {
		last = p[len(p)-1]
	}
	switch {
	case s.Of != nil:
		hint := "put it in brackets"
		if inner := inBraces(x, s.Of, text); inner != "" {
			hint = "write [" + inner + "]"
		}
		f.Add(p, f.At(x.Pos()), have+" is not a list", hint)
	case s.Struct:
		hint := inBraces(x, s, text)
		switch {
		case last == "token" || last == "password":
			hint = "write credential: \"NAME\", file: \"PATH\" or env: \"NAME\"; the value itself never stands here"
		case hint != "":
			hint = "write " + hint
		case len(s.Fields) > 0:
			hint = "there are " + strings.Join(s.Names(), ", ")
		}
		f.Add(p, f.At(x.Pos()), have+" stands where fields in braces belong", hint)
	default:
		hint := ""
		if list, ok := x.(*ast.ListLit); ok && len(list.Elts) == 1 {
			hint = "write it without brackets"
		}
		f.Add(p, f.At(x.Pos()), have+" is not "+f.kindOf(s.Definition), hint)
	}
}

// kindOf says in words what a definition permits.
func (f *File) kindOf(def string) string {
	err := f.definition(def).Unify(f.Context.CompileString("[]")).Err()
	if err == nil {
		return "one value"
	}
	message := err.Error()
	if _, after, ok := strings.Cut(message, "not a"); ok {
		return "a" + strings.SplitN(after, ":", 2)[0]
	}
	return "one value"
}

// inBraces returns the literal in the shape that is wanted, "" where nobody can know.
func inBraces(x ast.Expr, s *Shape, text string) string {
	switch x.(type) {
	case *ast.ListLit:
		return ""
	case *ast.StructLit:
		if s.Struct {
			return "{…}"
		}
		return ""
	}
	if s.leaf() || text == "" {
		return text
	}
	if word, err := strconv.Unquote(text); err == nil && s.Field("weekdays") != nil && weekdayAdvice(word) != "" {
		return "{weekdays: [" + strings.TrimPrefix(weekdayAdvice(word), "write ") + "]}"
	}
	if pair := dates.FindAllString(text, -1); len(pair) == 2 && s.Field("first") != nil {
		return fmt.Sprintf("{first: %q, last: %q}", pair[0], pair[1])
	}
	required := slices.DeleteFunc(slices.Clone(s.Fields), func(f Field) bool { return !f.Required || !f.leaf() })
	if len(required) != 1 {
		return ""
	}
	return fmt.Sprintf("{%s: %s}", required[0].Name, text)
}

// dates are those in a range that is written as one text.
var dates = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}`)

var kinds = regexp.MustCompile(`mismatched types ([a-z]+) and ([a-z]+)\)$`)

// mismatched names the two kinds, without the definition that CUE quotes.
func mismatched(message string) string {
	if m := kinds.FindString(message); m != "" && strings.HasPrefix(message, "conflicting values") {
		message = strings.TrimSuffix(m, ")")
	}
	return tidy(message)
}
