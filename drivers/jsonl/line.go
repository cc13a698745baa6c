package jsonl

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
	"unique"

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

// scan reads a line into f: one object of texts with known names, each at most once. It
// refuses what encoding/json would replace, invalid UTF-8 and halves of surrogate pairs,
// since two names would become one.
func (f fields) scan(line []byte) *LineError {
	clear(f)
	if !utf8.Valid(line) {
		at := invalidByte(line)
		return &LineError{Column: at + 1, Why: fmt.Sprintf("is not UTF-8 (byte 0x%02x): save the file as UTF-8", line[at])}
	}
	if !json.Valid(line) {
		return syntaxError(line)
	}
	at := skip(line, 0)
	if line[at] != '{' {
		return &LineError{Column: at + 1, Why: "is not a JSON object"}
	}
	for at = skip(line, at+1); line[at] != '}'; at = skip(line, at) {
		begin := at
		at = end(line, at)
		name, bad := textOf(line, begin, at, false)
		switch {
		case bad != nil:
			return bad
		case !slices.Contains(names, name):
			return &LineError{Column: begin + 1, Field: source.TextOf(name, maxQuoted), Why: "is not a field: want one of " + strings.Join(names, ", ")}
		case f[name].column > 0:
			return &LineError{Column: begin + 1, Field: name, Why: "is given twice"}
		}
		begin = skip(line, at)
		at = end(line, begin)
		text, bad := textOf(line, begin, at, strings.HasSuffix(name, "id"))
		if bad != nil {
			bad.Field = name
			return bad
		}
		f[name] = field{text, begin + 1}
	}
	return nil
}

// invalidByte returns where a line first has a byte that is not UTF-8.
func invalidByte(line []byte) int {
	at := 0
	for r, n := utf8.DecodeRune(line); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(line[at:]) {
		at += n
	}
	return at
}

// skip returns where the next name or value of valid JSON begins, or its end.
func skip(line []byte, at int) int {
	return len(line) - len(bytes.TrimLeft(line[at:], " \t\r\n,:"))
}

// end returns where the string, number or word ends that begins at a byte of valid JSON.
func end(line []byte, at int) int {
	if line[at] != '"' {
		return at + bytes.IndexAny(line[at:], ", \t\r\n}")
	}
	for at++; line[at] != '"'; at++ {
		if line[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// surrogates matches what is escaped as two characters, or half of that (\1), in a valid string.
var surrogates = regexp.MustCompile(`\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(\\u[dD][89a-fA-F]\w\w)`)

// textOf returns the text of a value. null is like an absent field, and an id may be a whole
// number.
func textOf(line []byte, begin, end int, isID bool) (string, *LineError) {
	word := string(line[begin:end])
	switch {
	case word == "null":
		return "", nil
	case isID && word[0] != '"':
		if n, err := strconv.ParseInt(word, 10, 64); err == nil && strconv.FormatInt(n, 10) == word {
			return word, nil
		}
	}
	if word[0] != '"' {
		return "", &LineError{Column: begin + 1, Why: "is not a text"}
	}
	if !strings.Contains(word, `\`) {
		return word[1 : len(word)-1], nil
	}
	for _, m := range surrogates.FindAllStringSubmatchIndex(word, -1) {
		if m[2] >= 0 {
			return "", &LineError{Column: begin + m[2] + 1, Why: "has half of a surrogate pair, " + word[m[2]:m[3]] + ", which is no character"}
		}
	}
	var text string
	_ = json.Unmarshal(line[begin:end], &text) // it is valid
	return text, nil
}

// syntaxError says where a line stops being JSON.
func syntaxError(line []byte) *LineError {
	var v json.RawMessage
	syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(line, &v))
	if ok && !strings.HasPrefix(syntax.Error(), "unexpected end") {
		return &LineError{Column: max(1, int(syntax.Offset)), Why: "is not JSON: " + syntax.Error()}
	}
	return &LineError{Column: max(1, len(bytes.TrimRight(line, "\r\n"))), Why: "is not JSON: the line ends early: want one object a line"}
}

// A parser makes deployments of the lines of one file.
type parser struct {
	fields
	projects map[string]string // environment_id: the first project_id that it came with
}

func newParser() parser { return parser{fields{}, map[string]string{}} }

// DecodeLine reads one line by itself. A *LineError of it has neither file nor line.
func DecodeLine(line []byte) (rules.Deployment, error) {
	d, bad := newParser().deployment(line)
	if bad != nil {
		return d, bad
	}
	return d, nil
}

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
	return source.Text(environmentID(cmp.Or(d.ProjectID, d.Project), cmp.Or(id, d.Environment)))
}

// environmentID keeps environments of one name in different projects apart.
func environmentID(project, environment string) string {
	if project == "" {
		return environment
	}
	return project + "/" + environment
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
