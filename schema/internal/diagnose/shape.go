package diagnose

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
)

// misshapen refuses a literal where a t of another shape is wanted: one window in place of a list.
func (f *File) misshapen(p Path, x ast.Expr, t reflect.Type, def string) {
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
	switch t.Kind() {
	case reflect.Slice:
		hint := "put it in brackets"
		if inner := f.inBraces(x, indirect(t.Elem()), text); inner != "" {
			hint = "write [" + inner + "]"
		}
		f.Add(p, f.At(x.Pos()), have+" is not a list", hint)
	case reflect.Struct, reflect.Map:
		hint := f.inBraces(x, t, text)
		switch {
		case last == "token" || last == "password":
			hint = "write credential: \"NAME\", file: \"PATH\" or env: \"NAME\"; the secret itself never stands here"
		case hint != "":
			hint = "write " + hint
		case t.Kind() == reflect.Struct && t.NumField() > 0:
			hint = "there are " + strings.Join(FieldNames(t), ", ")
		}
		f.Add(p, f.At(x.Pos()), have+" stands where fields in braces belong", hint)
	default:
		hint := ""
		if list, ok := x.(*ast.ListLit); ok && len(list.Elts) == 1 {
			hint = "write it without brackets"
		}
		f.Add(p, f.At(x.Pos()), have+" is not "+f.kindOf(def), hint)
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

// inBraces returns the literal as a t wants it, "" where nobody can know.
func (f *File) inBraces(x ast.Expr, t reflect.Type, text string) string {
	_, isStruct := x.(*ast.StructLit)
	_, isList := x.(*ast.ListLit)
	switch {
	case isList || text == "" && !isStruct:
		return ""
	case isStruct && t.Kind() == reflect.Struct:
		return "{…}"
	case leaf(t) && !isStruct:
		return text
	case t.Kind() != reflect.Struct || isStruct:
		return ""
	}
	if _, ok := FieldNamed(t, "weekdays"); ok {
		if word, err := strconv.Unquote(text); err == nil && weekdayAdvice(word) != "" {
			return "{weekdays: [" + strings.TrimPrefix(weekdayAdvice(word), "write ") + "]}"
		}
		return ""
	}
	if pair := dates.FindAllString(text, -1); len(pair) == 2 {
		return fmt.Sprintf("{first: %q, last: %q}", pair[0], pair[1])
	}
	required := ""
	for i := range t.NumField() {
		if name, optional := FieldName(t.Field(i)); !optional && leaf(indirect(t.Field(i).Type)) {
			if required != "" {
				return ""
			}
			required = name
		}
	}
	if required == "" {
		return ""
	}
	return fmt.Sprintf("{%s: %s}", required, text)
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
