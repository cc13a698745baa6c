package diagnose

import (
	"cmp"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// suggest returns the hint `did you mean "…"?` for the candidate nearest to word,
// or "" when none is near.
func suggest(word string, candidates []string) string {
	if near := nearest(word, candidates); near != "" {
		return `did you mean "` + near + `"?`
	}
	return ""
}

// SuggestOrList is suggest, or else says which candidates there are.
func SuggestOrList(word string, candidates []string) string {
	return cmp.Or(suggest(word, candidates), "there are "+strings.Join(candidates, ", "))
}

// nearest returns the candidate with the fewest typing mistakes from word, case
// apart: at most one in three letters. A candidate that ends in "/" + word, as
// America/Los_Angeles for Los_Angeles, is near too.
func nearest(word string, candidates []string) string {
	best, fewest := "", len(word)/3+1
	for _, c := range candidates {
		lower, w := strings.ToLower(c), strings.ToLower(word)
		if c != word && (lower == w || strings.HasSuffix(lower, "/"+w)) {
			return c
		}
		if n := mistakes(w, lower, fewest); n < fewest || n == fewest && best == "" && n < len(word) {
			best, fewest = c, n
		}
	}
	return best
}

// mistakes returns the least number of letters to insert, delete, replace or swap
// with their neighbour that makes b of a (optimal string alignment), or more than
// limit where that is certain without counting.
func mistakes(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		older, old, row = old, row, older
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

// suggestAt suggests a word for the value at the path.
func (f *File) suggestAt(p Path, value ast.Node) string {
	t, def := f.Kind.Root, ""
	for _, key := range p {
		var ok bool
		if t, def, ok = step(t, def, key); !ok {
			return ""
		}
	}
	return f.suggestFor(def, value)
}

// suggestFor suggests quotes or none, or the alternative of the definition nearest to a
// string.
func (f *File) suggestFor(def string, value ast.Node) string {
	lit, ok := value.(*ast.BasicLit)
	if !ok || def == "" {
		return ""
	}
	if hint := f.quotesHint(def, lit); hint != "" || lit.Kind != token.STRING {
		return hint
	}
	word, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return suggest(word, f.words(def))
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

// words returns the strings that a definition permits.
func (f *File) words(def string) []string {
	if def == "#Zone" {
		return zoneNames(f.Kind.Schema)
	}
	var words []string
	op, alternatives := f.definition(def).Expr()
	if op != cue.OrOp {
		return nil
	}
	for _, a := range alternatives {
		if word, err := a.String(); err == nil {
			words = append(words, word)
		}
	}
	return words
}

// zoneNames expands the generated expression of zone.cue.
func zoneNames(files fs.FS) []string {
	text, err := fs.ReadFile(files, "zone.cue")
	if err != nil {
		return nil
	}
	var names []string
	for _, line := range regexp.MustCompile(`(?m)^\t"(.*?)\|?"`).FindAllSubmatch(text, -1) {
		area, list, ok := strings.Cut(strings.TrimSuffix(string(line[1]), ")"), "(")
		if !ok {
			area, list = "", area
		}
		for _, name := range strings.Split(strings.ReplaceAll(list, "[+]", "+"), "|") {
			names = append(names, area+name)
		}
	}
	return names
}
