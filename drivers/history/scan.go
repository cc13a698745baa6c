package history

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"iter"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Filter says which deployments of a source to read. The zero value reads all.
type Filter struct {
	// From and Until bound the time that a deployment took, from its earliest
	// to its latest date: it reaches From, and began before Until. One that
	// has not ended reaches everything. Zero: no bound.
	From, Until time.Time
	// Environment reports whether to read those of an environment, by the
	// names that it had then. It is asked before the first row: once for each
	// environment, name, state and life cycle that there are. Nil: all. It has
	// the shape of [rules.Judge.InScope].
	Environment func(projectID, project, environmentID, environment string) bool
	// Whole reads Version and URL as well, as if [Row.Load] were called for
	// each row.
	Whole bool
}

// A Row is one deployment of a scan.
type Row struct {
	// Deployment is whole but for Version and URL, which may be "" until
	// [Row.Load], unless the filter says Whole. Who judges needs the version
	// only if [rules.Judge.ReadsVersion].
	rules.Deployment
	// Latest is the latest date; zero while the deployment has not ended. No
	// breach of it, nor of a row that follows, is later, as of any instant;
	// so who looks for the last breach can stop when it is found.
	Latest time.Time

	loader func() error
	loaded bool
	at     Cursor
	value  []byte // see dated.go
}

// Load sets the deployment's Version and URL. It may be called within the
// loop only.
func (r *Row) Load() error {
	if r.loaded {
		return nil
	}
	return r.loader()
}

// Scan reads the deployments of a source that a filter selects: those that have
// not ended, then the others by their latest date, newest first, ties in no
// order, and no order before 1678 and after 2262. The row is the same variable each time. Memory does not grow with the
// history, and rows that are not read cost nothing.
//
// All rows are of one state of the file, and writing waits for the loop to end,
// also that of other processes: do not write, ask the network or wait within it.
// Each row is verified, and if the loop runs to its end without From, so is that
// none is missing. After an error the loop ends.
func (s *Store) Scan(ctx context.Context, source string, f Filter) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		err := s.scan(ctx, source, &f, Cursor{}, func(r *Row) bool { return yield(r, nil) })
		if err != nil {
			yield(nil, err)
		}
	}
}

// scan calls take for each row after a cursor, until it returns false.
func (s *Store) scan(ctx context.Context, source string, f *Filter, after Cursor, take func(*Row) bool) (err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.fail("read", err)
	}
	defer conn.Close()
	t, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.fail("read", err)
	}
	defer t.Rollback()
	sc := &scanner{
		tx: newTx(ctx, s, t, "read"), conn: conn, filter: f, after: after, take: take,
		loads: map[string]driver.Stmt{}, texts: map[int64]*record{},
	}
	if err = sc.prepare(source); err == nil && sc.from.row != 0 {
		err = sc.run()
	}
	return s.fail("read", ended(ctx, err))
}
