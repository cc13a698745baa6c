package history

import (
	"cmp"
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
	PID  int    // of [InUse]: the process that writes; 0 is not known
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
	Foreign          // an SQLite database of another program, or no file
	Newer            // written by a newer version of this program
	Older            // a reader cannot bring it up to this version; [Open] does
	InUse            // another process writes to it
	Busy             // others kept it locked for longer than [Opts.Wait]
	Interrupted      // a write was cut off, and a reader may not undo it; [Open] does
	Full             // no space left on the disk
	ReadOnly         // the file, its directory or the disk cannot be written
	Denied           // it may not be read
)

// texts say for each kind what is wrong, and what a person can do.
var texts = [...]struct{ why, hint string }{
	Other:       {"it cannot be used", ""},
	Missing:     {"there is no history", "fridaycounter run writes it"},
	Damaged:     {"the file is damaged", "fridaycounter run sets it aside and asks the source again; or move it away yourself"},
	Foreign:     {"the file is not a history of fridaycounter", "nothing was changed: move it away, or give another state directory"},
	Newer:       {"the file is of a newer fridaycounter", "nothing was changed: install that version again, or move the file away"},
	Older:       {"the file is of an older fridaycounter", "start fridaycounter run once, which converts it"},
	InUse:       {"another process writes to it", "one process at a time may write; stop that one first"},
	Busy:        {"another process keeps it locked", "it is tried again later"},
	Interrupted: {"a write was cut off", "start fridaycounter run, which undoes it"},
	Full:        {"the disk is full", "make room; it is tried again later"},
	ReadOnly:    {"it cannot be written", "make the file and its directory writable for this user"},
	Denied:      {"it may not be read", "run as its owner or as a member of its group"},
}

// Error says what was being done to which file, why it went wrong and what to do.
func (e *Error) Error() string {
	why := texts[e.Kind].why
	if e.PID != 0 {
		why = fmt.Sprintf("process %d writes to it", e.PID)
	}
	s := fmt.Sprintf("history: %s %s: %s", e.Op, e.Path, why)
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

// Hint says what a person can do; "" if nothing is known to help.
func (e *Error) Hint() string { return texts[e.Kind].hint }

// fault returns an [Error] whose path and operation [wrap] fills in.
func fault(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// wrap makes an [Error] of what SQLite or the system said. The end of a context stays what
// it is.
func wrap(path, op string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		e.Path, e.Op = cmp.Or(e.Path, path), cmp.Or(e.Op, op)
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("history: %s %s: %w", op, path, err)
	}
	return &Error{Path: path, Op: op, Kind: kindOf(err), Err: err}
}

// codes sort SQLite's result codes (sqlite.org/rescode.html): an extended one, else its low byte.
var codes = map[int]Kind{
	sqlite3.SQLITE_READONLY_ROLLBACK: Interrupted,
	sqlite3.SQLITE_READONLY_RECOVERY: Interrupted,
	sqlite3.SQLITE_READONLY_CANTINIT: Interrupted,
	sqlite3.SQLITE_IOERR_SHORT_READ:  Damaged,
	sqlite3.SQLITE_IOERR_CORRUPTFS:   Damaged,
	sqlite3.SQLITE_CORRUPT:           Damaged,
	sqlite3.SQLITE_NOTADB:            Damaged,
	sqlite3.SQLITE_FORMAT:            Damaged,
	// What we do is right, so the tables are not as we made them.
	sqlite3.SQLITE_ERROR:      Damaged,
	sqlite3.SQLITE_CONSTRAINT: Damaged,
	sqlite3.SQLITE_MISMATCH:   Damaged,
	sqlite3.SQLITE_FULL:       Full,
	sqlite3.SQLITE_READONLY:   ReadOnly,
	sqlite3.SQLITE_BUSY:       Busy,
	sqlite3.SQLITE_LOCKED:     Busy,
	sqlite3.SQLITE_PERM:       Denied,
	sqlite3.SQLITE_CANTOPEN:   Denied,
	sqlite3.SQLITE_AUTH:       Denied,
}

func kindOf(err error) Kind {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return cmp.Or(codes[e.Code()], codes[e.Code()&0xff])
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
