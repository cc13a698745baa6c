package history

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
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
func holder(f *os.File) int {
	b, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
