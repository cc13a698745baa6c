package mapping

import (
	"fmt"
	"maps"

	"github.com/fridaycounter/fridaycounter/rules"
)

// An Item is a record of an answer as the server sent it.
type Item struct {
	list        *List
	value, root any
}

// Items returns the records of an answer in its order, and how many of them the first list
// has. The error says which list is not there.
func (r *Read) Items(answer any) (items []Item, count int, err error) {
	for i, l := range r.lists() {
		values, err := l.find(answer)
		if err != nil {
			return nil, 0, err
		}
		if i == 0 {
			count = len(values)
		}
		for _, v := range values {
			items = append(items, Item{l, v, answer})
		}
	}
	return items, count, nil
}

// Single returns the record of an answer that is that record alone, of the first list that keeps
// it.
func (r *Read) Single(answer any) Item {
	for _, l := range r.lists() {
		if l.keeps(answer) {
			return Item{l, answer, answer}
		}
	}
	return Item{&r.List, answer, answer}
}

func (r *Read) lists() []*List {
	lists := []*List{&r.List}
	for i := range r.Also {
		lists = append(lists, &r.Also[i])
	}
	return lists
}

// find returns the elements of the list. One object is a list of one, and null an empty one.
func (l *List) find(answer any) ([]any, error) {
	found, has := l.Items.lookup(answer)
	at := fmt.Sprintf("items %q", l.Items)
	if l.Items == "" {
		at = "the answer"
	}
	switch v := found.(type) {
	case []any:
		return v, nil
	case map[string]any:
		if l.Items != "" {
			return []any{v}, nil
		}
	case nil:
		fault := Path("errors[0]").find(answer) != nil // of GraphQL, which answers with 200
		switch {
		case Path("errors[].type").find(answer) == "NOT_FOUND":
			return nil, fmt.Errorf("%s: the server says NOT_FOUND (hint: it is not there, or the login may not see it)", at)
		case !fault && (has || l.Optional):
			return nil, nil
		}
		return nil, fmt.Errorf("%s: want a list, there is none", at)
	}
	return nil, fmt.Errorf("%s: want a list, found %s", at, describe(found))
}

// keeps reports whether a record matches all of Only and none of Skip.
func (l *List) keeps(v any) bool {
	for path, pattern := range l.Only {
		if !matches(v, path, pattern) {
			return false
		}
	}
	return !l.skips(v)
}

func (l *List) skips(v any) bool {
	for path, pattern := range l.Skip {
		if matches(v, path, pattern) {
			return true
		}
	}
	return false
}

// matches reports whether a value is there and its text matches.
func matches(v any, path string, pattern rules.Pattern) bool {
	text, ok := textOf(Path(path).find(v))
	return ok && pattern.Match(text)
}

// Kept reports whether the filters keep the record.
func (i *Item) Kept() bool { return i.list.keeps(i.value) }

// Skipped reports whether a filter of [List.Skip] drops the record.
func (i *Item) Skipped() bool { return i.list.skips(i.value) }

// ID returns the record's id, or "".
func (i *Item) ID() string {
	text, _ := textOf(i.list.Map.ID.find(i))
	return text
}

// SetDetails adds the answer to [Read.Details].
func (i *Item) SetDetails(answer any) {
	if fields, ok := i.value.(map[string]any); ok {
		fields = maps.Clone(fields)
		fields["details"] = answer
		i.value = fields
	}
}

// Passes reports whether the first record of the answer is not to be skipped.
func (c *Check) Passes(answer any) (bool, error) {
	l := List{Items: c.Items, Skip: c.Skip}
	values, err := l.find(answer)
	return err != nil || len(values) == 0 || l.keeps(values[0]), err
}

// Next returns the text that asks for the next page, and whether there is one.
func (c *Cursor) Next(answer any) (token string, more bool) {
	token, _ = textOf(c.Path.find(answer))
	return token, token != "" && (c.More == "" || c.More.find(answer) == true)
}

// Names returns the names of an index, each with a text that changes when its list is to be
// read, or "" if it always is.
func (x *Index) Names(answer any) (names, changed []string, err error) {
	values, err := (&List{Items: x.Items}).find(answer)
	for _, v := range values {
		name, _ := textOf(x.Name.find(v))
		if name == "" {
			return nil, nil, fmt.Errorf("an item of the index has no %q", x.Name)
		}
		state, found := "", false
		for _, path := range x.Changed {
			part, ok := textOf(path.find(v))
			state, found = state+part+"\n", found || ok
		}
		if !found {
			state = "" // nothing tells whether it changed
		}
		names, changed = append(names, name), append(changed, state)
	}
	return names, changed, err
}
