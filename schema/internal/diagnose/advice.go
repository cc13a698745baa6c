package diagnose

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// refuse records that a value is not what its definition wants. The message is the schema's or CUE's.
func (f *File) refuse(p Path, value ast.Expr, def, message string) {
	text, hint := f.excerpt(value), f.advice(def, value)
	switch {
	case !isWanted(message):
		var other string
		message, other = translate(message, p)
		hint = cmp.Or(hint, other)
	case text != "":
		message = text + " is " + message
	}
	f.Add(p, f.At(value.Pos()), message, hint)
}

// isWanted reports whether a message is one of the schema's own.
func isWanted(message string) bool { return strings.HasPrefix(message, "not a") }

// advice says what to write in place of a value that is not what the definition wants; "" where
// nothing is better than another.
func (f *File) advice(def string, value ast.Expr) string {
	lit, isLiteral := value.(*ast.BasicLit)
	text, wanted := f.excerpt(value), f.definition(def).IncompleteKind()
	switch {
	case isLiteral && lit.Kind == token.STRING:
		word, _ := literal.Unquote(lit.Value)
		if f.Context.CompileString(word).Kind()&wanted&(cue.NumberKind|cue.BoolKind) != 0 {
			return "write " + word + ", without quotes"
		}
		return f.wordAdvice(def, word)
	case isLiteral && lit.Kind != token.INT && lit.Kind != token.FLOAT, wanted&cue.StringKind == 0:
		return ""
	case f.satisfies(def, text):
		return fmt.Sprintf("write %q, in quotes", text)
	case !isLiteral:
		return f.wordAdvice(def, text)
	case wanted&cue.NumberKind == 0:
		return cmp.Or(f.wordAdvice(def, text), "text is wanted, in quotes")
	}
	return ""
}

// wordAdvice is advice about a text.
func (f *File) wordAdvice(def, word string) string {
	if _, hint, ok := lookup(mistakes().Values[def], word, nil); ok && hint != "write "+strconv.Quote(word) {
		return hint
	}
	if def == "#Zone" {
		return zoneAdvice(word, zoneNames(f.Kind.Schema))
	}
	return cmp.Or(readAs(mistakes().Layouts[def], word), suggest(word, f.words(def)))
}

// readAs returns what a date or time means in the first of the layouts.
func readAs(layouts []string, text string) string {
	text = strings.NewReplacer("–", "-", "—", "-", "−", "-", ".M.", "M").Replace(strings.ToUpper(strings.TrimSpace(text)))
	var meant []string
	impossible := false
	for _, layout := range layouts {
		t, err := time.Parse(layout, text)
		write := strconv.Quote(t.Format(layouts[0]))
		if err == nil && !slices.Contains(meant, write) { // 12/11/2026 is American or British
			meant = append(meant, write)
		}
		impossible = impossible || err != nil && strings.Contains(err.Error(), "day out of range")
	}
	switch {
	case meant != nil:
		return "write " + strings.Join(meant, " or ")
	case impossible:
		return "that month has no such day"
	}
	return ""
}

// zoneAdvice says which zone to write in place of text.
func zoneAdvice(text string, names []string) string {
	text = strings.NewReplacer(`\`, "/", " ", "_").Replace(text)
	city := path.Base(text)
	candidates, limit := slices.Clone(names), len(city)/4+1
	if city == text {
		limit--
		for i, name := range names {
			candidates[i] = path.Base(name)
		}
	}
	if near := nearest(text, candidates, limit); near != "" {
		return `did you mean "` + names[slices.Index(candidates, near)] + `"?`
	}
	return "want the name of a city that is in it; timedatectl list-timezones prints all"
}

// zoneLine is one of zone.cue: an area, and what is in it.
var zoneLine = regexp.MustCompile(`(?m)^\t"(?:(\w+/)\()?([^()"]*?)\|?\)?\|?"`)

// zoneNames expands the generated expression of zone.cue.
func zoneNames(files fs.FS) (names []string) {
	text, _ := fs.ReadFile(files, "zone.cue")
	for _, m := range zoneLine.FindAllStringSubmatch(strings.ReplaceAll(string(text), "[+]", "+"), -1) {
		for _, name := range strings.Split(m[2], "|") {
			names = append(names, m[1]+name)
		}
	}
	return names
}

// definition returns a definition of the schema, or a CUE kind.
func (f *File) definition(def string) cue.Value {
	if !strings.HasPrefix(def, "#") {
		return f.Context.CompileString(def)
	}
	if !f.definitions.Exists() {
		f.definitions = f.Context.BuildInstance(f.schema)
	}
	return f.definitions.LookupPath(cue.ParsePath(def))
}

// satisfies reports whether a text is what a definition wants.
func (f *File) satisfies(def, text string) bool {
	return text != "" && f.definition(def).Unify(f.Context.BuildExpr(ast.NewString(text))).Err() == nil
}

// words returns the strings that a definition permits.
func (f *File) words(def string) (words []string) {
	if op, alternatives := f.definition(def).Expr(); op == cue.OrOp {
		for _, a := range alternatives {
			if word, err := a.String(); err == nil {
				words = append(words, word)
			}
		}
	}
	return words
}
