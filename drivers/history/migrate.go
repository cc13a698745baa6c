package history

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"os"
)

// applicationID marks the file as ours: "frid" (sqlite.org/fileformat.html,
// offset 68).
const applicationID = 0x66726964

// steps has the statements that lead from each version to the next: the first
// ones make version 1 of nothing. A released step never changes.
//
//go:embed sql/*.sql
var steps embed.FS

// version is that of this program's files: the number of steps.
const version = 1

// step returns the statements that make a version of the one before.
func step(to int) (string, error) {
	b, err := steps.ReadFile(fmt.Sprintf("sql/%d.sql", to))
	return string(b), err
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
		case is > version:
			return &Error{Path: s.path, Op: "open", Kind: Newer, Err: fmt.Errorf("version %d, want at most %d", is, version)}
		case is < 1:
			return t.damage("version %d", is)
		}
		return nil
	})
}

// migrate brings the file up to this program's version, each step at once or not
// at all.
func (s *Store) migrate(ctx context.Context) error {
	var is int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&is); err != nil {
		return s.fail("open", err)
	}
	for ; is < version; is++ {
		if err := s.update(ctx, "convert", func(t *tx) error { return apply(ctx, t.tx, is+1) }); err != nil {
			return err
		}
	}
	return s.verifySchema(ctx)
}

// apply makes a version of the one before.
func apply(ctx context.Context, t *sql.Tx, to int) error {
	statements, err := step(to)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, statements+fmt.Sprintf("; PRAGMA user_version = %d", to))
	return err
}

// verifySchema compares the tables with those that the steps make. Anything that
// people added beside them is left alone.
func (s *Store) verifySchema(ctx context.Context) error {
	got, err := schema(ctx, s.db)
	if err != nil {
		return s.fail("open", err)
	}
	if is := got["version"]; is != fmt.Sprint(version) {
		return &Error{Path: s.path, Op: "open", Kind: Older, Err: fmt.Errorf("version %s, want %d", is, version)}
	}
	want, err := wantSchema(ctx)
	if err != nil {
		return s.fail("open", err)
	}
	for name, statement := range want {
		if got[name] != statement {
			return s.damage("open", "%s is not as it was made", name)
		}
	}
	return nil
}

// wantSchema makes an empty history in memory and returns its schema.
func wantSchema(ctx context.Context) (_ map[string]string, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each would have a memory of its own
	if err := applyAll(ctx, db); err != nil {
		return nil, err
	}
	return schema(ctx, db)
}

// applyAll makes a history in an empty database.
func applyAll(ctx context.Context, db *sql.DB) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	for to := 1; to <= version; to++ {
		if err := apply(ctx, t, to); err != nil {
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
