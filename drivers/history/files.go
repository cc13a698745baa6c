package history

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// create makes an empty history. It is made under another name first, so that path never has
// half of one. The caller has the lock.
func create(ctx context.Context, path string) error {
	// A journal without its database would be played into the new one.
	if _, err := moveAway(path+"-journal", path+"-journal.orphan"); err != nil {
		return err
	}
	made := path + ".new"
	if err := os.RemoveAll(made); err != nil { // of a creation that was cut off
		return err
	}
	f, err := os.OpenFile(made, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	defer os.Remove(made) // renamed, it is not there
	defer f.Close()
	if err := errors.Join(f.Chmod(0o640), inheritOwner(f)); err != nil { // whatever the umask
		return err
	}
	s, err := connect(made, Opts{}, url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(OFF)", "synchronous(OFF)"}})
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, fmt.Sprintf("%s; PRAGMA application_id = %d; PRAGMA user_version = %d", version2+version3, applicationID, version))
	if err := errors.Join(err, s.db.Close(), f.Sync()); err != nil {
		return err
	}
	return errors.Join(os.Rename(made, path), syncDir(path))
}

// moveAway renames a file that is not empty, and returns its new name: name, or where that is
// taken name-2 and so on; "" if there is nothing to rename.
func moveAway(path, name string) (string, error) {
	if there, err := exists(path); err != nil || !there {
		return "", err
	}
	free := name
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); errors.Is(err, os.ErrNotExist) {
			return free, os.Rename(path, free)
		} else if err != nil {
			return "", err
		}
		free = fmt.Sprintf("%s-%d", name, n)
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

// SQLite applies a write-ahead log to the database that it lies beside, even if it is another
// database's. This program never writes one, and checkFile refuses a file whose header speaks
// of one. So a log that is there belongs to a database that somebody copied, restored or
// replaced.

// exists reports whether there is something in a file that SQLite would read.
func exists(name string) (bool, error) {
	f, err := os.Lstat(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && !(f.Mode().IsRegular() && f.Size() == 0), err
}

// moveLogAway renames a write-ahead log and its shared memory, unless they may belong to the
// file. The caller has the lock.
func moveLogAway(ctx context.Context, path string) error {
	there, err := exists(path + "-wal")
	if err != nil || !there {
		return err
	}
	if err := checkFile(ctx, path); err != nil {
		return err
	}
	for _, end := range []string{"-wal", "-shm"} {
		if _, err := moveAway(path+end, path+end+".orphan"); err != nil {
			return err
		}
	}
	return syncDir(path)
}

// unchanged reports whether a file was not written to since.
func unchanged(since os.FileInfo, path string) bool {
	now, err := os.Stat(path)
	return err == nil && os.SameFile(since, now) && now.Size() == since.Size() && now.ModTime().Equal(since.ModTime())
}
