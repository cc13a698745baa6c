package mapping

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

// A path leads to a value in decoded JSON: a.b, a[0], a[-1], a[name=value].b, or a[].b for
// the first element that has b. The empty path is the value itself.
type path []step

// A step is one of: the field of a name, the element of an index, the first element whose
// field has a value, or any element.
type step struct {
	name  string
	index *int
	value *string // of the field name of an element
	any   bool
}

var stepForm = regexp.MustCompile(`^\.?([A-Za-z_$@][\w$@-]*)|^\[(-?\d+)\]|^\[([A-Za-z_$@][\w$@-]*)=("(?:[^"\\]|\\.)*"|[^\]"]+)\]|^(\[\])`)

// parsePath reads a path.
func parsePath(text string) (path, error) {
	var p path
	for rest := text; rest != ""; {
		m := stepForm.FindStringSubmatch(rest)
		if m == nil || len(p) == 0 && rest[0] == '.' || len(p) > 0 && m[1] != "" && rest[0] != '.' {
			return nil, fmt.Errorf("path %q: want a.b, a[0], a[name=value].b or a[].b", text)
		}
		s := step{name: m[1]}
		switch {
		case m[2] != "":
			n, err := strconv.Atoi(m[2])
			if err != nil {
				return nil, fmt.Errorf("path %q: %w", text, err)
			}
			s.index = &n
		case m[3] != "":
			value := m[4]
			if value[0] == '"' {
				if err := json.Unmarshal([]byte(value), &value); err != nil {
					return nil, fmt.Errorf("path %q: %w", text, err)
				}
			}
			s.name, s.value = m[3], &value
		default:
			s.any = m[5] != ""
		}
		p, rest = append(p, s), rest[len(m[0]):]
	}
	return p, nil
}

// find returns the value that the path leads to. null is not there.
func (p path) find(v any) (any, bool) {
	for i, s := range p {
		list, _ := v.([]any)
		switch {
		case s.any:
			for _, element := range list {
				if found, ok := p[i+1:].find(element); ok {
					return found, true
				}
			}
			return nil, false
		case s.index != nil:
			n := *s.index
			if n < 0 {
				n += len(list)
			}
			if n < 0 || n >= len(list) {
				return nil, false
			}
			v = list[n]
		case s.value != nil:
			v = nil
			for _, element := range list {
				fields, _ := element.(map[string]any)
				if text, ok := textOf(fields[s.name]); ok && text == *s.value {
					v = element
					break
				}
			}
		default:
			fields, _ := v.(map[string]any)
			v = fields[s.name]
		}
	}
	return v, v != nil
}

// isNull reports whether the path leads to a field that is null.
func (p path) isNull(v any) bool {
	if len(p) == 0 {
		return false
	}
	parent, _ := p[:len(p)-1].find(v)
	fields, _ := parent.(map[string]any)
	last, has := fields[p[len(p)-1].name]
	return has && last == nil
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
