package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// fields are the names of a line's fields, in the order in which they are written.
var fields = [...]string{
	"id", "project", "project_id", "environment", "environment_id", "version",
	"state", "life_cycle", "started", "executed", "finished", "url",
}

// value is a field's text and where it stands in the line.
type value struct {
	text   string
	column int
}

// isPartial reports whether a line is the beginning of one that is being written.
func isPartial(line []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(line))
	var v json.RawMessage
	return errors.Is(dec.Decode(&v), io.ErrUnexpectedEOF)
}

// decodeLine reads one line. The error lacks file and line.
func decodeLine(line []byte) (rules.Deployment, *LineError) {
	values, bad := scan(line)
	if bad != nil {
		return rules.Deployment{}, bad
	}
	for _, name := range []string{"id", "environment", "started"} {
		if values[name].text == "" {
			return rules.Deployment{}, &LineError{Column: max(1, values[name].column), Field: name, Why: "is required"}
		}
	}
	d := rules.Deployment{
		ID:            values["id"].text,
		ProjectID:     values["project_id"].text,
		Project:       values["project"].text,
		EnvironmentID: values["environment_id"].text,
		Environment:   values["environment"].text,
		Version:       values["version"].text,
		URL:           values["url"].text,
	}
	if d.ProjectID == "" {
		d.ProjectID = d.Project
	}
	if d.EnvironmentID == "" {
		d.EnvironmentID = defaultEnvironmentID(&d)
	}
	for _, at := range []struct {
		name string
		to   *time.Time
	}{{"started", &d.Started}, {"executed", &d.Executed}, {"finished", &d.Finished}} {
		if bad := readTime(values, at.name, at.to); bad != nil {
			return rules.Deployment{}, bad
		}
	}
	if bad := readStates(values, &d); bad != nil {
		return rules.Deployment{}, bad
	}
	return d, nil
}

// defaultEnvironmentID keeps environments of the same name in different projects apart.
func defaultEnvironmentID(d *rules.Deployment) string {
	if d.ProjectID == "" {
		return d.Environment
	}
	return d.ProjectID + "/" + d.Environment
}

// scan reads an object of texts with known names, each at most once.
func scan(line []byte) (map[string]value, *LineError) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if first, err := dec.Token(); err != nil {
		return nil, broken(line)
	} else if first != json.Delim('{') {
		return nil, &LineError{Column: 1, Why: "is not a JSON object"}
	}
	values := make(map[string]value, len(fields))
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, broken(line)
		}
		name := token.(string) // a key is a string, or the decoder refuses it
		at := int(dec.InputOffset()) - len(name) - 1
		if !isField(name) {
			return nil, &LineError{Column: max(1, at), Field: name, Why: "is not a field: want one of " + strings.Join(fields[:], ", ")}
		}
		if _, twice := values[name]; twice {
			return nil, &LineError{Column: max(1, at), Field: name, Why: "is given twice"}
		}
		column := valueColumn(line, dec.InputOffset())
		if token, err = dec.Token(); err != nil {
			return nil, broken(line)
		}
		text, ok := textOf(token, name)
		if !ok {
			return nil, &LineError{Column: column, Field: name, Why: "is not a text"}
		}
		values[name] = value{text, column}
	}
	if _, err := dec.Token(); err != nil {
		return nil, broken(line)
	}
	if rest := bytes.TrimSpace(line[dec.InputOffset():]); len(rest) > 0 {
		return nil, &LineError{Column: int(dec.InputOffset()) + 1, Why: "has more than one object"}
	}
	return values, nil
}

// broken says where a line stops being JSON.
func broken(line []byte) *LineError {
	var v json.RawMessage
	var syntax *json.SyntaxError
	err := json.Unmarshal(line, &v)
	if errors.As(err, &syntax) && !strings.HasPrefix(syntax.Error(), "unexpected end") {
		return &LineError{Column: max(1, int(syntax.Offset)), Why: "is not JSON: " + syntax.Error()}
	}
	return &LineError{Column: max(1, len(bytes.TrimRight(line, "\r\n"))), Why: "is not JSON: the line ends early"}
}

// valueColumn returns the column of the value that follows a key which ends at
// offset.
func valueColumn(line []byte, offset int64) int {
	rest := bytes.TrimLeft(line[offset:], " \t:")
	return len(line) - len(rest) + 1
}

// textOf returns a value's text. null is as good as absent, and an id may be a
// whole number, as run numbers of CI servers are.
func textOf(token json.Token, name string) (string, bool) {
	switch v := token.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		_, err := strconv.ParseInt(v.String(), 10, 64)
		return v.String(), err == nil && strings.HasSuffix(name, "id")
	}
	return "", false
}

func isField(name string) bool { return slices.Contains(fields[:], name) }

func readTime(values map[string]value, name string, to *time.Time) *LineError {
	v := values[name]
	if v.text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, v.text)
	if err != nil || t.Year() < 1970 {
		return &LineError{Column: v.column, Field: name,
			Why: fmt.Sprintf("%q is not a time since 1970: want RFC 3339, like 2026-11-20T15:04:05+01:00", clip(v.text))}
	}
	*to = t
	return nil
}

// clip bounds what an error repeats of a line.
func clip(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "..."
	}
	return text
}
