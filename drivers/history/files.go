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
func create(ctx context.Context, path string) error {
	// A journal without its database would be played into the new one.
	if _, err := setAside(path+"-journal", path+"-journal.orphan"); err != nil {
		return err
	}
	new := path + ".new"
	if err := os.RemoveAll(new); err != nil { // of a creation that was cut off
		return err
	}
	if err := fill(ctx, path, new); err != nil {
		return errors.Join(err, os.RemoveAll(new))
	}
	return errors.Join(os.Rename(new, path), syncDir(path))
}

// fill makes the history of path in a new file, on the disk when it returns.
func fill(ctx context.Context, path, new string) error {
	f, err := os.OpenFile(new, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Chmod(0o640); err != nil { // whatever the umask
		return err
	}
	if err := inheritOwner(path, f); err != nil {
		return err
	}
	query := url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(OFF)", "synchronous(OFF)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: new, RawQuery: query.Encode()}).String())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf("%s; PRAGMA application_id = %d; PRAGMA user_version = %d", version2, applicationID, version))
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return f.Sync()
}

// setAside renames a file that is not empty to a name that is not taken, which
// it returns; "" if there is nothing to rename.
func setAside(path, as string) (string, error) {
	if there, err := exists(path); err != nil || !there {
		return "", err
	}
	free := as
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); errors.Is(err, os.ErrNotExist) {
			return free, os.Rename(path, free)
		} else if err != nil {
			return "", err
		}
		free = fmt.Sprintf("%s-%d", as, n)
	}
}

// syncDir makes what was renamed in a file's directory survive a power cut.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// SQLite plays a write-ahead log into the database that it lies beside, whosever log it
// is and whatever the database's header says. This program never writes one, and
// checkFile refuses a file whose header speaks of one. So one that is there is of another
// database, which somebody copied, restored or replaced.

// exists reports whether there is something in a file that SQLite would read.
func exists(name string) (bool, error) {
	f, err := os.Lstat(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && !(f.Mode().IsRegular() && f.Size() == 0), err
}

// setLogAside renames a write-ahead log and its shared memory, unless the file is one
// that they may belong to. The caller holds the lock.
func setLogAside(ctx context.Context, path string) error {
	there, err := exists(path + "-wal")
	if err != nil || !there {
		return err
	}
	if err := checkFile(ctx, path); err != nil {
		return err
	}
	for _, end := range []string{"-wal", "-shm"} {
		if _, err := setAside(path+end, path+end+".orphan"); err != nil {
			return err
		}
	}
	return syncDir(path)
}

// ignoreLog makes a reader ignore a write-ahead log, by a promise to SQLite that
// nobody writes to the file. It returns the file, so that [unchanged] tells whether that
// held; nil if there is no log.
func ignoreLog(path string, query url.Values) (os.FileInfo, error) {
	if there, err := exists(path + "-wal"); err != nil || !there {
		return nil, wrap(path, "open", err)
	}
	if cutOff, err := exists(path + "-journal"); err != nil || cutOff {
		return nil, &Error{Path: path, Op: "open", Kind: Interrupted, Err: err}
	}
	query.Set("immutable", "1")
	as, err := os.Stat(path)
	return as, wrap(path, "open", err)
}

// unchanged reports whether a file was not written to since it was opened.
func unchanged(as os.FileInfo, path string) bool {
	is, err := os.Stat(path)
	return err == nil && os.SameFile(as, is) && is.Size() == as.Size() && is.ModTime().Equal(as.ModTime())
}
