package diagnose

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"cuelang.org/go/cue/cuecontext"
)

//go:embed mistakes.cue
var mistakesFile string

// A table is mistakes.cue: what people write, what is wrong with it, and what to write. The file
// explains its columns.
type table struct {
	Texts, Lines, Syntax, Messages, Fields, Names []row
	Values                                        map[string][]row    // by definition
	Layouts                                       map[string][]string // by definition; the first is the right one
}

type row struct {
	Is, At, Value, Beside, Wrong, Write, Hint string
	Certain, Anywhere                         bool
}

// mistakes is the table, which is read only to explain a mistake. A broken one is a bug of ours.
var mistakes = sync.OnceValue(func() (t table) {
	if err := cuecontext.New().CompileString(mistakesFile).Decode(&t); err != nil {
		panic(fmt.Sprintf("schema: read mistakes.cue: %v", err))
	}
	for _, names := range [][]row{t.Fields, t.Names} { // a name alone, or with the value of the field
		for i, r := range names {
			names[i].Is = "^(?i:" + r.Is + ")(?:$|: .*" + r.Value + ")"
		}
	}
	return t
})

// find returns where the row's expression and its groups are in a text; nil if they are not.
func (r row) find(text string) []int { return regexp.MustCompile(r.Is).FindStringSubmatchIndex(text) }

// explain returns what is wrong, and a hint, for a text and what was found in it.
func (r row) explain(text string, found []int) (wrong, hint string) {
	expand := func(template string) string {
		return string(regexp.MustCompile("").ExpandString(nil, template, text, found))
	}
	if hint = expand(r.Hint); r.Write != "" && hint == "" {
		hint = "write " + expand(r.Write)
	}
	return expand(r.Wrong), hint
}

// lookup explains a text about a path by the first row that matches both.
func lookup(rows []row, text string, p Path) (wrong, hint string, ok bool) {
	for _, r := range rows {
		if found := r.find(text); found != nil && regexp.MustCompile(r.At).MatchString(p.String()) {
			wrong, hint = r.explain(text, found)
			return wrong, hint, true
		}
	}
	return "", "", false
}

// translate returns what CUE says of a path, in our words.
func translate(message string, p Path) (wrong, hint string) {
	message = strings.Join(strings.Fields(message), " ")
	if wrong, hint, ok := lookup(mistakes().Messages, message, p); ok {
		return wrong, hint
	}
	if runes := []rune(message); len(runes) > 200 {
		message = string(runes[:200]) + "…"
	}
	return message, ""
}
