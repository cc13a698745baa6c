package history

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// lock takes the writer's lock, which the system releases when the process ends in whatever
// way. It is a file of its own, because closing any other descriptor of the database would
// drop SQLite's own locks (POSIX, fcntl).
func lock(path string) (*os.File, error) {
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			var pid int // of the process that has it; 0 if the file does not say
			_, _ = fmt.Fscan(io.LimitReader(f, 32), &pid)
			return nil, &Error{Kind: InUse, PID: max(pid, 0)}
		}
		return nil, fmt.Errorf("lock: %w", err)
	}
	// For people only: on a full disk it is left out.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return f, nil
}

// openLock opens the file of the writer's lock, and makes it where there is none. One that
// is there keeps its owner.
func openLock(path string) (*os.File, error) {
	const flags = os.O_RDWR | syscall.O_NOFOLLOW
	name := path + ".lock"
	f, err := os.OpenFile(name, flags|os.O_CREATE|os.O_EXCL, 0o640)
	if err == nil {
		if err := inheritOwner(f); err != nil {
			return nil, errors.Join(err, f.Close(), os.Remove(name))
		}
		return f, nil
	}
	if errors.Is(err, os.ErrExist) {
		f, err = os.OpenFile(name, flags, 0)
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, &Error{Kind: ReadOnly, Err: err}
	}
	return f, err
}

// inheritOwner gives what root just made for a history to the owner and the group of its
// directory, so that a command that was run with sudo does not lock the service out. What
// SQLite makes belongs to the owner of the database.
func inheritOwner(made *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	dir, err := os.Stat(filepath.Dir(made.Name()))
	if err != nil {
		return err
	}
	to, ok := dir.Sys().(*syscall.Stat_t)
	if !ok || to.Uid == 0 {
		return nil
	}
	if err := made.Chown(int(to.Uid), int(to.Gid)); err != nil {
		return &Error{Path: made.Name(), Op: "create", Err: fmt.Errorf("give it to the owner of its directory: %w", err)}
	}
	return nil
}

// makeDir makes a directory of a history, and those that it lies in, where there is none.
func makeDir(dir string) error {
	err := os.Mkdir(dir, 0o750)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeDir(filepath.Dir(dir)); err == nil {
			err = os.Mkdir(dir, 0o750)
		}
	}
	if errors.Is(err, os.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	d, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(inheritOwner(d), d.Close())
}
