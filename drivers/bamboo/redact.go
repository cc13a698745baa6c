package bamboo

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
)

const (
	redacted    = "[redacted]"
	maxExcerpt  = 200     // bytes of a bad answer that its error shows
	excerptFrom = 4 << 10 // bytes from which they are taken
)

// scrub takes the secret out of text that came from the server: proxies have
// been seen to answer with the request's headers. The usual escapes and base64
// are known; if the text still holds the secret when it is unescaped in another
// way, all of it is dropped.
func (l login) scrub(text string) string {
	if l.secret == "" || text == "" {
		return text
	}
	text = strings.NewReplacer(l.forms()...).Replace(text)
	if l.isIn(text) {
		return redacted
	}
	return text
}

// forms returns the ways in which a server may write the secret, the longest
// first, each before what replaces it.
func (l login) forms() []string {
	_, encoded, _ := strings.Cut(l.authorization, " ")
	var all []string
	for _, secret := range []string{l.secret, encoded} {
		all = append(all, secret)
		for _, text := range []string{jsonEscape(secret), unicodeEscape(secret, true), unicodeEscape(secret, false)} {
			all = append(all, text, strings.ReplaceAll(text, "/", `\/`))
		}
		all = append(all, html.EscapeString(secret))
		all = append(all, strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace(secret))
		all = append(all, strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;", "/", "&#x2F;").Replace(secret))
		for _, text := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
			all = append(all, text, lowerHex(text))
		}
		for _, plain := range []string{secret, l.authorization, l.username + ":" + secret} {
			all = append(all, base64.StdEncoding.EncodeToString([]byte(plain)), base64.RawStdEncoding.EncodeToString([]byte(plain)),
				base64.URLEncoding.EncodeToString([]byte(plain)), base64.RawURLEncoding.EncodeToString([]byte(plain)))
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, form := range slices.Compact(all) {
		if form != "" {
			pairs = append(pairs, form, redacted)
		}
	}
	return pairs
}

// jsonEscape returns text as JSON writes it with the least escapes.
func jsonEscape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
}

// unicodeEscape returns text as JSON writes it for HTML, and, if ascii, without
// other characters.
func unicodeEscape(text string, ascii bool) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return text
	}
	text = string(quoted[1 : len(quoted)-1])
	if !ascii {
		return text
	}
	b := new(strings.Builder)
	for _, r := range text {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			fmt.Fprintf(b, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		}
	}
	return b.String()
}

// lowerHex returns URL escapes with small letters.
func lowerHex(text string) string {
	b := []byte(text)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], strings.ToLower(string(b[i:i+3])))
		}
	}
	return string(b)
}

// excerpt returns the first bytes of a body on one line, without secrets.
func (l login) excerpt(body []byte) string {
	text := string(body[:min(len(body), excerptFrom)])
	cut := len(body) >= excerptFrom
	text = strings.ToValidUTF8(l.scrub(text), "?")
	if cut {
		// The end may be the beginning of a secret, however escaped.
		text = strings.ToValidUTF8(text[:max(0, len(text)-12*len(l.secret)-6*len(l.authorization))], "")
	}
	// White space may have parted what is now the secret.
	return clip(l.scrub(strings.Join(strings.Fields(text), " ")), maxExcerpt)
}

// word returns a word of the server's, shortened and without secrets.
func (l login) word(text string, limit int) string { return clip(l.scrub(text), limit) }

// clip shortens text to a number of bytes.
func clip(text string, limit int) string {
	if len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "")
	}
	return text
}

// describe returns the text of an error of decoding, without secrets.
func (l login) describe(err error) string {
	var id *idError
	if errors.As(err, &id) {
		return fmt.Sprintf("%q is not an id", l.word(id.text, 40))
	}
	return l.scrub(err.Error())
}

// hide returns an error with the same causes and a text without secrets: a broken
// header is repeated in it.
func (l login) hide(err error) error {
	if text := l.scrub(err.Error()); text != err.Error() {
		return &hidden{text, err}
	}
	return err
}

// hidden is an error whose text held a secret. Its cause still does, and is only
// for errors.Is and errors.As.
type hidden struct {
	text string
	err  error
}

func (e *hidden) Error() string        { return e.text }
func (e *hidden) Is(target error) bool { return errors.Is(e.err, target) }
func (e *hidden) As(target any) bool   { return errors.As(e.err, target) }
