package history

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// An Error is why a history could not be used. Its text names the path and says
// what to do.
type Error struct {
	Path string
	Kind Kind
	Op   string // what was being done, such as "open"
	PID  int    // of [Held]: the process that writes; 0 is not known
	Err  error  // may be nil
}

// Kind says what a caller can do about an error.
type Kind int

// The kinds of errors. After all of them a wall can go on from memory, and the
// same call may work later, except where noted.
const (
	Other       Kind = iota
	Missing          // there is no such file, for a reader
	Damaged          // see [Recover]
	Foreign          // an SQLite database of another program
	Newer            // written by a newer version of this program
	Older            // a reader cannot bring it up to this version; [Open] does
	Held             // another process writes to it
	Busy             // others kept it locked for longer than [Opts.Wait]
	Interrupted      // a write was cut off, and a reader may not undo it; [Open] does
	Full             // no space left on the disk
	ReadOnly         // the file, its directory or the disk cannot be written
	Denied           // it may not be read
)

// Error says what was being done to which file, why it went wrong and what to do.
func (e *Error) Error() string {
	s := fmt.Sprintf("history: %s %s: %s", e.Op, e.Path, e.why())
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if hint := e.Hint(); hint != "" {
		s += "; " + hint
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) why() string {
	switch e.Kind {
	case Missing:
		return "there is no history"
	case Damaged:
		return "the file is damaged"
	case Foreign:
		return "the file is not a history of fridaycounter"
	case Newer:
		return "the file is of a newer fridaycounter"
	case Older:
		return "the file is of an older fridaycounter"
	case Held:
		if e.PID != 0 {
			return fmt.Sprintf("process %d writes to it", e.PID)
		}
		return "another process writes to it"
	case Busy:
		return "another process keeps it locked"
	case Interrupted:
		return "a write was cut off"
	case Full:
		return "the disk is full"
	case ReadOnly:
		return "it cannot be written"
	case Denied:
		return "it may not be read"
	}
	return "it cannot be used"
}

// Hint says what a person can do; "" if nothing is known to help.
func (e *Error) Hint() string {
	switch e.Kind {
	case Missing:
		return "fridaycounter run writes it"
	case Damaged:
		return "fridaycounter run sets it aside and asks the source again; or move it away yourself"
	case Foreign:
		return "nothing was changed: move it away, or give another state directory"
	case Newer:
		return "nothing was changed: install that version again, or move the file away"
	case Older:
		return "start fridaycounter run once, which converts it"
	case Held:
		return "one process at a time may write; stop that one first"
	case Busy:
		return "it is tried again later"
	case Interrupted:
		return "start fridaycounter run, which undoes it"
	case Full:
		return "make room; it is tried again later"
	case ReadOnly:
		return "make the file and its directory writable for this user"
	case Denied:
		return "run as its owner or as a member of its group"
	}
	return ""
}

// fail makes an [Error] of what SQLite or the system said. An error that is one
// already, and the end of a context, stay as they are.
func (s *Store) fail(op string, err error) error { return wrap(s.path, op, err) }

func wrap(path, op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("history: %s %s: %w", op, path, err)
	}
	return &Error{Path: path, Op: op, Kind: kindOf(err), Err: err}
}

// damage makes the error of a row that is not what was written.
func (s *Store) damage(op, format string, args ...any) error {
	return &Error{Path: s.path, Op: op, Kind: Damaged, Err: fmt.Errorf(format, args...)}
}

func kindOf(err error) Kind {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return kindOfCode(e.Code())
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return Full
	case errors.Is(err, syscall.EROFS):
		return ReadOnly
	case errors.Is(err, fs.ErrNotExist):
		return Missing
	case errors.Is(err, fs.ErrPermission):
		return Denied
	}
	return Other
}

// kindOfCode sorts SQLite's result codes (sqlite.org/rescode.html).
func kindOfCode(code int) Kind {
	switch code {
	case sqlite3.SQLITE_READONLY_ROLLBACK, sqlite3.SQLITE_READONLY_RECOVERY, sqlite3.SQLITE_READONLY_CANTINIT:
		return Interrupted
	case sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS:
		return Damaged
	}
	switch code & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return Damaged
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH:
		return Damaged // what we do is right, so the tables are not as we made them
	case sqlite3.SQLITE_FULL:
		return Full
	case sqlite3.SQLITE_READONLY:
		return ReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return Busy
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH:
		return Denied
	}
	return Other
}
