// Package source is what sources of deployments, the engine and the history share: what
// a source answers ([Answer]), what is known of it ([Known]), what a merge changed
// ([Changes]), and why a source could not be read ([Error]).
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
	// Poll reads what is not known yet, as of now. If it can read only a part, it returns
	// that and an error, which joins an [*Error] for each reason. It does not change known.
	Poll(ctx context.Context, known *Known, now time.Time) (Answer, error)
}

// An Answer is what one poll read.
type Answer struct {
	Listed       bool          // Environments are all that the source has and its selection matches
	OneList      bool          // all environments are of one list, such as a file, complete from one instant
	Environments []Environment // that are selected, read or not
	// Deployments are what was read, new or known, in the order of the list; where one
	// record replaces another, both. Their environments are among Environments.
	Deployments []rules.Deployment
	Vanished    []Ref      // known running deployments that the source has no more
	Unusable    []Unusable // records that could not be made into a deployment
	More        bool       // a first reading goes on: the source can be polled again at once
	Date        time.Time  // the server's clock when it answered first; zero: not known
	Server      string     // who answered, such as "Bamboo 9.6.1", or ""
	Notes       []Note     // oddities that did not stop the poll
}

// An Environment is one that a source has, and how it was read in this poll.
type Environment struct {
	rules.Environment // identity and present names; of the rest only what is said here
	Reading           Reading
	// From is the instant from which the environment is complete by this reading: the
	// oldest usable record of a list that was read to its end; the horizon where that was
	// reached; the oldest start plus [Longest] where a first reading goes on. Zero: the
	// list is empty, or nothing was read.
	From      time.Time
	Exhausted bool // the list was read to its end
	Deeper    bool // the reading went on below what was known, without a gap
	Gap       bool // what was between From and what was known before is lost
}

// Longest is the longest that a deployment is taken to run: one that was running at an instant
// began at most so long before.
const Longest = 7 * 24 * time.Hour

// Reading says how far an environment was read in one poll.
type Reading int

// The readings.
const (
	ReadNothing Reading = iota // it is there, and could not be read
	ReadPart                   // a first reading goes on in the next poll
	ReadWhole                  // all that is new was read
)

// A Ref names a deployment.
type Ref struct{ EnvironmentID, ID string }

// An Unusable is a record that cannot be judged. Its neighbours count; its environment is
// stale until the record is usable, or excepted by its exact id.
type Unusable struct {
	EnvironmentID string
	ID            string
	Field         string // as the source names it
	Value         string // at most 40 bytes, see [Text]
	Hint          string // what may be wrong, or ""
}

// A Note is an oddity. It is logged once for each topic.
type Note struct{ Topic, Text string }

// A Lockout is a login that a server refused, so that it is not sent again. It holds no
// secret.
type Lockout struct {
	Fingerprint string    // SHA-256 of server and login, in hex
	Status      int       // 401 or 403
	At          time.Time // when; zero: not known
}

// Progress is how far back an environment, or a list of several, has been read.
type Progress struct {
	Environment string    // name
	Results     int       // known of it
	Oldest      time.Time // start of the oldest of them
	Horizon     time.Time // back to where it is read, unless the list ends before
}
