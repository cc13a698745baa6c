package diagnose

import (
	"cmp"
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
	list, isList := x.(*ast.ListLit)
	have := cmp.Or(text, "this")
	if _, ok := x.(*ast.StructLit); ok {
		have = "{…}"
	} else if isList {
		have = "a list"
	}
	message, hint := " stands where one value belongs", ""
	switch {
	case s.Of != nil:
		message, hint = " is not a list", "put it in brackets"
		if inner := f.inBraces(x, s.Of, text); inner != "" {
			hint = "write [" + inner + "]"
		}
	case s.Struct:
		message = " stands where fields in braces belong"
		switch inner := f.inBraces(x, s, text); {
		case len(p) == 0:
			hint = "delete it"
		case p[len(p)-1] == "token", p[len(p)-1] == "password":
			hint = `write credential: "NAME", file: "PATH" or env: "NAME"; the value itself never stands here`
		case inner != "":
			hint = "write " + inner
		case s.Any != nil:
			hint = `write {"NAME": {…}}`
		case len(s.Fields) > 0:
			hint = "there are " + strings.Join(s.Names(), ", ")
		}
	case isList && len(list.Elts) == 1:
		hint = "write it without brackets"
	}
	f.Add(p, f.At(x.Pos()), have+message, hint)
}

// inBraces returns a literal in the shape that is wanted, "" where nobody can know.
func (f *File) inBraces(x ast.Expr, s *Shape, text string) string {
	_, isStruct := x.(*ast.StructLit)
	_, isList := x.(*ast.ListLit)
	word, _ := strconv.Unquote(text)
	weekdays, isDay := strings.CutPrefix(f.wordAdvice("#Weekday", word), "write ")
	pair := dates.FindAllString(text, -1)
	switch {
	case isStruct && s.Struct:
		return "{…}"
	case text == "true" && !slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Required }):
		return "{}"
	case isStruct || text == "" && !isList:
		return ""
	case s.Definition == "#Weekday":
		if isDay {
			return weekdays
		}
		return text
	case s.leaf():
		return text
	case s.Field("weekdays") != nil && isDay:
		return "{weekdays: [" + weekdays + "]}"
	case s.Field("version") != nil && s.Field("reason") != nil:
		return fmt.Sprintf("{version: %s, reason: %q}", text, "…")
	case s.Field("first") != nil && len(pair) == 2:
		return fmt.Sprintf("{first: %q, last: %q}", pair[0], pair[1])
	}
	required := slices.DeleteFunc(slices.Clone(s.Fields), func(f Field) bool {
		return !f.Required || isList && f.Of == nil
	})
	switch {
	case len(required) != 1 || required[0].Struct || !isList && required[0].Of != nil:
		return ""
	case isList:
		return fmt.Sprintf("{%s: […]}", required[0].Name)
	}
	return fmt.Sprintf("{%s: %s}", required[0].Name, text)
}

// dates are those in a range that is written as one text.
var dates = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}`)
