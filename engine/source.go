package engine

import (
	"context"
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Source is asked for deployments. Polls never overlap.
type Source interface {
	// Poll reads what is not known yet. The answer and the error may both be
	// set: what could be read is in the answer, the rest in the error, which
	// may be a [*Trouble].
	Poll(ctx context.Context, known Known, now time.Time) (Answer, error)
}

// Known is what a source need not read again. It does not change during a poll.
type Known interface {
	// Complete returns how far back an environment's results are known, and
	// whether its list was read to the end. ok is false when the list was never
	// read whole; from is then how far back an interrupted reading came, zero
	// if there was none.
	Complete(environmentID string) (from time.Time, exhausted, ok bool)
	// Final reports whether a result is known and will not change.
	Final(environmentID, resultID string) bool
	// Active lists the known results that had not ended.
	Active(environmentID string) []string
}

// An Answer is what one poll brought.
type Answer struct {
	// Environments are those that were read whole, with their coverage.
	Environments []rules.Environment
	// Interrupted are those whose first reading was cut off, with how far back
	// it came: the next poll goes on from there.
	Interrupted []rules.Environment
	// Deployments are new or have changed. An unchanged one does no harm.
	Deployments []rules.Deployment
	// More says that a first reading is not at its end yet and that the
	// source can be polled again at once.
	More bool
	// Date is the server's clock when it answered first; zero: it has not told.
	Date time.Time
	// Server says who answered; "" says nothing.
	Server string
	// Notes are oddities that did not stop the poll.
	Notes []Note
}

// A Note is an oddity, logged once for each topic.
type Note struct {
	Topic string
	Text  string
}

// Kind says what kind of trouble a poll met, for the glyph on the glass.
type Kind int

// The kinds of trouble.
const (
	TroubleOther   Kind = iota // network, server, a page that is no answer
	TroubleAuth                // the credential was refused
	TroubleMissing             // a configured environment is not there
	TroubleClock               // this machine's clock is not trusted
)

// Trouble is a poll's error with what the engine needs to know of it.
type Trouble struct {
	Kind       Kind
	RetryAfter time.Duration // do not ask again sooner; zero: as the engine likes
	Unasked    bool          // nothing was asked, for the reason told the last time
	Err        error
}

// Error returns the cause's text.
func (t *Trouble) Error() string { return t.Err.Error() }

// Unwrap returns the cause.
func (t *Trouble) Unwrap() error { return t.Err }

// troubleOf returns what is known of a poll's error.
func troubleOf(err error) Trouble {
	if t, ok := errors.AsType[*Trouble](err); ok {
		return *t
	}
	return Trouble{Err: err}
}
