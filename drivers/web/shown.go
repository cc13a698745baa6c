package web

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"
)

// shown is a view with what is made of it, each once, on its first request.
type shown struct {
	View
	version string

	page     func() (parts [2][]byte, err error) // before and after the glass
	calendar func() ([]byte, error)
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
		parts[0], parts[1], _ = bytes.Cut(b.Bytes(), []byte(place))
		return parts, nil
	})
	s.calendar = sync.OnceValues(v.Calendar().SVG)
	return s
}

// versionOf returns a text that differs for views that differ in more than the instant.
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
