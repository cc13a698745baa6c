package mapping

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// A Path leads to a value in decoded JSON: a.b, a[0], a[-1], a[name=value].b, or a[].b for
// the first element that has b. The empty path is the value itself. One that schema.#Path
// does not let through leads nowhere.
type Path string

// selector chooses an element of a list: by its index, by the value of a field, or any.
var selector = regexp.MustCompile(`^\[(?:(-?\d+)|([\w$@-]+)=(?:("(?:[^"\\]|\\.)*")|([^\]"]+)))?\]`)

// find returns the value that the path leads to; nil: there is none, or it is null.
func (p Path) find(v any) any {
	found, _ := p.lookup(v)
	return found
}

// lookup is find, and reports whether there is a field, which may be null.
func (p Path) lookup(v any) (found any, has bool) {
	for p != "" {
		if p[0] != '[' {
			name := strings.TrimPrefix(string(p), ".")
			p = ""
			if end := strings.IndexAny(name, ".["); end >= 0 {
				name, p = name[:end], Path(name[end:])
			}
			fields, _ := v.(map[string]any)
			v, has = fields[name]
			continue
		}
		m := selector.FindStringSubmatch(string(p))
		if m == nil {
			return nil, false
		}
		p = p[len(m[0]):]
		list, _ := v.([]any)
		if m[0] == "[]" {
			for _, element := range list {
				if found := p.find(element); found != nil {
					return found, true
				}
			}
			return nil, false
		}
		v, has = selected(list, m[1], m[2], m[3], m[4]), false
	}
	return v, has
}

// selected returns the element of an index, or else the first whose field has a value, which
// may be quoted.
func selected(list []any, index, field, quoted, value string) any {
	if index != "" {
		n, err := strconv.Atoi(index)
		if n < 0 {
			n += len(list)
		}
		if err != nil || n < 0 || n >= len(list) {
			return nil
		}
		return list[n]
	}
	if quoted != "" && json.Unmarshal([]byte(quoted), &value) != nil {
		return nil
	}
	for _, element := range list {
		fields, _ := element.(map[string]any)
		if text, ok := textOf(fields[field]); ok && text == value {
			return element
		}
	}
	return nil
}

// textOf returns a text, a number or a boolean as text.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// describe says for a message what a value is, without repeating what the server sent.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	}
	return "an object"
}
