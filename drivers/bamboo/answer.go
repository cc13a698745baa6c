package bamboo

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// An Answer is what one poll read.
type Answer struct {
	// Environments are those that were read whole, with how far back they are
	// now known together with what Known knew.
	Environments []rules.Environment
	// Interrupted are others whose first reading was cut off by an error. Exhausted
	// is false, and CompleteFrom, before now, is the instant from which all is known
	// for sure: a week after the oldest start met, since what was running there may
	// have begun before. The next poll goes on there if Known says so. One that
	// gained nothing is not listed.
	Interrupted []rules.Environment
	// More says that an environment is in Interrupted because [Opts.Batch] was
	// reached, and not by an error: the next poll may follow at once.
	More bool
	// Deployments are those of Environments and Interrupted that were met, known or
	// new, in no order: of a poll after the first mostly the newest page.
	Deployments []rules.Deployment
	Notes       []Note
	// Server is the server's version; "": it did not say. It is asked once, after
	// the first poll that got through.
	Server string
	// ServerDate is the Date of the first answer with JSON; zero: there was none, or it
	// was kept by a cache.
	ServerDate time.Time
}

// A Note is something odd that did not stop the poll. The same oddity has the
// same Kind and Subject in each poll, so that it can be logged once.
type Note struct {
	Kind    NoteKind
	Subject string // an environment's or result's id, a word, or ""
	Text    string
}

// A NoteKind says what a note is about.
type NoteKind string

// The kinds of notes.
const (
	NoteUnknownWord NoteKind = "unknown word"       // a state that this driver does not know
	NoteSkipped     NoteKind = "skipped record"     // a result from before the horizon that cannot be judged
	NoteIncomplete  NoteKind = "incomplete history" // the list was not read back to the horizon
	NoteGap         NoteKind = "gap"                // results may have come and gone since the last poll
	NoteUnordered   NoteKind = "unordered"          // a list that is not newest first
	NoteClock       NoteKind = "clock"              // the server's clock and ours differ
	NoteDiscovery   NoteKind = "discovery"          // the list of environments could not be read again
	NoteRenamed     NoteKind = "renamed"            // an environment has another name or another id
)

func unknownWord(field, word, result string) Note {
	return Note{NoteUnknownWord, field + " " + word,
		fmt.Sprintf("result %s: %s %q is not a word that is known", result, field, word)}
}

// Progress is how far a poll has come.
type Progress struct {
	Environment string    // name
	Index       int       // of the environment, from 0
	Total       int       // environments to read
	Pages       int       // read of this environment
	Results     int       // met in this environment
	Now         time.Time // of the poll
	Oldest      time.Time // start of the oldest result met; zero: none has one
	Horizon     time.Time // where the reading ends, unless the list ends before
}

// Fraction returns how much of the time from now back to the horizon was read, 0
// to 1. It does not fall while one environment is read. At 1 there may be some more
// pages, of what could still run at the horizon.
func (p Progress) Fraction() float64 {
	if p.Oldest.IsZero() {
		return 0
	}
	if !p.Horizon.Before(p.Now) {
		return 1
	}
	read := float64(p.Now.Sub(p.Oldest)) / float64(p.Now.Sub(p.Horizon))
	return min(max(read, 0), 1)
}

// Known is what the caller kept of earlier polls. Its methods are called from
// the goroutine of Poll.
type Known interface {
	// Complete returns the instant from which the environment's results are
	// known and whether its list was read to the end, as [rules.Environment]
	// has them. ok is false when the list was never read whole; from is then how
	// far back an interrupted reading came, the CompleteFrom of
	// [Answer.Interrupted], zero if there was none.
	Complete(environmentID string) (from time.Time, exhausted, ok bool)
	// Final reports whether the result is known and will not change any more.
	Final(environmentID, resultID string) bool
	// Active returns the results that were not final when they were read.
	Active(environmentID string) []string
}

type nothingKnown struct{}

func (nothingKnown) Complete(string) (time.Time, bool, bool) { return time.Time{}, false, false }
func (nothingKnown) Final(string, string) bool               { return false }
func (nothingKnown) Active(string) []string                  { return nil }
