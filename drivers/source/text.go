package source

import (
	"fmt"
	"strings"
	"unicode"
)

// MaxText is how many bytes of a name are kept.
const MaxText = 512

// Text returns a text from outside as it may be kept and shown: valid UTF-8 of at most
// [MaxText] bytes, control characters, line and paragraph separators and the
// bidirectional controls as their escapes (\x1b, \u202e).
func Text(s string) string { return TextOf(s, MaxText) }

// TextOf is [Text] with a limit in bytes.
func TextOf(s string, limit int) string {
	plain := len(s) <= limit
	for i := 0; plain && i < len(s); i++ {
		plain = ' ' <= s[i] && s[i] < 0x7f
	}
	if plain {
		return s
	}
	b := new(strings.Builder)
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		part := string(r)
		switch {
		case r < 0x80 && unicode.IsControl(r):
			part = fmt.Sprintf(`\x%02x`, r)
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || isBidi(r):
			part = fmt.Sprintf(`\u%04x`, r)
		}
		if b.Len()+len(part) > limit {
			break
		}
		b.WriteString(part)
	}
	return b.String()
}

// isBidi reports whether a character changes the direction of text (Unicode, Bidi_Control).
func isBidi(r rune) bool {
	return r == '\u061c' || r == '\u200e' || r == '\u200f' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}
