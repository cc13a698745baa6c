package history_test

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/history"
)

// Files of others are refused and left alone, also by Recover.
func TestForeign(t *testing.T) {
	whole, _ := sample(t)
	dir := memory(t)
	header := func(offset int, value uint32) []byte {
		b := slices.Clone(whole)
		binary.BigEndian.PutUint32(b[offset:], value)
		return b
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    history.Kind
		text    string
	}{
		// The offsets are those of sqlite.org/fileformat.html.
		{"newer", header(60, 2), history.Newer, "the file is of a newer fridaycounter: version 2, want at most 1; " +
			"nothing was changed: install that version again, or move the file away"},
		{"another program's", header(68, 42), history.Foreign, "the file is not a history of fridaycounter: its application id is 0x2a; " +
			"nothing was changed: move it away, or give another state directory"},
		{"no program's", foreign(t), history.Foreign, "the file is not a history of fridaycounter: its application id is 0x0; " +
			"nothing was changed: move it away, or give another state directory"},
	} {
		path := placed(t, dir, c.content)
		_, err := history.OpenRead(ctx, path, history.Opts{})
		wantKind(t, err, c.want, path)
		if got, want := err.Error(), "history: open "+path+": "+c.text; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, want)
		}
		_, err = history.Open(ctx, path, history.Opts{})
		wantKind(t, err, c.want, path)
		_, _, err = history.Recover(ctx, path, history.Opts{}, noon)
		wantKind(t, err, c.want, path)
		if content(t, path) != string(c.content) {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
}

// foreign returns a database that is not ours.
func foreign(t *testing.T) []byte {
	path := filepath.Join(memory(t), "other.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("CREATE TABLE source (x); INSERT INTO source VALUES (1)")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return []byte(content(t, path))
}

// What is changed behind our back, by an honest program, is damage as well.
func TestChangedByHand(t *testing.T) {
	whole, _ := sample(t)
	dir := memory(t)
	for _, statement := range []string{
		"UPDATE deployment SET started = started + 1 WHERE id = 1000",
		"UPDATE deployment SET finished = NULL WHERE id = 1000",
		"UPDATE deployment SET id = 999 WHERE id = 1000",
		"UPDATE deployment SET id = 'x' WHERE id = 'deploy/1078'",
		"UPDATE deployment SET latest = 1 WHERE id = 1000",
		"UPDATE deployment SET version = 'x' WHERE id = 1000",
		"UPDATE deployment SET seal = (SELECT seal FROM deployment WHERE id = 1001) WHERE id = 1000",
		"UPDATE block SET latest = latest - 1 WHERE block = 2",
		"UPDATE block SET dated = (SELECT dated FROM block WHERE block = 2) WHERE block = 1",
		"UPDATE block SET dated = x'00' WHERE block = 1",
		// Two in the wrong order, each as it was written.
		"UPDATE block SET dated = CAST(substr(dated, 65, 64) || substr(dated, 1, 64) || substr(dated, 129) AS BLOB) WHERE block = 1",
		"DELETE FROM block WHERE block = 1",
		"DELETE FROM deployment WHERE id = 1000",
		"UPDATE kind SET state = 'FAILED'",
		"DELETE FROM kind",
		"UPDATE environment SET complete_from = 0",
		"DELETE FROM environment",
		"UPDATE source SET count = 1",
		"UPDATE source SET polled = 9e9",
		"UPDATE last_good SET file = x'00'",
		"UPDATE last_good SET path = '/etc/shadow'",
		"UPDATE latch SET value = x'00'",
		"DROP INDEX running",
		"DROP TABLE latch",
		"ALTER TABLE source ADD COLUMN more INTEGER",
	} {
		path := placed(t, dir, whole)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Exec(statement)
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		s, err := history.OpenRead(ctx, path, history.Opts{})
		if err == nil {
			err = s.Check(ctx)
			closed(t, s)
		}
		wantKind(t, err, history.Damaged, path)
	}
}
