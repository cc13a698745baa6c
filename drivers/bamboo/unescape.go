package bamboo

import (
	"encoding/base64"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// maxUnescape is how many escapes within each other are looked through.
const maxUnescape = 3

// isIn reports whether text holds the secret, as it is or escaped.
func (l login) isIn(text string) bool {
	_, encoded, _ := strings.Cut(l.authorization, " ")
	seen := map[string]bool{text: true}
	level := []string{text}
	for depth := 0; ; depth++ {
		var next []string
		for _, t := range level {
			if strings.Contains(t, l.secret) || encoded != "" && strings.Contains(t, encoded) {
				return true
			}
			if depth == maxUnescape {
				continue
			}
			for _, plain := range []string{unescapeJSON(t), html.UnescapeString(t), unescapeURL(t),
				unescapeURL(strings.ReplaceAll(t, "+", " ")), decodeBase64(t)} {
				if !seen[plain] {
					seen[plain] = true
					next = append(next, plain)
				}
			}
		}
		if level = next; len(level) == 0 {
			return false
		}
	}
}

// unescapeJSON resolves backslash escapes wherever they stand.
func unescapeJSON(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	b := new(strings.Builder)
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if r, ok := hexRune(text, i); ok {
			i += 4
			if low, ok := hexRune(text, i+2); ok && utf16.IsSurrogate(r) && text[i+1] == '\\' {
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			b.WriteRune(r)
			continue
		}
		if at := strings.IndexByte("bfnrt", text[i]); at >= 0 {
			b.WriteByte("\b\f\n\r\t"[at])
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// hexRune reads u and four hexadecimal digits.
func hexRune(text string, at int) (rune, bool) {
	if at+5 > len(text) || text[at] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[at+1:at+5], 16, 16)
	return rune(n), err == nil
}

// unescapeURL resolves percent escapes wherever they stand.
func unescapeURL(text string) string {
	b := new(strings.Builder)
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+3 <= len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// base64Run is what may be base64, of either alphabet.
var base64Run = regexp.MustCompile(`[A-Za-z0-9+/_-]{4,}`)

// decodeBase64 replaces what may be base64 by what it says.
func decodeBase64(text string) string {
	return base64Run.ReplaceAllStringFunc(text, func(run string) string {
		run = strings.NewReplacer("-", "+", "_", "/").Replace(run)
		if len(run)%4 == 1 {
			run = run[:len(run)-1]
		}
		plain, err := base64.RawStdEncoding.DecodeString(run)
		if err != nil {
			return run
		}
		return string(plain)
	})
}
