package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// Causes of errors of [ReadFile] and [OpenFile].
var (
	ErrTooLong    = errors.New("too long")
	ErrNotRegular = errors.New("want a regular file") // a directory, a pipe or a device
)

// ReadFile returns the content of a regular file of at most limit bytes. It opens nothing
// else, since opening a pipe can block, and opening a device can have effects. Its errors
// name the path.
func ReadFile(path string, limit int64) ([]byte, error) {
	data, _, err := ReadFileMode(path, limit)
	return data, err
}

// ReadFileMode is [ReadFile], and returns the mode of the file that was read.
func ReadFileMode(path string, limit int64) ([]byte, fs.FileMode, error) {
	f, info, err := OpenFile(path, limit)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	// The size may be wrong: it is 0 for files that a kernel makes up.
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = tooLong(limit)
	}
	if err != nil {
		return nil, 0, unreadable(path, err)
	}
	return data, info.Mode(), nil
}

// OpenFile opens a file with the care of [ReadFile], for a caller that reads it as a stream.
// The caller closes it, and bounds what it reads.
func OpenFile(path string, limit int64) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err == nil {
		err = checkRegular(info, limit)
	}
	var f *os.File
	if err == nil {
		// Another file may have taken the place since. O_NONBLOCK and O_NOCTTY keep its
		// opening harmless.
		f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	}
	if err == nil {
		info, err = f.Stat()
	}
	if err == nil {
		err = checkRegular(info, limit)
	}
	if err == nil && f.SetReadDeadline(time.Time{}) == nil { // only what may wait for data has one, as /proc/kmsg
		err = fmt.Errorf("it is not a file on a disk: %w", ErrNotRegular)
	}
	if err != nil {
		f.Close() // it may be nil
		return nil, nil, unreadable(path, err)
	}
	return f, info, nil
}

// checkRegular says why a file of this type and size is not read.
func checkRegular(info fs.FileInfo, limit int64) error {
	kind := "of an unknown type"
	switch mode := info.Mode(); {
	case mode.IsRegular() && info.Size() > limit:
		return tooLong(limit)
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		kind = "a directory"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return fmt.Errorf("it is %s: %w", kind, ErrNotRegular)
}

// tooLong gives the limit in the largest unit that divides it.
func tooLong(limit int64) error {
	n, unit := limit, "bytes"
	for _, larger := range []string{"KiB", "MiB"} {
		if n > 0 && n%1024 == 0 {
			n, unit = n/1024, larger
		}
	}
	return fmt.Errorf("it is %w: want at most %d %s", ErrTooLong, n, unit)
}

func unreadable(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err // it names a system call and repeats the path
	}
	hint := ""
	if errors.Is(err, fs.ErrPermission) {
		hint = ": the user of this process needs to read the file and to enter its directories"
	}
	return fmt.Errorf("read %s: %w%s", path, err, hint)
}
