package jsonl

import (
	"fmt"
	"strings"
)

// A LineError is a line that is not a deployment.
type LineError struct {
	File   string
	Line   int    // from 1
	Column int    // from 1, in bytes, of the field's value or where the JSON breaks
	Field  string // "" when it is no field
	Why    string
}

func (e *LineError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Why)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", e.File, e.Line, e.Column, e.Field, e.Why)
}

// A MissingError is a configured environment of which the file has no deployment.
type MissingError struct {
	File         string
	Environments []string // patterns as configured
	Have         []string // what the file has, at most 20, ordered
	More         int      // how many more it has
}

func (e *MissingError) Error() string {
	text := fmt.Sprintf("jsonl: %s: no deployment to environment %q", e.File, e.Environments)
	switch {
	case len(e.Have) == 0:
		text += "; the file has none at all"
	default:
		text += "; it has: " + strings.Join(e.Have, ", ")
	}
	if e.More > 0 {
		text += fmt.Sprintf(" and %d more", e.More)
	}
	return text
}
