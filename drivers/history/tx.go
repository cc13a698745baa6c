package history

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// A tx is a transaction with its prepared statements. After an error it does nothing more,
// so that whoever began it looks at the error once, at the end.
type tx struct {
	store *Store
	tx    *sql.Tx
	err   error
	// ctx never ends: each statement is short, and watching for an end costs more than it
	// takes. Every 1024 of them look at done, which is the Err of the context with its end.
	ctx   context.Context
	done  func() error
	steps int // statements and rows until now
	stmts map[string]*sql.Stmt

	shared map[string]string // texts that were read, so that equal ones are one
}

// fail notes an error; the first one counts.
func (t *tx) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// next counts a statement or a row, and reports whether to go on.
func (t *tx) next() bool {
	if t.steps++; t.steps%1024 == 0 {
		t.fail(t.done())
	}
	return t.err == nil
}

// prepared returns a statement that lives as long as the transaction.
func (t *tx) prepared(query string) *sql.Stmt {
	if stmt, ok := t.stmts[query]; ok || t.err != nil {
		return stmt
	}
	stmt, err := t.tx.PrepareContext(t.ctx, query)
	t.fail(err)
	t.stmts[query] = stmt
	return stmt
}

func (t *tx) exec(query string, args ...any) {
	if stmt := t.prepared(query); t.next() {
		_, err := stmt.ExecContext(t.ctx, args...)
		t.fail(err)
	}
}

// rows reads one row after the other into the same variables.
func (t *tx) rows(query string, args []any, into ...any) func(yield func() bool) {
	return func(yield func() bool) {
		stmt := t.prepared(query)
		if t.err != nil {
			return
		}
		rows, err := stmt.QueryContext(t.ctx, args...)
		if err != nil {
			t.fail(err)
			return
		}
		defer rows.Close()
		for n := 1; t.next() && rows.Next(); n++ {
			if err := rows.Scan(into...); err != nil { // a value of another type
				t.fail(fault(Damaged, "row %d: %w", n, err))
				return
			}
			if !yield() {
				return
			}
		}
		t.fail(rows.Err())
	}
}

// one reads one row, and reports false if there is none.
func (t *tx) one(query string, args []any, into ...any) (found bool) {
	for range t.rows(query, args, into...) {
		found = true
	}
	return found
}

// fits is the range of seconds in which nanoseconds fit 64 bits.
const fits = math.MaxInt64/1_000_000_000 - 1

// stamp returns an instant as it is stored; see sql/2.sql.
func stamp(t time.Time) any {
	switch sec := t.Unix(); {
	case t.IsZero():
		return nil
	case -fits < sec && sec < fits:
		return t.UnixNano()
	default:
		return fmt.Sprintf("%d.%09d", sec, t.Nanosecond())
	}
}

// An instant is where to scan a stored instant to, in UTC.
type instant struct{ to *time.Time }

// Scan implements [sql.Scanner].
func (i instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*i.to = time.Time{}
		return nil
	case int64:
		*i.to = time.Unix(0, v).UTC()
		return nil
	case string:
		sec, nsec, _ := strings.Cut(v, ".")
		s, err := strconv.ParseInt(sec, 10, 64)
		n, err2 := strconv.ParseInt(nsec, 10, 64)
		if err == nil && err2 == nil && 0 <= n && n < 1e9 {
			*i.to = time.Unix(s, n).UTC()
			return nil
		}
	}
	return fmt.Errorf("%v is not an instant", v)
}

// A text is where to scan a text to that many rows have in common. It becomes one that may
// be shown, since version 1 kept what the server sent.
type text struct {
	to     *string
	common string            // what NULL, which costs no memory, means
	shared map[string]string // of the transaction
}

// Scan implements [sql.Scanner].
func (t text) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*t.to = t.common
	case string:
		have, ok := t.shared[v]
		if !ok {
			have = source.Text(v)
			t.shared[v] = have
		}
		*t.to = have
	default:
		return fmt.Errorf("%v is not a text", v)
	}
	return nil
}
