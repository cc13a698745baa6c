package history

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// Check reads everything and verifies it: SQLite's structures, indexes, constraints and
// references, the tables, and that all can be loaded. It returns an error of kind
// [Damaged] for what is wrong, and takes a second for 100,000 deployments.
func (s *Store) Check(ctx context.Context) error {
	return s.view(ctx, "check", func(t *tx) {
		t.version()
		t.integrity()
		for _, key := range t.sources() {
			t.load(&source.Known{Key: key})
		}
		t.lastGood()
		t.lockouts()
		t.notices()
	})
}

// integrity has SQLite verify the file, and what its rows refer to.
func (t *tx) integrity() {
	var found []string
	var line string
	for range t.rows(`SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'
		UNION ALL SELECT 'a row of ' || "table" || ' refers to none of ' || parent FROM pragma_foreign_key_check LIMIT 5`, nil, &line) {
		found = append(found, line)
	}
	if found != nil {
		t.fail(fault(Damaged, "%s", strings.Join(found, ", ")))
	}
}

// Recover opens a history after an error of kind [Damaged]. It checks the file. If that is
// damaged, Recover renames it and its journal to names with the instant at, returns the new
// name as movedTo, and opens an empty history. Nothing is deleted. If the file is sound, it
// is opened as it is, and movedTo is "". Other errors, such as [Newer], are returned.
func Recover(ctx context.Context, path string, o Opts, at time.Time) (s *Store, movedTo string, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, "", err
	}
	if s, err = Open(ctx, path, o); err == nil {
		if err = s.Check(ctx); err == nil {
			return s, "", nil
		}
		err = errors.Join(err, s.Close())
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Damaged {
		return nil, "", err
	}
	if movedTo, err = moveDamagedAway(path, path+".damaged-"+at.UTC().Format("20060102T150405Z")); err != nil {
		return nil, "", err
	}
	s, err = Open(ctx, path, o)
	return s, movedTo, err
}

// moveDamagedAway renames a damaged file and its journal, and returns the file's new name.
func moveDamagedAway(path, name string) (movedTo string, err error) {
	locked, err := lock(path)
	if err != nil {
		return "", err
	}
	defer locked.Close()
	if movedTo, err = moveAway(path, name); err == nil && movedTo == "" { // it is empty
		movedTo, err = name, os.Rename(path, name)
	} else if err == nil {
		_, err = moveAway(path+"-journal", movedTo+"-journal") // where SQLite looks for it
	}
	return movedTo, wrap(path, "set aside", errors.Join(err, syncDir(path)))
}
