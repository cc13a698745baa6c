// Package mapping turns the records of any server that answers with JSON into deployments,
// as the `http` source of a counter.cue says. It holds the values of such a source ([Feed]),
// and no network: start at [Read.Items] and [Feed.Record].
//
// The words are those of schema.#HTTP, which documents each field for whoever writes one.
package mapping

import (
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Feed is one list of deployments of a server.
type Feed struct {
	Project     string // that all records have; "": see Map
	Environment string // likewise
	Read               // how the list is read
	First       *Read  // how it is read back the first time; nil: as later
	// One asks for a record that had not ended and is not listed any more; {id} is its id.
	One         string
	Index       *Index
	Keep        Keep
	Consecutive bool // ids are numbers without gaps: where one is missing, what was before is not known
}

// A Read is a request for a list, and what the answer holds. In paths, {id} stands for a
// record's id, {since} for the last reading, {offset} and {end} for a range, {name} for a
// name of the Index.
type Read struct {
	Get  string // path and query; "": see Post
	Post *Post
	Page Paging
	List        // that pages are counted by
	Also []List // further lists of the same answer
	// Details asks for more of a record that is new or has not ended. The answer becomes
	// its field "details".
	Details string
	// Check asks for the first records of an {environment}, before one that was found is
	// read for the first time. If Skip drops the first of them, the environment is not read.
	Check *Check
}

// Has reports whether the request's path has a placeholder.
func (r *Read) Has(placeholder string) bool {
	return strings.Contains(r.Get, placeholder) || r.Post != nil && strings.Contains(r.Post.Path, placeholder)
}

// Post is a request with a body.
type Post struct {
	Path string
	Body map[string]any
}

// A Check is a request for the newest records of an environment.
type Check struct {
	Get   string
	Items Path
	Skip  map[string]rules.Pattern
}

// Paging says how the next page is asked for. At most one is set; none: there is one page.
type Paging struct {
	Link   bool // the header Link has it
	Number *Counter
	Offset *Counter
	Cursor *Cursor
}

// A Counter counts pages from 1, or records from 0, in a parameter of the query.
type Counter struct {
	Parameter string // "" for an offset: the path has {offset} and {end}
	Size      int    // records asked for: {end} is {offset} and Size
}

// A Cursor is a text of the server's that asks for the next page.
type Cursor struct {
	Path      Path   // where it is in the answer
	Parameter string // of the query; with Post the path in the body
	More      Path   // to a boolean that says whether there is another page; "": the cursor says it
}

// An Index is a request for names, each of which has a list of its own.
type Index struct {
	Get     string
	Items   Path
	Name    Path   // in an item; it is the environment
	Changed []Path // in an item: while all are as before, the list is not read
}

// Keep says what the server keeps. Zero: all, down to the oldest record.
type Keep struct {
	Number int           // newest records of a list
	Age    time.Duration // since they began
}

// A List is where records are in an answer, and what they mean.
type List struct {
	Items    Path // "" is the answer itself; one record is a list of one
	Optional bool // it may be absent
	Only     map[string]rules.Pattern
	Skip     map[string]rules.Pattern // by path: records that match all of Only and none of Skip count
	Map      Map
	States   States
}

// Map says where the fields of a deployment are in a record.
type Map struct {
	ID, Environment, State, Executed Where
	// All others may be absent.
	Project, Version, Link Where
	Started, Finished      Where
	Duration               Where // in milliseconds from Executed, in place of Finished
	Running                Where // where this is true it runs, whatever State says
	Times                  Times
	Events                 *Events
}

// Times says how dates are written.
type Times string

// The ways to write a date.
const (
	RFC3339    Times = "rfc3339"
	UnixSecond Times = "unix"
	UnixMilli  Times = "unix_ms"
)

// Events derives State, Executed and Finished from a list in the record of what happened.
type Events struct {
	List      Path // in the record
	State, At Path // in an event
	// ForgottenAfter is how long a record without events waits, until it is taken to have
	// run when it began; zero: for ever.
	ForgottenAfter time.Duration
}

// States says what the server's words mean. A word that is in no list means that it ran and
// ended, with an unknown outcome.
type States struct {
	Success, Failed, Running                 []string
	FailedIfStarted                          []string // failed; without a start it did not run
	Waiting, Cancelled, Skipped, SaysNothing []string
}
