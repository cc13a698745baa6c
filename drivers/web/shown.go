package web

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// shown is a view with what is made of it, each once, on its first request.
type shown struct {
	View
	version string

	page, wall, calendar func() []byte // page and wall are without the glass
}

func newShown(v View) *shown {
	s := &shown{View: v, version: versionOf(v)}
	s.page = sync.OnceValue(func() []byte { return s.execute("page.html") })
	s.wall = sync.OnceValue(func() []byte { return s.execute("wall.html") })
	s.calendar = sync.OnceValue(func() []byte {
		if len(s.Year.Days) == 0 {
			return nil
		}
		return s.execute("calendar.svg")
	})
	return s
}

// execute returns what a template makes of the view. One that fails is a bug, see recover.
func (s *shown) execute(name string) []byte {
	var b bytes.Buffer
	if err := parsed().ExecuteTemplate(&b, name, page{&s.View}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// withGlass returns a page with a glass, which is complete without a script.
func withGlass(page, svg []byte) []byte {
	const figure = `<figure id="glass">` // no text of others has it: they are escaped
	before, after, _ := bytes.Cut(page, []byte(figure))
	return slices.Concat(before, []byte(figure), svg, after)
}

// versionOf returns a text that differs for views that differ in more than the instant.
func versionOf(v View) string {
	tags := []string{v.Streak.tag, v.Explanations[""].tag}
	v.At = time.Time{}
	v.Streak, v.Explanations = Document{}, nil
	body, err := json.Marshal([]any{v, tags})
	if err != nil { // of texts, numbers and years that JSON has no form for
		body = []byte(err.Error())
	}
	return tagOf(body)
}
