package history

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
)

// applicationID marks the file as ours: "frid" (sqlite.org/fileformat.html,
// offset 68).
const applicationID = 0x66726964

// files has the statements that lead from each version to the next: the first
// make version 1 of nothing. A released file never changes.
//
//go:embed sql/*.sql
var files embed.FS

// released returns those statements. Their number is the version of this
// program's histories.
func released() ([]string, error) {
	var steps []string
	for {
		b, err := files.ReadFile(fmt.Sprintf("sql/%d.sql", len(steps)+1))
		if errors.Is(err, fs.ErrNotExist) {
			return steps, nil
		} else if err != nil {
			return nil, err
		}
		steps = append(steps, string(b))
	}
}

// examine refuses what is not a history that this program can read.
func (s *Store) examine(ctx context.Context) error {
	// SQLite takes an empty file for a new database, but we never leave one.
	if f, err := os.Stat(s.path); err != nil {
		return err
	} else if f.Size() == 0 {
		return s.damage("open", "the file is empty")
	}
	return s.view(ctx, "open", func(t *tx) error {
		var application, is int64
		if _, err := t.one("PRAGMA application_id", nil, &application); err != nil {
			return err
		}
		if _, err := t.one("PRAGMA user_version", nil, &is); err != nil {
			return err
		}
		switch {
		case application != applicationID:
			return &Error{Path: s.path, Op: "open", Kind: Foreign, Err: fmt.Errorf("its application id is %#x", application)}
		case is > int64(len(s.steps)):
			return &Error{Path: s.path, Op: "open", Kind: Newer, Err: fmt.Errorf("version %d, want at most %d", is, len(s.steps))}
		case is < 1:
			return t.damage("version %d", is)
		}
		return t.whole()
	})
}

// whole refuses a file that is shorter than it says. SQLite does too, except
// where it ends within its last page.
func (t *tx) whole() error {
	var pages, size int64
	if _, err := t.one("PRAGMA page_count", nil, &pages); err != nil {
		return err
	}
	if _, err := t.one("PRAGMA page_size", nil, &size); err != nil {
		return err
	}
	f, err := os.Stat(t.store.path)
	if err == nil && f.Size() < pages*size {
		return t.damage("it has %d bytes, want %d", f.Size(), pages*size)
	}
	return err
}

// migrate brings the file up to this program's version, each step at once or not
// at all.
func (s *Store) migrate(ctx context.Context) error {
	var is int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&is); err != nil {
		return s.fail("open", err)
	}
	for ; is < len(s.steps); is++ {
		if err := s.update(ctx, "convert", func(t *tx) error { return apply(ctx, t.tx, s.steps, is) }); err != nil {
			return err
		}
	}
	return s.verifySchema(ctx)
}

// apply makes the version after is.
func apply(ctx context.Context, t *sql.Tx, steps []string, is int) error {
	_, err := t.ExecContext(ctx, steps[is]+fmt.Sprintf("; PRAGMA user_version = %d", is+1))
	return err
}

// verifySchema compares the tables with those that the steps make. Anything that
// people added beside them is left alone.
func (s *Store) verifySchema(ctx context.Context) error {
	got, err := schema(ctx, s.db)
	if err != nil {
		return s.fail("open", err)
	}
	if is := got["version"]; is != fmt.Sprint(len(s.steps)) {
		return &Error{Path: s.path, Op: "open", Kind: Older, Err: fmt.Errorf("version %s, want %d", is, len(s.steps))}
	}
	want, err := wantSchema(ctx, s.steps)
	if err != nil {
		return s.fail("open", err)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) { // so that the same file gives the same error
		if got[name] != want[name] {
			return s.damage("open", "%s is not as it was made", name)
		}
	}
	return nil
}

// wantSchema makes an empty history in memory and returns its schema.
func wantSchema(ctx context.Context, steps []string) (_ map[string]string, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each would have a memory of its own
	if err := applyAll(ctx, db, steps); err != nil {
		return nil, err
	}
	return schema(ctx, db)
}

// applyAll makes a history in an empty database.
func applyAll(ctx context.Context, db *sql.DB, steps []string) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	for is := range steps {
		if err := apply(ctx, t, steps, is); err != nil {
			return err
		}
	}
	if _, err := t.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		return err
	}
	return t.Commit()
}

// schema returns the statements that made a database, by name, and its version.
func schema(ctx context.Context, db *sql.DB) (map[string]string, error) {
	var is int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&is); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT type || ' ' || name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_schema")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]string{"version": fmt.Sprint(is)}
	for rows.Next() {
		var name, statement sql.NullString
		if err := rows.Scan(&name, &statement); err != nil {
			return nil, err
		}
		all[name.String] = statement.String
	}
	return all, rows.Err()
}
