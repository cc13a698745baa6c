package source

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Alike says which of the names there are differs from one that is missing only by what is
// easily overlooked, and by what: case, blanks and what looks like them or like nothing, or
// the Unicode form. "" if none does, or if it is there after all, and missing elsewhere.
func Alike(missing string, names []string) string {
	if slices.Contains(names, missing) {
		return ""
	}
	for _, have := range names {
		if by := differsBy(missing, have); by != "" {
			return fmt.Sprintf("there is %q, which differs by %s", have, by)
		}
	}
	return ""
}

func differsBy(missing, have string) string {
	plain := func(s string) string { return strings.ToLower(withoutBlanks(norm.NFC.String(s))) }
	switch {
	case strings.EqualFold(missing, have):
		return "case"
	case norm.NFC.String(missing) == norm.NFC.String(have):
		return "its Unicode form"
	case withoutBlanks(missing) == withoutBlanks(have):
		return blank([]rune(missing), []rune(have))
	case plain(missing) == plain(have):
		return "more than one of case, blanks and Unicode form"
	}
	return ""
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

func withoutBlanks(s string) string {
	return strings.Map(func(r rune) rune {
		if isBlank(r) {
			return -1
		}
		return r
	}, s)
}

// blank says by which blank two texts differ first.
func blank(missing, have []rune) string {
	i := 0
	for i < min(len(missing), len(have)) && missing[i] == have[i] {
		i++
	}
	place := "inside"
	rest := have[i:]
	if len(rest) == 0 || !isBlank(rest[0]) {
		rest = missing[i:]
	}
	switch {
	case i == 0:
		place = "at the beginning"
	case !slices.ContainsFunc(rest, func(r rune) bool { return !isBlank(r) }):
		place = "at the end"
	}
	switch gained, lost := i < len(have) && isBlank(have[i]), i < len(missing) && isBlank(missing[i]); {
	case gained && lost:
		return fmt.Sprintf("%s in place of %s %s", blankName(have[i]), blankName(missing[i]), place)
	case gained:
		return blankName(have[i]) + " " + place
	}
	return "the lack of " + blankName(missing[i]) + " " + place
}

func blankName(r rune) string {
	switch r {
	case ' ':
		return "a blank"
	case '\u00a0':
		return "a no-break space (U+00A0)"
	}
	return fmt.Sprintf("an invisible character (%U)", r)
}
