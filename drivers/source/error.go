package source

import (
	"errors"
	"time"
)

// Kind says what kind of trouble a poll had, for the glyph on the glass.
type Kind int

// The kinds of trouble. A glyph shows the last of those that there are.
const (
	Other   Kind = iota // network, server, an answer that cannot be read
	Missing             // a selected environment or project is not there
	Clock               // this machine's clock is not trusted
	Login               // the login was refused, or cannot be read
)

// String returns the word for the kind in JSON.
func (k Kind) String() string { return [...]string{"poll", "missing", "clock", "login"}[k] }

// An Error is a reason why a source was not read whole.
type Error struct {
	Kind          Kind
	EnvironmentID string        // the environment that could not be read; "": the source
	RetryAfter    time.Duration // do not ask again sooner; zero: as the engine likes
	NotAsked      bool          // nothing was asked, for the reason given the last time
	Err           error
}

// Error returns the cause's text.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error that joins several: the one that a glyph shows.
func KindOf(err error) Kind {
	kind := Other
	for _, e := range All(err) {
		kind = max(kind, e.Kind)
	}
	return kind
}

// All returns the [*Error] values that an error joins or wraps.
func All(err error) []*Error {
	switch e := err.(type) {
	case nil:
		return nil
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var list []*Error
		for _, one := range e.Unwrap() {
			list = append(list, All(one)...)
		}
		return list
	}
	return All(errors.Unwrap(err))
}
