package rules

import (
	"fmt"
	"regexp"
	"strings"
)

// A Pattern is a text to match exactly, or a /regexp/ to find in a text.
type Pattern struct {
	text string
	re   *regexp.Regexp
}

// ParsePattern reads a text or a /regexp/, which must not be empty. A text that begins
// with a slash is written /^[/]text$/.
func ParsePattern(s string) (Pattern, error) {
	expression, isRegexp := strings.CutPrefix(s, "/")
	if !isRegexp {
		return Pattern{text: s}, nil
	}
	expression, closed := strings.CutSuffix(expression, "/")
	switch {
	case expression == "":
		return Pattern{}, fmt.Errorf("pattern %s: an empty regexp matches everything: leave the pattern out, or want a text between two /", s)
	case !closed:
		want := s + "/"
		if i := strings.LastIndexByte(expression, '/'); i > 0 && strings.Trim(expression[i+1:], "ims") == "" { // as other languages have it
			want = fmt.Sprintf("/(?%s)%s/", expression[i+1:], expression[:i])
		}
		return Pattern{}, fmt.Errorf("pattern %s: a regexp has a / at both ends: want %s", s, want)
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return Pattern{}, fmt.Errorf("pattern %s: %w", s, err)
	}
	return Pattern{text: s, re: re}, nil
}

// Match reports whether a text matches.
func (p Pattern) Match(text string) bool {
	if p.re != nil {
		return p.re.MatchString(text)
	}
	return p.text == text
}

// matchEither reports whether the id is given exactly, or the name matches.
func (p Pattern) matchEither(id, name string) bool {
	return p.re == nil && p.text == id || p.Match(name)
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// MarshalText implements [encoding.TextMarshaler].
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePattern(string(text))
	return err
}
