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

const version = 3

// The tables of each version, where version 3 has those of version 2 too, and what leads from
// version 1 to 2: keep1 makes room for the tables of version 2, and move1 fills them. Released
// files never change. Who adds a version adds it to [tx.version] and [tx.migrate] too.
var (
	//go:embed sql/1.sql
	version1 string
	//go:embed sql/2.sql
	version2 string
	//go:embed sql/3.sql
	version3 string
	//go:embed sql/1to2-keep.sql
	keep1 string
	//go:embed sql/1to2-move.sql
	move1 string
)

// checkFile refuses a file that is not a history of this version or an older one, before it
// is opened. It changes nothing, not even beside a write-ahead log: SQLite takes no locks
// and looks at no other file. So it says nothing while a write is under way, or was cut off
// and is still to be undone: the file is checked again when it is open.
func checkFile(ctx context.Context, path string) error {
	f, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !f.Mode().IsRegular():
		return fault(Foreign, "it is not a regular file")
	case f.Size() < 512: // less than a page: SQLite takes some of them for a new database
		return fault(Damaged, "it has %d bytes", f.Size())
	}
	s, err := connect(path, Opts{}, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	if err != nil {
		return err
	}
	err = s.view(ctx, "open", func(t *tx) { t.version() })
	err = errors.Join(err, s.db.Close())
	if written, _ := exists(path + "-journal"); written || !unchanged(f, path) {
		return nil
	}
	return err
}

// version returns the version of a file, by its header and its tables, at the beginning of a
// transaction. The file is of a newer version if the header says so. It is another program's
// if, besides, it has not the tables of a version that this program knows: so any other bit
// that is wrong in the header is damage.
func (t *tx) version() (is int) {
	const rollback, writeAhead = "\x01\x01", "\x02\x02" // how the journal is written and read
	var application int
	var format string
	var size int64
	t.one(`SELECT application_id, user_version, substr(data, 19, 2), page_count * page_size
		FROM pragma_application_id, pragma_user_version, pragma_page_count, pragma_page_size, sqlite_dbpage WHERE pgno = 1`,
		nil, &application, &is, &format, &size)
	tables := 0 // of which version it has them
	for i, script := range []string{version1, version2, version2 + version3} {
		if t.hasTables(script) {
			tables = i + 1
		}
	}
	f, err := os.Stat(t.store.path)
	switch {
	case err != nil:
		t.fail(err)
	case application == applicationID && is > version:
		t.fail(fault(Newer, "version %d, want at most %d", is, version))
	case application == applicationID && format == writeAhead:
		t.fail(fault(Foreign, "another program gave it a write-ahead log, which PRAGMA journal_mode = DELETE takes away"))
	case application != applicationID && (format == writeAhead || tables == 0):
		t.fail(fault(Foreign, "its application id is %#x", application))
	case application != applicationID || format != rollback || is != tables:
		t.fail(fault(Damaged, "its header says application %#x, version %d, format %q, but its tables are of version %d",
			application, is, format, tables))
	case f.Size() < size: // SQLite notices a missing end too, except within the last page
		t.fail(fault(Damaged, "it has %d bytes, want %d", f.Size(), size))
	}
	return is
}

// hasTables reports whether the file has the tables, views and indexes of a script. SQLite
// keeps each statement as it was written. Anything that people added is left alone.
func (t *tx) hasTables(script string) bool {
	var found int
	t.one(`SELECT count(*) FROM sqlite_schema WHERE instr(?1, sql) > 0 AND (tbl_name = name OR type = 'index')
		AND instr(?1, 'CREATE ' || upper(type) || ' ' || name || ' ') > 0`, []any{script}, &found)
	return found == strings.Count(script, "\nCREATE ")
}

// migrate brings a file up to this program's version, all or nothing. What SQLite calls
// corrupt is not converted; the checksums of version 1 are not looked at.
func (t *tx) migrate() {
	is := t.version()
	if is == version {
		return
	}
	t.integrity()
	if is == 1 {
		t.exec(keep1 + version2 + move1)
	}
	t.exec(version3 + fmt.Sprintf(";PRAGMA user_version = %d", version))
}
