package history

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
)

// applicationID marks the file as ours: "frid" (sqlite.org/fileformat.html, offset 68).
const applicationID = 0x66726964

const version = 2

// The tables of each version, and what leads from version 1 to 2: room is made for the
// tables of version 2, and then they are filled. Released files never change.
var (
	//go:embed sql/1.sql
	version1 string
	//go:embed sql/2.sql
	version2 string
	//go:embed sql/1to2-keep.sql
	keep1 string
	//go:embed sql/1to2-move.sql
	move1 string
)

// checkFile refuses a file that is not a history of this version or an older one, before it
// is opened. It changes nothing, not even beside a write-ahead log: SQLite takes no locks
// and looks at no other file. So it says nothing while a write is under way, or was cut off
// and is still to be undone: the header is checked again when the file is open.
func checkFile(ctx context.Context, path string) error {
	f, err := os.Stat(path)
	switch {
	case err != nil:
		return wrap(path, "open", err)
	case !f.Mode().IsRegular():
		return &Error{Path: path, Op: "open", Kind: Foreign, Err: errors.New("it is not a regular file")}
	case f.Size() < 512: // less than a page: SQLite takes some of them for a new database
		return &Error{Path: path, Op: "open", Kind: Damaged, Err: fmt.Errorf("it has %d bytes", f.Size())}
	}
	s, err := connect(path, Opts{}, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	if err != nil {
		return err
	}
	err = s.view(ctx, "open", func(t *tx) error {
		_, err := t.checkHeader()
		return err
	})
	err = errors.Join(err, s.fail("open", s.db.Close()))
	if written, _ := exists(path + "-journal"); written || !unchanged(f, path) {
		return nil
	}
	return err
}

// checkHeader returns the version of a file. The file is of a newer version if its header
// says so. It is another program's if, besides, its tables are not exactly those of a version
// that this program knows: so any other bit that is wrong in the header is damage.
func (t *tx) checkHeader() (is int, err error) {
	var application int
	var format string // for writing and for reading: 1 is a rollback journal, 2 a write-ahead log
	if _, err := t.one(`SELECT application_id, user_version, substr(data, 19, 2)
		FROM pragma_application_id, pragma_user_version, sqlite_dbpage WHERE pgno = 1`, nil, &application, &is, &format); err != nil {
		return 0, err
	}
	if application == applicationID && 1 <= is && is <= version && format == "\x01\x01" {
		return is, nil
	}
	if application == applicationID && is > version {
		return 0, t.fault(Newer, "version %d, want at most %d", is, version)
	}
	got, err := t.tables()
	if err != nil {
		return 0, err
	}
	for i, script := range []string{version1, version2} {
		want, err := tablesOf(t.ctx, script)
		if err != nil {
			return 0, err
		}
		if maps.Equal(got, want) && format != "\x02\x02" {
			return 0, t.fault(Damaged, "its header says application %#x, version %d, format %q, but its tables are of version %d",
				application, is, format, i+1)
		}
	}
	switch {
	case application != applicationID:
		return 0, t.fault(Foreign, "its application id is %#x", application)
	case format == "\x02\x02":
		return 0, t.fault(Foreign, "another program gave it a write-ahead log, which PRAGMA journal_mode = DELETE takes away")
	}
	return 0, t.fault(Damaged, "version %d, format %q", is, format)
}

// checkVersion refuses a file that is not of this program's version.
func (t *tx) checkVersion() error {
	is, err := t.checkHeader()
	if err != nil {
		return err
	}
	if is < version {
		return t.fault(Older, "version %d, want %d", is, version)
	}
	return t.checkTables(version2)
}

// checkTables refuses a file that lacks something of the tables, or that is shorter than it
// says, at the beginning of a transaction. Anything that people added is left alone.
func (t *tx) checkTables(script string) error {
	got, err := t.tables()
	if err != nil {
		return err
	}
	want, err := tablesOf(t.ctx, script)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) { // so that the same file gives the same error
		if got[name] != want[name] {
			return t.fault(Damaged, "%s is not as it was made", name)
		}
	}
	// SQLite notices a missing end too, except within the last page.
	var size int64
	if _, err := t.one("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", nil, &size); err != nil {
		return err
	}
	f, err := os.Stat(t.store.path)
	if err == nil && f.Size() < size {
		return t.fault(Damaged, "it has %d bytes, want %d", f.Size(), size)
	}
	return err
}

// tables returns the statements that made the tables, views and indexes, by name.
func (t *tx) tables() (map[string]string, error) {
	all := map[string]string{}
	var name, statement string
	err := t.each("SELECT type || ' ' || name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_schema", nil, []any{&name, &statement}, func() error {
		all[name] = statement
		return nil
	})
	return all, err
}

// tablesOf runs a script in memory and returns the tables that it makes.
func tablesOf(ctx context.Context, script string) (_ map[string]string, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer t.Rollback()
	made := newTx(ctx, nil, t, "")
	if err := made.script(script); err != nil {
		return nil, err
	}
	return made.tables()
}

// migrate brings a file up to this program's version, all or nothing. What SQLite calls
// corrupt is not converted; the checksums of version 1 are not looked at.
func (t *tx) migrate() error {
	is, err := t.checkHeader()
	if err != nil || is == version {
		return err
	}
	if err := t.checkTables(version1); err != nil {
		return err
	}
	if err := t.integrity(); err != nil {
		return err
	}
	return t.script(keep1 + version2 + move1 + fmt.Sprintf(";PRAGMA user_version = %d", version))
}
