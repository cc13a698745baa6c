package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// create makes an empty history. It is made whole under another name first, so
// that a file at path which is no history was damaged and not cut off here. The
// caller holds the lock.
func create(ctx context.Context, path string, steps []string) error {
	// A journal without its database would be played into the new one.
	if _, err := setAside(path+"-journal", path+"-journal.orphan"); err != nil {
		return wrap(path, "create", err)
	}
	new := path + ".new"
	if err := os.RemoveAll(new); err != nil { // of a creation that was cut off
		return wrap(path, "create", err)
	}
	if err := fill(ctx, path, new, steps); err != nil {
		return wrap(path, "create", errors.Join(err, os.RemoveAll(new)))
	}
	if err := os.Rename(new, path); err != nil {
		return wrap(path, "create", err)
	}
	return wrap(path, "create", syncDir(path))
}

// fill makes the history of path in a new file, on the disk when it returns.
func fill(ctx context.Context, path, new string, steps []string) error {
	f, err := os.OpenFile(new, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Chmod(0o640); err != nil { // whatever the umask
		return err
	}
	if err := giveAway(path, f); err != nil {
		return err
	}
	query := url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(OFF)", "synchronous(OFF)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: new, RawQuery: query.Encode()}).String())
	if err != nil {
		return err
	}
	if err := errors.Join(applyAll(ctx, db, steps), db.Close()); err != nil {
		return err
	}
	return f.Sync()
}

// setAside renames a file that is not empty to a name that is not taken, which
// it returns; "" if there is nothing to rename.
func setAside(path, as string) (string, error) {
	if f, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) || err == nil && f.Size() == 0 {
		return "", nil
	} else if err != nil {
		return "", err
	}
	free := as
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); errors.Is(err, os.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
		free = fmt.Sprintf("%s-%d", as, n)
	}
	return free, os.Rename(path, free)
}

// syncDir makes what was renamed in a file's directory survive a power cut.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
