package mapping

import (
	"fmt"
	"strings"
)

// ParseWhere reads a Where as counter.cue has it: a path, {root}, {text}, {join}, or a list
// of those.
func ParseWhere(from any) (w Where, err error) {
	switch from := from.(type) {
	case string:
		return Where{Path: from}, nil
	case []any:
		w.First, err = parseAll(from)
		return w, err
	case map[string]any:
		w.Text, _ = from["text"].(string)
		w.Root, _ = from["root"].(string)
		parts, _ := from["join"].([]any)
		w.Join, err = parseAll(parts)
		return w, err
	}
	return w, fmt.Errorf("want a path, {root}, {text}, {join} or a list, not %s", describe(from))
}

func parseAll(list []any) (all []Where, err error) {
	for _, one := range list {
		w, err := ParseWhere(one)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// A where is a Where with its paths read.
type where struct {
	path, root  path // nil: neither
	text        string
	join, first []where
}

func compileWhere(w Where) (c where, err error) {
	c.text = w.Text
	if c.path, err = parsePath(w.Path); err != nil {
		return c, err
	}
	if c.root, err = parsePath(w.Root); err != nil {
		return c, err
	}
	if c.join, err = compileAll(w.Join); err != nil {
		return c, err
	}
	c.first, err = compileAll(w.First)
	return c, err
}

func compileAll(list []Where) (all []where, err error) {
	for _, w := range list {
		c, err := compileWhere(w)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// find returns the value, and whether it is there.
func (w *where) find(i *Item) (any, bool) {
	switch {
	case w.path != nil:
		return w.path.find(i.value)
	case w.root != nil:
		return w.root.find(i.root)
	case w.text != "":
		return w.text, true
	case w.join != nil:
		return w.joined(i)
	}
	for k := range w.first {
		if v, ok := w.first[k].find(i); ok {
			return v, true
		}
	}
	return nil, false
}

func (w *where) joined(i *Item) (any, bool) {
	var parts []string
	for k := range w.join {
		v, _ := w.join[k].find(i)
		text, ok := textOf(v)
		if !ok {
			return nil, false
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "/"), true
}
