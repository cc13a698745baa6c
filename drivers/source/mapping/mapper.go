package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Mapper finds the records of an answer, and turns them into deployments. It does not
// change, so any number of goroutines may use it.
type Mapper struct {
	project, environment string // fixed, or ""
	lists                []*list
	check                list // of [Read.Check]
}

// A list is a [List] made ready.
type list struct {
	items      path
	itemsText  string
	optional   bool
	only, skip []filter
	fields     [fieldCount]where
	times      Times
	events     *events
	states     map[string]meaning
}

// A filter is a path, and the pattern that its text is to match.
type filter struct {
	path    path
	pattern rules.Pattern
}

// The fields of a Map.
const (
	fieldID = iota
	fieldEnvironment
	fieldState
	fieldExecuted
	fieldProject
	fieldVersion
	fieldLink
	fieldStarted
	fieldFinished
	fieldDuration
	fieldRunning
	fieldCount
)

// fieldNames are the fields as counter.cue has them.
var fieldNames = [fieldCount]string{
	"id", "environment", "state", "executed", "project", "version", "link", "started", "finished", "duration", "running",
}

// New returns the mapper of a reading, whose records have the project and environment if these
// are not "". The error is of a path, or of a word in two lists; the schema lets neither through.
func New(r *Read, project, environment string) (*Mapper, error) {
	m := &Mapper{project: project, environment: environment}
	for _, l := range append([]List{r.List}, r.Also...) {
		c, err := compileList(l)
		if err != nil {
			return nil, err
		}
		m.lists = append(m.lists, c)
	}
	if c := r.Check; c != nil {
		check, err := compileList(List{Items: c.Items, Skip: c.Skip})
		if err != nil {
			return nil, err
		}
		m.check = *check
	}
	return m, nil
}

func compileList(l List) (c *list, err error) {
	c = &list{itemsText: l.Items, optional: l.Optional, times: l.Map.Times}
	if c.items, err = parsePath(l.Items); err != nil {
		return nil, err
	}
	if c.only, err = compileFilters(l.Only); err != nil {
		return nil, err
	}
	if c.skip, err = compileFilters(l.Skip); err != nil {
		return nil, err
	}
	m := &l.Map
	for i, w := range [fieldCount]Where{
		m.ID, m.Environment, m.State, m.Executed, m.Project, m.Version, m.Link, m.Started, m.Finished, m.Duration, m.Running,
	} {
		if c.fields[i], err = compileWhere(w); err != nil {
			return nil, fmt.Errorf("%s: %w", fieldNames[i], err)
		}
	}
	if c.events, err = compileEvents(m.Events); err != nil {
		return nil, err
	}
	c.states, err = l.States.meanings()
	return c, err
}

func compileFilters(patterns map[string]rules.Pattern) (filters []filter, err error) {
	for _, text := range slices.Sorted(maps.Keys(patterns)) {
		p, err := parsePath(text)
		if err != nil {
			return nil, err
		}
		filters = append(filters, filter{p, patterns[text]})
	}
	return filters, nil
}

// matches reports whether the value is there and its text matches.
func (f *filter) matches(v any) bool {
	found, _ := f.path.find(v)
	text, ok := textOf(found)
	return ok && f.pattern.Match(text)
}

// An Item is a record of an answer as the server sent it.
type Item struct {
	list        *list
	value, root any
}

// Items returns the records of an answer in its order, and how many of them the first list
// has. The error says which list is not there.
func (m *Mapper) Items(answer any) (items []Item, count int, err error) {
	for i, l := range m.lists {
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

// One returns the record of an answer that is that record alone, of the first list that keeps
// it.
func (m *Mapper) One(answer any) Item {
	for _, l := range m.lists {
		if l.keeps(answer) {
			return Item{l, answer, answer}
		}
	}
	return Item{m.lists[0], answer, answer}
}

// Kept reports whether the filters keep the record.
func (i *Item) Kept() bool { return i.list.keeps(i.value) }

// Skipped reports whether a filter of [List.Skip] drops the record.
func (i *Item) Skipped() bool {
	return slices.ContainsFunc(i.list.skip, func(f filter) bool { return f.matches(i.value) })
}

// Passes reports whether the first record of the answer to a [Check] is not to be skipped.
func (m *Mapper) Passes(answer any) (bool, error) {
	values, err := m.check.find(answer)
	return err != nil || len(values) == 0 || m.check.keeps(values[0]), err
}

// find returns the elements of the list. One object is a list of one, and null an empty one.
func (l *list) find(answer any) ([]any, error) {
	found, ok := l.items.find(answer)
	if values, isList := found.([]any); isList {
		return values, nil
	}
	if !ok && l.optional || l.items.isNull(answer) {
		return nil, nil
	}
	if _, isObject := found.(map[string]any); isObject && len(l.items) > 0 {
		return []any{found}, nil
	}
	at := "items " + fmt.Sprintf("%q", l.itemsText)
	if len(l.items) == 0 {
		at = "the answer"
	}
	if !ok {
		return nil, fmt.Errorf("%s: want a list, there is none", at)
	}
	return nil, fmt.Errorf("%s: want a list, found %s", at, describe(found))
}

func (l *list) keeps(v any) bool {
	matches := func(f filter) bool { return f.matches(v) }
	return !slices.ContainsFunc(l.only, func(f filter) bool { return !matches(f) }) && !slices.ContainsFunc(l.skip, matches)
}

// ID returns the record's id, or "".
func (i *Item) ID() string {
	v, _ := i.list.fields[fieldID].find(i)
	text, _ := textOf(v)
	return text
}

// SetDetails adds the answer to [Read.Details].
func (i *Item) SetDetails(answer any) {
	fields, ok := i.value.(map[string]any)
	if !ok {
		return
	}
	fields = maps.Clone(fields)
	fields["details"] = answer
	i.value = fields
}

// Next returns the text that asks for the next page, and whether there is one.
func (c *Cursor) Next(answer any) (token string, more bool, err error) {
	at, err := parsePath(c.Path)
	if err != nil {
		return "", false, err
	}
	v, _ := at.find(answer)
	token, _ = textOf(v)
	if c.More == "" {
		return token, token != "", nil
	}
	if at, err = parsePath(c.More); err != nil {
		return "", false, err
	}
	v, _ = at.find(answer)
	return token, v == true && token != "", nil
}

// Names returns the names of an index, each with a text that changes when its list is to be
// read.
func (x *Index) Names(answer any) (names, changed []string, err error) {
	l, err := compileList(List{Items: x.Items})
	if err != nil {
		return nil, nil, err
	}
	values, err := l.find(answer)
	if err != nil {
		return nil, nil, err
	}
	name, err := parsePath(x.Name)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range values {
		found, _ := name.find(v)
		text, _ := textOf(found)
		if text == "" {
			return nil, nil, fmt.Errorf("an item of the index has no %q", x.Name)
		}
		state := ""
		for _, one := range x.Changed {
			p, err := parsePath(one)
			if err != nil {
				return nil, nil, err
			}
			found, _ := p.find(v)
			part, _ := textOf(found)
			state += part + "\n"
		}
		names, changed = append(names, text), append(changed, state)
	}
	return names, changed, nil
}
