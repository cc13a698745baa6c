package history

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
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
// says so. It is another program's if, besides, it has not the tables of a version that this
// program knows: so any other bit that is wrong in the header is damage.
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
	for i, script := range []string{version1, version2} {
		if ours, err := t.hasTables(script); err != nil {
			return 0, err
		} else if ours && format != "\x02\x02" {
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
	if ours, err := t.hasTables(script); err != nil {
		return err
	} else if !ours {
		return t.fault(Damaged, "its tables are not as they were made")
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

// hasTables reports whether the file has the tables, views and indexes of a script. SQLite
// keeps each statement as it was written.
func (t *tx) hasTables(script string) (bool, error) {
	var found int
	_, err := t.one(`SELECT count(*) FROM sqlite_schema WHERE instr(?1, sql) > 0 AND (tbl_name = name OR type = 'index')
		AND instr(?1, 'CREATE ' || upper(type) || ' ' || name || ' ') > 0`, []any{script}, &found)
	return found == strings.Count(script, "\nCREATE "), err
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
