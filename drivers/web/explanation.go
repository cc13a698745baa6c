package web

import "strings"

// A passage is a part of the explanation: a paragraph, or the lines that were indented
// below one.
type passage struct {
	Text  string
	Items []item
}

// An item is an indented line. Where columns were made with blanks, the first is
// its name.
type item struct{ Name, Text string }

// Explanation takes the reasons apart, so that they can be wrapped on a phone.
func (p page) Explanation() []passage {
	var list []passage
	for line := range strings.Lines(p.Why) {
		text := strings.TrimSpace(line)
		switch {
		case text == "":
		case !strings.HasPrefix(line, "  "):
			list = append(list, passage{Text: text})
		default:
			if n := len(list); n == 0 || list[n-1].Items == nil {
				list = append(list, passage{})
			}
			last := &list[len(list)-1]
			name, rest, found := strings.Cut(text, "  ")
			if !found {
				name, rest = "", text
			}
			last.Items = append(last.Items, item{name, strings.TrimSpace(rest)})
		}
	}
	return list
}
