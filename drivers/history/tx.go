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

// A tx is a transaction with its prepared statements.
type tx struct {
	store *Store
	tx    *sql.Tx
	// ctx never ends: each statement is short, and watching for an end costs more than it
	// takes. Long loops look at done, which is the Err of the context with its end.
	ctx   context.Context
	done  func() error
	stmts map[string]*sql.Stmt
}

// prepared returns a statement that lives as long as the transaction.
func (t *tx) prepared(query string) (*sql.Stmt, error) {
	if stmt, ok := t.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := t.tx.PrepareContext(t.ctx, query)
	if err == nil {
		t.stmts[query] = stmt
	}
	return stmt, err
}

func (t *tx) exec(query string, args ...any) error {
	stmt, err := t.prepared(query)
	if err == nil {
		_, err = stmt.ExecContext(t.ctx, args...)
	}
	return err
}

// one reads one row, and reports false if there is none.
func (t *tx) one(query string, args []any, into ...any) (found bool, err error) {
	err = t.each(query, args, into, func() error {
		found = true
		return nil
	})
	return found, err
}

// each reads rows into the same variables and calls f for each.
func (t *tx) each(query string, args []any, into []any, f func() error) error {
	stmt, err := t.prepared(query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(t.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return fault(Damaged, "row %d: %w", n, err) // a value of another type
		}
		if err := f(); err != nil {
			return err
		}
		if n%1024 == 0 && t.done() != nil {
			return t.done()
		}
	}
	return rows.Err()
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
	shared map[string]string // so that equal texts are one
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
