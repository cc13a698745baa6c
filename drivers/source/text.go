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
		case unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control):
			part = fmt.Sprintf(`\u%04x`, r)
		}
		if b.Len()+len(part) > limit {
			break
		}
		b.WriteString(part)
	}
	return b.String()
}
