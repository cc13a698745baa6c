package web

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"
	"unicode"
)

// shown is a view with what is made of it, each once and when it is asked for first.
type shown struct {
	View
	version string

	page           func() (parts [2][]byte, err error) // before and after the glass
	badge, records func() ([]byte, error)              // badge.svg, calendar.svg
}

// place marks where the glass goes; no text has it, since texts are escaped.
const place = "<!-- glass -->"

func newShown(v View) *shown {
	s := &shown{View: v, version: versionOf(v)}
	s.page = sync.OnceValues(func() (parts [2][]byte, err error) {
		var b bytes.Buffer
		if err := writePage(&b, &s.View, []byte(place)); err != nil {
			return parts, err
		}
		parts[0], parts[1], _ = bytes.Cut(bytes.Map(upright, b.Bytes()), []byte(place))
		return parts, nil
	})
	s.badge = sync.OnceValues(func() ([]byte, error) {
		var b bytes.Buffer
		err := s.View.Badge().WriteSVG(&b)
		return b.Bytes(), err
	})
	s.records = sync.OnceValues(func() ([]byte, error) {
		var b bytes.Buffer
		err := s.View.Calendar().WriteSVG(&b)
		return b.Bytes(), err
	})
	return s
}

// upright replaces the marks that turn the direction of writing: in a name from Bamboo
// they would turn around the sentence that it stands in (Unicode TR 36, 3.1).
func upright(r rune) rune {
	if unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}

// versionOf returns a text that is another one for views that differ in more than
// the instant.
func versionOf(v View) string {
	tags := []string{v.Streak.tag, v.Explain.tag}
	v.At = time.Time{}
	v.Streak, v.Explain, v.Explanations = Document{}, Document{}, nil
	body, err := json.Marshal([]any{v, tags})
	if err != nil { // of texts, numbers and years that JSON has no form for
		body = []byte(err.Error())
	}
	return tagOf(body)
}
