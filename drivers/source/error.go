package source

import (
	"errors"
	"time"
)

// Kind says what kind of trouble a poll met, for the glyph on the glass.
type Kind int

// The kinds of trouble, in the order in which a glyph tells them.
const (
	Other   Kind = iota // network, server, an answer that is none
	Missing             // a selected environment or project is not there
	Clock               // this machine's clock is not trusted
	Login               // the login was refused, or cannot be read
)

// String returns a word for the kind, as JSON has it.
func (k Kind) String() string {
	switch k {
	case Missing:
		return "missing"
	case Clock:
		return "clock"
	case Login:
		return "login"
	}
	return "poll"
}

// An Error is why a source could not be asked whole, with what the engine needs to know
// of it.
type Error struct {
	Kind Kind
	// EnvironmentID is the environment that could not be read; "": it is about the
	// source.
	EnvironmentID string
	RetryAfter    time.Duration // do not ask again sooner; zero: as the engine likes
	NotAsked      bool          // nothing was asked, for the reason told the last time
	Err           error
}

// Error returns the cause's text.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error that joins several: the one that a glyph tells
// first.
func KindOf(err error) Kind {
	kind := Other
	for e := range All(err) {
		kind = max(kind, e.Kind)
	}
	return kind
}

// All returns the [*Error] values that an error joins or wraps.
func All(err error) map[*Error]struct{} {
	found := map[*Error]struct{}{}
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case nil:
		case *Error:
			found[e] = struct{}{}
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				walk(one)
			}
		default:
			walk(errors.Unwrap(err))
		}
	}
	walk(err)
	return found
}
