package history

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Check reads everything and verifies it: SQLite's structures and indexes, every
// seal, and that no row is missing. It returns an error of kind [Damaged] for
// what is wrong, and takes some seconds for a million deployments.
func (s *Store) Check(ctx context.Context) error {
	if err := s.verifySchema(ctx); err != nil {
		return err
	}
	err := s.view(ctx, "check", func(t *tx) error {
		var found []string
		var line string
		err := t.each("PRAGMA integrity_check(5)", nil, []any{&line}, func() error {
			found = append(found, line)
			return t.done()
		})
		if err == nil && (len(found) != 1 || found[0] != "ok") {
			err = t.damage("%s", strings.Join(found, ", "))
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.readAll(ctx)
}

// readAll reads all that there is, which verifies it.
func (s *Store) readAll(ctx context.Context) error {
	keys, err := s.Sources(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if _, err := s.Environments(ctx, key); err != nil {
			return err
		}
		for _, err := range s.Scan(ctx, key, Filter{}) {
			if err != nil {
				return err
			}
		}
	}
	if err := s.view(ctx, "check", (*tx).readTable); err != nil {
		return err
	}
	if _, _, err := s.LastGood(ctx); err != nil {
		return err
	}
	_, err = s.Latch(ctx)
	return err
}

// readTable reads the deployments once more, where they are whole.
func (t *tx) readTable() error {
	left := map[int64]*sourceRow{}
	if err := t.sources(func(from sourceRow) { left[from.row] = &from }); err != nil {
		return err
	}
	var r record
	err := t.each("SELECT "+columns+" FROM deployment", nil, r.fields(), func() error {
		from := left[r.source]
		if from == nil {
			return t.damage("deployment %v is of no source", r.id)
		}
		from.count--
		from.digest -= r.seal
		return errors.Join(t.done(), t.verify(&r))
	})
	if err != nil {
		return err
	}
	for _, from := range left {
		if from.count != 0 || from.digest != 0 {
			return t.damage("deployments of %s are missing, or some are old", from.key)
		}
	}
	return nil
}

// Recover is [Open] for a daemon that met an error of kind [Damaged], there or
// later. It checks the file, and if that is damaged sets it and its journal
// aside, under a name that it returns, and opens an empty history. at is in the
// name. Nothing is deleted. A history that turns out to be sound is opened as it
// is, and aside is "". Other errors, such as [Newer], are returned.
func Recover(ctx context.Context, path string, o Opts, at time.Time) (s *Store, aside string, err error) {
	s, err = Open(ctx, path, o)
	if err == nil {
		if err = s.Check(ctx); err == nil {
			return s, "", nil
		}
		err = errors.Join(err, s.Close())
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Damaged {
		return nil, "", err
	}
	if aside, err = putAway(path, at); err != nil {
		return nil, "", err
	}
	s, err = Open(ctx, path, o)
	return s, aside, err
}

// putAway sets a history aside.
func putAway(path string, at time.Time) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	held, err := lock(path)
	if err != nil {
		return "", err
	}
	defer held.Close()
	as := path + ".damaged-" + at.UTC().Format("20060102T150405Z")
	aside, err := setAside(path, as)
	if err != nil {
		return "", wrap(path, "set aside", err)
	}
	if aside == "" { // it is empty, and holds nothing to keep
		err = os.Rename(path, as)
		aside = as
	} else {
		// SQLite looks for a journal by that name.
		_, err = setAside(path+"-journal", aside+"-journal")
	}
	return aside, wrap(path, "set aside", errors.Join(err, syncDir(path)))
}
