package mapping

import (
	"encoding/json"
	"strings"
)

// A Where is where a value is: one of its fields says. The zero Where is nowhere.
type Where struct {
	Path  Path    `json:",omitempty"` // in the record
	Root  Path    `json:",omitempty"` // from the top of the answer
	Text  string  `json:",omitempty"` // always the same
	Join  []Where `json:",omitempty"` // their texts with a slash between; nowhere if one is
	First []Where `json:",omitempty"` // the first that is there
}

// UnmarshalJSON also reads what counter.cue has: a path as a text, and First as a list.
func (w *Where) UnmarshalJSON(text []byte) error {
	*w = Where{}
	switch text[0] {
	case '"':
		return json.Unmarshal(text, &w.Path)
	case '[':
		return json.Unmarshal(text, &w.First)
	}
	type plain Where
	return json.Unmarshal(text, (*plain)(w))
}

// find returns the value; nil: it is not there.
func (w *Where) find(i *Item) any {
	switch {
	case w.Path != "":
		return w.Path.find(i.value)
	case w.Root != "":
		return w.Root.find(i.root)
	case w.Text != "":
		return w.Text
	case w.Join != nil:
		var parts []string
		for k := range w.Join {
			text, ok := textOf(w.Join[k].find(i))
			if !ok {
				return nil
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, "/")
	}
	for k := range w.First {
		if v := w.First[k].find(i); v != nil {
			return v
		}
	}
	return nil
}
