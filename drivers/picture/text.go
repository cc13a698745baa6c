package picture

import (
	"sort"
	"strings"
	"unicode"
)

const (
	// maxName is the most letters of a name in a cell's title.
	maxName  = 80
	ellipsis = "…"
)

// clean returns a text that any reader of SVG can show in one line: what is no
// letter or sign, such as control characters, marks that turn the direction of
// writing, and broken UTF-8, becomes a replacement character, and each white space a blank.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == zeroWidthJoiner || unicode.IsGraphic(r):
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// zeroWidthJoiner makes one picture of several.
const zeroWidthJoiner = '\u200d'

// brief returns a name, clean and not longer than a title can bear.
func brief(name string) string { return shorten(name, maxName) }

// shorten returns the first n letters of a text, clean, with an ellipsis if that is
// not all of it.
func shorten(text string, n int) string {
	letters := 0
	for i := range text {
		if letters++; letters > n {
			return clean(text[:i]) + ellipsis
		}
	}
	return clean(text)
}

// cut returns as much of a text as fits, clean, with an ellipsis if that is not
// all of it.
func cut(text string, fits func(string) bool) string {
	letters := make([]rune, 0, 2*maxName)
	for _, r := range text {
		if letters = append(letters, r); len(letters) > maxLine {
			break
		}
	}
	if whole := clean(string(letters)); len(letters) <= maxLine && fits(whole) {
		return whole
	}
	short := func(n int) string { return clean(strings.TrimSpace(string(letters[:n]))) + ellipsis }
	n := sort.Search(min(len(letters), maxLine), func(n int) bool { return !fits(short(n)) })
	return short(max(n-1, 0))
}

// maxLine is more letters than a strip is wide.
const maxLine = 400

// ascii returns a text of the letters that the wall's fonts have.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case ' ' <= r && r <= '~':
			b.WriteRune(r)
		case r == '…':
			b.WriteString("...")
		case r >= 'À' && r <= 'ÿ':
			b.WriteByte(latin1[r-'À'])
		default:
			b.WriteByte(sign(r))
		}
	}
	return b.String()
}

// latin1 is the letters from À to ÿ without their marks.
const latin1 = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"

// sign returns the sign of ASCII that is closest.
func sign(r rune) byte {
	switch r {
	case '‘', '’', '′':
		return '\''
	case '“', '”', '„', '«', '»':
		return '"'
	case '‐', '‑', '–', '—', '−':
		return '-'
	case '→':
		return '>'
	case '·', '•':
		return '.'
	}
	if unicode.IsSpace(r) {
		return ' '
	}
	return '?'
}
