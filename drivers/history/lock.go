package history

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// lock takes the writer's lock, which the system releases when the process ends
// in whatever way. It is a file of its own, because closing any other descriptor
// of the database would drop SQLite's own locks (POSIX, fcntl).
func lock(path string) (*os.File, error) {
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &Error{Path: path, Op: "open", Kind: Held, PID: holder(f)}
		}
		return nil, wrap(path, "open", fmt.Errorf("lock: %w", err))
	}
	// For people only: a full disk leaves it out.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return f, nil
}

// holder returns the process that a lock file names; 0 if it names none.
func holder(f *os.File) (pid int) {
	_, _ = fmt.Fscan(io.LimitReader(f, 32), &pid)
	return max(pid, 0)
}

// openLock opens the file of the writer's lock, and makes it where there is none.
// One that is there keeps its owner.
func openLock(path string) (*os.File, error) {
	const flags = os.O_RDWR | syscall.O_NOFOLLOW
	name := path + ".lock"
	f, err := os.OpenFile(name, flags|os.O_CREATE|os.O_EXCL, 0o640)
	if err == nil {
		if err := giveAway(path, f); err != nil {
			return nil, errors.Join(err, f.Close(), os.Remove(name))
		}
		return f, nil
	}
	if errors.Is(err, os.ErrExist) {
		f, err = os.OpenFile(name, flags, 0)
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, &Error{Path: path, Op: "open", Kind: ReadOnly, Err: err}
	}
	return f, wrap(path, "open", err)
}

// giveAway gives what root just made for a history to the owner and the group of
// the directory that it is in, so that a command that was run with sudo does not
// lock the service out. What SQLite makes belongs to the owner of the database.
func giveAway(path string, made *os.File) error {
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
		return &Error{Path: path, Op: "create", Err: fmt.Errorf("give it to the owner of its directory: %w", err)}
	}
	return nil
}

// makeDir makes the directory of a history where there is none.
func makeDir(path string) error {
	var missing []string
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
			break
		}
		missing = append(missing, dir)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	for _, dir := range slices.Backward(missing) {
		d, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(giveAway(path, d), d.Close()); err != nil {
			return err
		}
	}
	return nil
}
