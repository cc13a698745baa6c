package jsonl

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// maxQuoted is how many bytes of a line an error repeats.
const maxQuoted = 60

// A LineError is a line that is not a deployment.
type LineError struct {
	File   string
	Line   int    // from 1
	Column int    // from 1, in bytes
	Field  string // or ""
	Why    string

	early bool // the line is the beginning of an object
}

// Error returns file:line:column: field: why.
func (e *LineError) Error() string {
	field := ""
	if e.Field != "" {
		field = e.Field + ": "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s", e.File, e.Line, e.Column, field, e.Why)
}

// names are the names of a line's fields.
var names = []string{
	"id", "project", "project_id", "environment", "environment_id", "version",
	"state", "life_cycle", "started", "executed", "finished", "url",
}

// fields are what a line says.
type fields map[string]field

type field struct {
	text   string
	column int // from 1; 0: the line lacks it
}

func (f fields) refuse(name, format string, args ...any) *LineError {
	return &LineError{Column: max(1, f[name].column), Field: name, Why: fmt.Sprintf(format, args...)}
}

// text returns a field as it may be shown; equal texts share their memory.
func (f fields) text(name string) string { return unique.Make(source.Text(f[name].text)).Value() }

// scan reads a line into f: one object of texts with known names, each at most once.
// jsontext refuses what encoding/json would replace, invalid UTF-8 and halves of surrogate
// pairs, since two names would become one.
func (f fields) scan(line []byte) *LineError {
	clear(f)
	d := jsontext.NewDecoder(bytes.NewBuffer(line), jsontext.AllowDuplicateNames(true)) // see member
	if d.PeekKind() != '{' {
		return &LineError{Column: 1, Why: `is not a JSON object: want {"id": …}`}
	}
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() != '}' {
		if bad := f.member(d); bad != nil {
			return bad
		}
	}
	if err == nil {
		_, err = d.ReadToken() // the brace
	}
	if err != nil {
		return syntaxError(err)
	}
	end := int(d.InputOffset())
	if _, err := d.ReadToken(); err != io.EOF {
		return &LineError{Column: end + 1, Why: "goes on after its object: want one object a line"}
	}
	return nil
}

// member reads a name and its value. null is like an absent field, and an id may be a whole
// number.
func (f fields) member(d *jsontext.Decoder) *LineError {
	raw, err := d.ReadValue()
	if err != nil {
		bad := syntaxError(err)
		if !bad.early {
			bad.Why += `: want {"id": …}`
		}
		return bad
	}
	name, column := unquote(raw), int(d.InputOffset())-len(raw)+1
	switch {
	case !slices.Contains(names, name):
		return &LineError{Column: column, Field: source.TextOf(name, maxQuoted), Why: "is not a field: want one of " + strings.Join(names, ", ")}
	case f[name].column > 0:
		return &LineError{Column: column, Field: name, Why: "is given twice"}
	}
	if raw, err = d.ReadValue(); err != nil {
		bad := syntaxError(err)
		bad.Field = name
		return bad
	}
	value := field{column: int(d.InputOffset()) - len(raw) + 1}
	switch kind := raw.Kind(); {
	case kind == '"':
		value.text = unquote(raw)
	case kind == '0' && strings.HasSuffix(name, "id") && !bytes.ContainsAny(raw, ".eE"):
		value.text = string(raw)
	case kind != 'n':
		return &LineError{Column: value.column, Field: name, Why: "is not a text"}
	}
	f[name] = value
	return nil
}

func unquote(text jsontext.Value) string {
	s, _ := jsontext.AppendUnquote(make([]byte, 0, len(text)), text) // it is valid
	return string(s)
}

// syntaxError says where a line stops being JSON, or UTF-8.
func syntaxError(err error) *LineError {
	bad := &LineError{Column: 1, Why: "is not JSON: " + err.Error()}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		bad.Column, bad.Why = int(syntax.ByteOffset)+1, "is not JSON in UTF-8: "+syntax.Err.Error()
	}
	if bad.early = errors.Is(err, io.ErrUnexpectedEOF); bad.early {
		bad.Why = "is not JSON: the line ends early: want one object a line"
	}
	return bad
}

// A parser makes deployments of the lines of one file.
type parser struct {
	fields
	projects map[string]string // environment_id: the first project_id that it came with
}

func newParser() parser { return parser{fields{}, map[string]string{}} }

// DecodeLine reads one line by itself. The error lacks file and line.
func DecodeLine(line []byte) (rules.Deployment, *LineError) { return newParser().deployment(line) }

// deployment reads one line. The error lacks file and line.
func (p parser) deployment(line []byte) (rules.Deployment, *LineError) {
	f := p.fields
	if bad := f.scan(line); bad != nil {
		return rules.Deployment{}, bad
	}
	for _, name := range []string{"id", "environment", "started"} {
		if f[name].text == "" {
			return rules.Deployment{}, f.refuse(name, "is required")
		}
	}
	d := rules.Deployment{
		ID: source.Text(f["id"].text), URL: source.Text(f["url"].text), Version: source.Text(f["version"].text),
		ProjectID: f.text("project_id"), Project: f.text("project"), Environment: f.text("environment"),
	}
	d.EnvironmentID = unique.Make(p.environment(&d, f.text("environment_id"))).Value()
	d.ProjectID = cmp.Or(d.ProjectID, d.Project)
	bad := cmp.Or(f.time("started", &d.Started), f.time("executed", &d.Executed), f.time("finished", &d.Finished), f.states(&d))
	return d, bad
}

// environment returns the identity of a line's environment: the id that the line gives,
// else its names. An id that several projects give is of the first of them.
func (p parser) environment(d *rules.Deployment, id string) string {
	if id != "" {
		first, ok := p.projects[id]
		if !ok && d.ProjectID != "" {
			p.projects[id] = d.ProjectID
		}
		if !ok || d.ProjectID == "" || d.ProjectID == first {
			return id
		}
	}
	id = cmp.Or(id, d.Environment)
	if project := cmp.Or(d.ProjectID, d.Project); project != "" {
		id = project + "/" + id
	}
	return source.Text(id)
}

// time sets to, in UTC, to a field that is given.
func (f fields) time(name string, to *time.Time) *LineError {
	text := f[name].text
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	if err != nil {
		return f.refuse(name, "%q is not a time: want RFC 3339, like 2026-11-20T15:04:05+01:00", source.TextOf(text, maxQuoted))
	}
	if t.IsZero() {
		t = t.Add(1) // it is unusable, not absent
	}
	*to = t.UTC()
	return nil
}

// states sets state and life cycle, and what they imply. It refuses unknown words: the writer
// of the file can correct them, unlike Bamboo's users.
func (f fields) states(d *rules.Deployment) *LineError {
	var ok bool
	state, cycle := f["state"].text, f["life_cycle"].text
	if d.State, ok = source.ParseState(cmp.Or(state, "unknown")); !ok {
		return f.refuse("state", "%q is not success, failed or unknown", source.TextOf(state, maxQuoted))
	}
	d.LifeCycle = rules.LifeCycleFinished
	if d.State == rules.StateUnknown && d.Finished.IsZero() {
		d.LifeCycle = rules.LifeCycleInProgress
	}
	if cycle != "" {
		if d.LifeCycle, ok = source.ParseLifeCycle(cycle); !ok {
			return f.refuse("life_cycle", "%q is not pending, queued, in_progress, finished or not_built", source.TextOf(cycle, maxQuoted))
		}
	}
	// Scripts without a queue do not write executed.
	if d.Executed.IsZero() && (cycle == "" || d.LifeCycle == rules.LifeCycleInProgress) {
		d.Executed = d.Started
	}
	return nil
}
