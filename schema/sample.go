package schema

import (
	"regexp/syntax"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// samples returns a name for each pattern for which one can be found.
func samples(patterns []rules.Pattern) []string {
	var names []string
	for _, p := range patterns {
		for _, name := range []string{sample(p.String()), "Production", "project"} {
			if name != "" && p.Match(name) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// sample returns a short text that a pattern is likely to match: the shortest of
// the expression's pieces one after the other, whatever stands around them.
func sample(pattern string) string {
	if len(pattern) < 2 || !strings.HasPrefix(pattern, "/") || !strings.HasSuffix(pattern, "/") {
		return pattern
	}
	re, err := syntax.Parse(pattern[1:len(pattern)-1], syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	writeSample(&b, re)
	return b.String()
}

// maxSample bounds the length of a sample.
const maxSample = 200

func writeSample(b *strings.Builder, re *syntax.Regexp) {
	if b.Len() > maxSample {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			b.WriteRune(re.Rune[len(re.Rune)-2]) // where the last range begins
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
		for _, sub := range re.Sub {
			writeSample(b, sub)
		}
	case syntax.OpAlternate:
		writeSample(b, re.Sub[0])
	case syntax.OpRepeat:
		for range min(re.Min, maxSample) {
			writeSample(b, re.Sub[0])
		}
	}
}
