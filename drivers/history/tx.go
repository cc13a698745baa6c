package history

import (
	"context"
	"database/sql"
)

// A tx is a transaction with its prepared statements.
type tx struct {
	store *Store
	op    string
	tx    *sql.Tx
	// ctx is without its end: each statement is short, and watching for an
	// end costs more than it takes. Long loops look at done.
	ctx   context.Context
	done  func() error
	stmts map[string]*sql.Stmt
	seal  sealer
	edits []edit // of blocks, which wait
}

func newTx(ctx context.Context, s *Store, t *sql.Tx, op string) *tx {
	return &tx{store: s, op: op, tx: t, ctx: context.WithoutCancel(ctx), done: ctx.Err, stmts: map[string]*sql.Stmt{}}
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

// exec runs a statement and returns the number of the row that it added.
func (t *tx) exec(query string, args ...any) (int64, error) {
	stmt, err := t.prepared(query)
	if err != nil {
		return 0, err
	}
	r, err := stmt.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// one reads one row, and reports false if there is none.
func (t *tx) one(query string, args []any, into ...any) (bool, error) {
	stmt, err := t.prepared(query)
	if err != nil {
		return false, err
	}
	rows, err := stmt.QueryContext(t.ctx, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	if err := rows.Scan(into...); err != nil {
		return false, t.damage("%w", err) // a value of another type
	}
	return true, rows.Close()
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
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return t.damage("%w", err) // a value of another type
		}
		if err := f(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *tx) damage(format string, args ...any) error {
	return t.store.damage(t.op, format, args...)
}
