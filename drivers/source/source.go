// Package source is what sources of deployments, the engine and the history share: what
// a source answers ([Answer]), what is known of it ([Known]), what a merge changed
// ([Changes]), and why a source could not be asked ([Error]).
//
// It holds values and no state. The rules by which an answer changes what is known are
// in engine/facts.
package source

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Source is asked for deployments. Polls of one source never overlap.
type Source interface {
	// Poll reads what is not known yet, as of now. The answer and the error may both
	// be set: what could be read is in the answer, and why the rest could not is the
	// error, which joins an [*Error] for each reason. known is not changed.
	Poll(ctx context.Context, known *Known, now time.Time) (Answer, error)
}

// An Answer is what one poll brought.
type Answer struct {
	// Listed says that Environments are all that the source has and its selection
	// matches: a known one that is not among them is gone.
	Listed bool
	// OneList says that all environments are of one list, such as a file, so that
	// they are complete from the same instant.
	OneList bool
	// Environments are those that are selected, read or not.
	Environments []Environment
	// Deployments are what was read, new or known, in the order of the list; of a
	// list where one record replaces another both. EnvironmentID names one of
	// Environments.
	Deployments []rules.Deployment
	// Vanished are known running deployments that the source has no more: it said 404
	// to the id, or its whole list lacks it.
	Vanished []Ref
	// Unusable are records that could not be read into a deployment.
	Unusable []Unusable
	// More says that a first reading is not at its end and that the source can be
	// polled again at once.
	More bool
	// Date is the server's clock when it answered first; zero: it has not told.
	Date time.Time
	// Server says who answered, such as "Bamboo 9.6.1"; "" says nothing.
	Server string
	// Notes are oddities that did not stop the poll.
	Notes []Note
}

// An Environment is one that a source has, and how it was read in this poll.
type Environment struct {
	rules.Environment // identity and present names; of the rest only what is said here
	Reading           Reading
	// From is the instant from which this reading, together with what it joins, is
	// complete: the oldest usable record of a list that was read to its end, the
	// horizon where that was reached, and the oldest start plus seven days where a
	// first reading goes on. Zero: the list is empty, or nothing was read.
	From time.Time
	// Exhausted says that the list was read to its end.
	Exhausted bool
	// Deeper says that the reading went on below what was known, without a gap.
	Deeper bool
}

// Reading says how far an environment was read in one poll.
type Reading int

// The readings.
const (
	ReadNothing Reading = iota // it is there, and could not be read
	ReadPart                   // a first reading goes on in the next poll
	ReadWhole                  // all that is new was read
)

// A Ref names a deployment.
type Ref struct {
	EnvironmentID string
	ID            string
}

// An Unusable is a record with a value that cannot be judged. Its neighbours count;
// its environment is stale until the record is usable or excepted by its exact id.
type Unusable struct {
	EnvironmentID string
	ID            string
	Field         string // as the source names it
	Value         string // as text, at most 40 bytes, see [Text]
	Hint          string // what may be wrong, or ""
}

// A Note is an oddity. It is logged once for each topic.
type Note struct {
	Topic string
	Text  string
}

// A Lockout is a login that a server refused, so that it is not sent again. It holds no
// secret.
type Lockout struct {
	Fingerprint string    // SHA-256 over server and login, in hex
	Status      int       // 401 or 403
	At          time.Time // when; zero: not known
}
