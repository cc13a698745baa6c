package source

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Similar says which of the names differs from a missing one only by what is easily
// overlooked: case, blanks, invisible characters, or the Unicode form. It returns "" if none
// does, or if the missing name is among them.
func Similar(missing string, names []string) string {
	if slices.Contains(names, missing) {
		return ""
	}
	for _, name := range names {
		if by := differsBy(missing, name); by != "" {
			return fmt.Sprintf("there is %q, which differs by %s", name, by)
		}
	}
	return ""
}

// Hints returns what [Similar] says of each missing name, each after a colon.
func Hints(missing, names []string) string {
	text := ""
	for _, m := range missing {
		if similar := Similar(m, names); similar != "" {
			text += ": " + similar
		}
	}
	return text
}

func differsBy(a, b string) string {
	switch {
	case strings.EqualFold(a, b):
		return "case"
	case norm.NFC.String(a) == norm.NFC.String(b):
		return "its Unicode form"
	case withoutBlanks(a) == withoutBlanks(b):
		return "blanks or invisible characters"
	case strings.EqualFold(withoutBlanks(norm.NFC.String(a)), withoutBlanks(norm.NFC.String(b))):
		return "more than one of case, blanks and Unicode form"
	}
	return ""
}

func withoutBlanks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}
