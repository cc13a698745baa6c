// Package history keeps what is known of deployments in a file of the service's
// state directory, because the CI server forgets: deployments, how far back each
// environment is known, when it was polled, the last good counter.cue, and the
// login that was refused.
//
// The file is SQLite with a rollback journal (journal_mode TRUNCATE, synchronous
// FULL), not with a write-ahead log. A commit costs a few fsyncs more, which does
// not matter at a few writes an hour, and readers need nothing but read access to
// the file and its directory. A reader of a write-ahead log must find or create
// its shared memory beside it, which a member of the group cannot do in a
// directory that belongs to the service, once the service has stopped.
//
// What a call that wrote returns without error survives a power cut.
package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// A Store is an open history. Any number of goroutines may use it. Reading waits
// for writing to end and the other way round, across processes, for at most
// [Opts.Wait].
type Store struct {
	path  string
	db    *sql.DB
	steps []string // see released
	lock  *os.File // nil: for reading only

	stmts sync.Mutex
	ready map[string]*sql.Stmt // by query; guarded by stmts, closed with db

	write sync.Mutex
	marks map[string]Polls // by source, newer than the file; guarded by write
}

// Opts are how a history is opened. The zero value is good.
type Opts struct {
	// Wait is how long to wait for other processes; zero means 5 s. The
	// longest that they hold it is for a commit, or for one scan.
	Wait time.Duration
}

// Open opens the history at path for reading and writing, and creates it and its
// directory where there is none: 0640 in 0750, so that members of the group can
// read. What root makes in a directory of another user belongs to that one. It
// undoes a write that was cut off, and converts the file of an older
// version. An error is an [*Error]; of kind [Held] when another process writes,
// [Damaged] when only [Recover] helps. The caller closes the store.
func Open(ctx context.Context, path string, o Opts) (*Store, error) {
	steps, err := released()
	if err != nil {
		return nil, wrap(path, "open", err)
	}
	return openSteps(ctx, path, o, steps)
}

// openSteps is Open for a version that steps make.
func openSteps(ctx context.Context, path string, o Opts, steps []string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("history: open %s: %w", path, err)
	}
	if err := makeDir(path); err != nil {
		return nil, wrap(path, "open", err)
	}
	held, err := lock(path)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(ctx, path, o, steps, held)
	if err != nil {
		held.Close()
		return nil, err
	}
	return s, nil
}

// openLocked opens for writing. The lock becomes the store's if there is no error.
func openLocked(ctx context.Context, path string, o Opts, steps []string, held *os.File) (*Store, error) {
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		if err := create(ctx, path, steps); err != nil {
			return nil, err
		}
	}
	s, err := connect(ctx, path, o, steps, url.Values{
		"mode":    {"rw"},
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(TRUNCATE)", "synchronous(FULL)"},
	})
	if err != nil {
		return nil, err
	}
	s.lock = held
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// OpenRead opens the history at path for reading, also while another process
// writes to it, as its owner or as a member of its group. It never creates,
// converts or sets aside anything. Writing to it is an error of kind [ReadOnly].
// The caller closes the store.
func OpenRead(ctx context.Context, path string, o Opts) (*Store, error) {
	steps, err := released()
	if err != nil {
		return nil, wrap(path, "open", err)
	}
	return openReadSteps(ctx, path, o, steps)
}

// openReadSteps is OpenRead for a version that steps make.
func openReadSteps(ctx context.Context, path string, o Opts, steps []string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("history: open %s: %w", path, err)
	}
	if f, err := os.Stat(path); err != nil {
		return nil, wrap(path, "open", err)
	} else if !f.Mode().IsRegular() {
		return nil, &Error{Path: path, Op: "open", Kind: Foreign, Err: errors.New("it is not a regular file")}
	}
	s, err := connect(ctx, path, o, steps, url.Values{"mode": {"ro"}})
	if err != nil {
		return nil, err
	}
	if err := s.verifySchema(ctx); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// connect opens the file and looks whether it is a history.
func connect(ctx context.Context, path string, o Opts, steps []string, query url.Values) (*Store, error) {
	if o.Wait == 0 {
		o.Wait = 5 * time.Second
	}
	query.Set("_busy_timeout", fmt.Sprint(o.Wait.Milliseconds()))
	query.Set("_defensive", "1")
	query.Set("_dqs", "0")
	query.Set("_error_rc", "1")
	query["_pragma"] = append(query["_pragma"], "trusted_schema(OFF)", "cell_size_check(ON)", "cache_size(-2048)")
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, wrap(path, "open", err)
	}
	db.SetMaxOpenConns(4) // each has its own cache of 2 MiB
	db.SetMaxIdleConns(2)
	s := &Store{path: path, db: db, steps: steps, ready: map[string]*sql.Stmt{}, marks: map[string]Polls{}}
	if err := s.examine(ctx); err != nil {
		return nil, errors.Join(s.fail("open", err), db.Close())
	}
	return s, nil
}

// Path returns the absolute path of the file.
func (s *Store) Path() string { return s.path }

// Close writes the marks of polls that were held back, and closes the file. It
// may be called once; the other methods must not be called after it.
func (s *Store) Close() error {
	var err error
	if s.lock != nil {
		err = s.flush(context.Background())
	}
	err = errors.Join(err, s.fail("close", s.db.Close()))
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// update runs f in a transaction that is durable when update returns nil, and
// otherwise changed nothing.
func (s *Store) update(ctx context.Context, op string, f func(*tx) error) error {
	if s.lock == nil {
		return &Error{Path: s.path, Op: op, Kind: ReadOnly, Err: errors.New("it was opened for reading")}
	}
	s.write.Lock()
	defer s.write.Unlock()
	return s.locked(ctx, op, f)
}

// locked is update for a caller that holds the write lock.
func (s *Store) locked(ctx context.Context, op string, f func(*tx) error) error {
	t, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.fail(op, err)
	}
	defer t.Rollback() // after a commit it does nothing
	changing := newTx(ctx, s, t, op)
	if err = f(changing); err == nil {
		err = changing.applyEdits()
	}
	if err == nil {
		err = t.Commit()
	}
	return s.fail(op, ended(ctx, err))
}

// view runs f on one state of the file.
func (s *Store) view(ctx context.Context, op string, f func(*tx) error) error {
	t, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.fail(op, err)
	}
	defer t.Rollback()
	return s.fail(op, ended(ctx, f(newTx(ctx, s, t, op))))
}

// prepared returns a statement that lives as long as the store.
func (s *Store) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	s.stmts.Lock()
	defer s.stmts.Unlock()
	if stmt, ok := s.ready[query]; ok {
		return stmt, nil
	}
	stmt, err := s.db.PrepareContext(ctx, query)
	if err == nil {
		s.ready[query] = stmt
	}
	return stmt, err
}

// ended says that a context ended, rather than what came of it.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
