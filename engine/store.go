package engine

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Store keeps what is known of sources, whatever the server forgets. Sources
// are told apart by [SourceKey]. Its methods may be called from any goroutine.
type Store interface {
	Reader
	Writer
}

// A Reader reads what is stored of a source, for judging.
type Reader interface {
	// Coverage returns how completely the environments of a source are known;
	// the zero Coverage when nothing is.
	Coverage(ctx context.Context, source string) (Coverage, error)
	// Each calls take with each deployment of a source, once and in any
	// order, until take returns an error, which Each returns. Version and URL
	// may be "" until load is called, and only within take. The deployment
	// may be changed by the next call.
	Each(ctx context.Context, source string, take func(d *rules.Deployment, load func() error) error) error
	// Deployment returns one deployment whole; ok is false if it is not known.
	Deployment(ctx context.Context, source, environmentID, id string) (d rules.Deployment, ok bool, err error)
}

// A Writer takes in what polls bring.
type Writer interface {
	// Known is what a poll of a source need not read again. ctx bounds its calls.
	Known(ctx context.Context, source string) Known
	// Merge takes in an answer, all of it or nothing, and that a poll which
	// began at an instant was good, or went wrong because of failure. The
	// answer's deployments stay known when the source forgets them. An error
	// of type [*UnsavedError] means that the answer was taken in all the
	// same, but does not survive a restart; one of type [*ForgottenError] that
	// the answer is of no use without what was known when it was asked for.
	Merge(ctx context.Context, source string, a Answer, failure error, at time.Time) (Merged, error)
}

// Coverage is how completely a source is known.
type Coverage struct {
	// Environments are those that were read whole at least once.
	Environments []rules.Environment
	// Good is when the last poll without an error began; zero: the source has
	// never answered whole.
	Good time.Time
}

// Merged is what an answer changed.
type Merged struct {
	// Deployments are those that are new or differ from what was known.
	Deployments []rules.Deployment
	// Notes tell of environments that were renamed or made anew.
	Notes []Note
}

// A ForgottenError says that the store has lost what it knew, so that the source has
// to be asked for everything again.
type ForgottenError struct{ Err error }

// Error returns the cause's text.
func (e *ForgottenError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ForgottenError) Unwrap() error { return e.Err }

// An UnsavedError says that what is known is kept in memory only.
type UnsavedError struct{ Err error }

// Error returns the cause's text.
func (e *UnsavedError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnsavedError) Unwrap() error { return e.Err }
