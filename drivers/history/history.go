// Package history keeps what is known of sources in a file of the service's state
// directory, because the CI server forgets: environments and their deployments, the last
// good counter.cue, the logins that were refused, and what webhooks were told. Start at
// [Store]: [Open], [Store.Load], [Store.Save].
//
// People query the file with sqlite3; sql/2.sql and sql/3.sql say what each table and column
// means. The package touches that file and what SQLite keeps beside it, and nothing else.
//
// The file is SQLite with a rollback journal (journal_mode TRUNCATE, synchronous FULL), not
// with a write-ahead log. A commit costs a few fsyncs more, which does not matter at a few
// writes an hour, and readers need nothing but read access to the file and its directory. A
// reader of a write-ahead log must find or create its shared memory beside it, which a
// member of the group cannot do in a directory that belongs to the service, once the service
// has stopped.
//
// When a call that writes returns without error, what it wrote survives a power cut.
//
// A damaged file is an [*Error] of kind [Damaged], as far as SQLite notices: it sees a
// broken structure, a row out of order and a value of a wrong type. It has no checksums: a
// letter or a digit that a failing card changed is read as it is.
package history

import (
	"cmp"
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

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// A Store is an open history. Any number of goroutines may use it. Readers wait for a writer
// and a writer waits for readers, across processes, for at most [Opts.Wait].
type Store struct {
	path string
	db   *sql.DB
	lock *os.File // nil: for reading only

	write   sync.Mutex
	unsaved map[source.Key]source.Known // with poll times newer than those of the file; guarded by write
	saved   map[source.Key]time.Time    // when the last poll began that the file has; guarded by write
}

// Opts are how a history is opened. The zero value is good.
type Opts struct {
	// Wait is how long to wait for other processes; zero means 5 s. The longest that they
	// lock it is for a commit, or while a source is loaded.
	Wait time.Duration
}

// Open opens the history at path for reading and writing. It creates the file and its
// directory where there is none: 0640 in 0750, so that members of the group can read. What
// root makes in a directory of another user belongs to that user. Open undoes a write that
// was cut off, converts the file of an older version, and sets aside a write-ahead log that
// another program left beside it. An error is an [*Error]: of kind [InUse] when another
// process writes, [Busy] when one keeps it locked, [Damaged] when only [Recover] helps. The
// caller closes the store.
func Open(ctx context.Context, path string, o Opts) (s *Store, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	defer func() { err = wrap(path, "open", err) }()
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	locked, err := lock(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			locked.Close()
		}
	}()
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		if err := create(ctx, path); err != nil {
			return nil, wrap(path, "create", err)
		}
	}
	if err := checkFile(ctx, path); err != nil {
		return nil, err
	}
	if err := moveLogAway(ctx, path); err != nil {
		return nil, err
	}
	if s, err = connect(path, o, url.Values{
		"mode":    {"rw"},
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(TRUNCATE)", "synchronous(FULL)", "foreign_keys(ON)"},
	}); err != nil {
		return nil, err
	}
	s.lock = locked
	if err = s.update(ctx, "open", (*tx).migrate); err == nil {
		err = s.view(ctx, "open", (*tx).prepare)
	}
	if err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// OpenRead opens the history at path for reading, as its owner or as a member of its group,
// also while another process writes to it. It never creates, converts or sets aside
// anything: what only a writer may undo, a write that was cut off or a write-ahead log that
// another program left beside the file, is an error of kind [Interrupted]. Writing is an
// error of kind [ReadOnly]. The caller closes the store.
func OpenRead(ctx context.Context, path string, o Opts) (s *Store, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	defer func() { err = wrap(path, "open", err) }()
	if err := checkFile(ctx, path); err != nil {
		return nil, err
	}
	if there, err := exists(path + "-wal"); err != nil {
		return nil, err
	} else if there {
		return nil, fault(Interrupted, "another program left a write-ahead log beside it")
	}
	if s, err = connect(path, o, url.Values{"mode": {"ro"}}); err != nil {
		return nil, err
	}
	if err := s.view(ctx, "open", (*tx).prepare); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

func connect(path string, o Opts, query url.Values) (*Store, error) {
	query.Set("_busy_timeout", fmt.Sprint(cmp.Or(o.Wait, 5*time.Second).Milliseconds()))
	query.Set("_defensive", "1")
	query.Set("_dqs", "0")
	query.Set("_error_rc", "1")
	query["_pragma"] = append(query["_pragma"], "trusted_schema(OFF)", "cell_size_check(ON)", "cache_size(-2048)")
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4) // each has its own cache of 2 MiB
	db.SetMaxIdleConns(2)
	return &Store{path: path, db: db, unsaved: map[source.Key]source.Known{}, saved: map[source.Key]time.Time{}}, nil
}

// prepare verifies the tables, and finds when the sources in them were last polled. It is
// called before others know the store.
func (t *tx) prepare() {
	if is := t.version(); is < version {
		t.fail(fault(Older, "version %d, want %d", is, version))
	}
	var k source.Known
	for range t.rows("SELECT name, address, good, failed FROM source", nil, &k.Name, &k.Address, instant{&k.Good}, instant{&k.Failed}) {
		t.store.saved[k.Key] = lastPoll(&k)
	}
}

// Path returns the absolute path of the file.
func (s *Store) Path() string { return s.path }

// Close writes the poll times that were not written yet, and closes the file. It may be
// called once; the other methods must not be called after it.
func (s *Store) Close() error {
	s.write.Lock()
	defer s.write.Unlock()
	var err error
	for _, known := range s.unsaved {
		err = errors.Join(err, s.saveNow(context.Background(), &known, &source.Changes{}))
	}
	err = errors.Join(err, wrap(s.path, "close", s.db.Close()))
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// update runs f in a transaction that is durable when update returns nil, and
// otherwise changed nothing. The caller holds the write lock.
func (s *Store) update(ctx context.Context, op string, f func(*tx)) error {
	if s.lock == nil {
		return wrap(s.path, op, fault(ReadOnly, "it was opened for reading"))
	}
	if err := moveLogAway(ctx, s.path); err != nil { // of a program that came later
		return wrap(s.path, op, err)
	}
	return s.within(ctx, op, nil, func(t *tx) {
		if f(t); t.err == nil {
			t.fail(t.tx.Commit())
		}
	})
}

// view runs f on one state of the file.
func (s *Store) view(ctx context.Context, op string, f func(*tx)) error {
	return s.within(ctx, op, &sql.TxOptions{ReadOnly: true}, f)
}

// within runs f in a transaction, which is rolled back if f does not commit it.
func (s *Store) within(ctx context.Context, op string, o *sql.TxOptions, f func(*tx)) error {
	begun, err := s.db.BeginTx(ctx, o)
	if err != nil {
		return wrap(s.path, op, err)
	}
	defer begun.Rollback() // after a commit it does nothing
	t := &tx{store: s, tx: begun, ctx: context.WithoutCancel(ctx), done: ctx.Err, stmts: map[string]*sql.Stmt{}, shared: map[string]string{}}
	f(t)
	if t.err != nil && ctx.Err() != nil {
		t.err = ctx.Err() // rather than what came of it
	}
	return wrap(s.path, op, t.err)
}
