package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// A glance is what one look at the file found.
type glance struct {
	data  []byte
	hash  string
	size  int64
	mtime time.Time
	torn  bool // the file changed while it was read
	err   error
}

// state returns a text that is equal for equal contents, and for equal errors.
// It is never empty.
func (g glance) state() string {
	if g.err != nil {
		return "error: " + g.err.Error()
	}
	return g.hash
}

// same reports whether the file rested between two looks.
func (g glance) same(h glance) bool {
	return !g.torn && !h.torn && g.state() == h.state() && g.size == h.size && g.mtime.Equal(h.mtime)
}

// read reads the regular file at path, of at most limit bytes. It opens nothing
// else: opening a device can have effects, and opening a pipe can block.
func read(path string, limit int) glance {
	before, err := os.Stat(path)
	if err != nil {
		return glance{err: unreadable(path, err)}
	}
	if err := usable(before, limit); err != nil {
		return glance{err: unreadable(path, err)}
	}
	// Another file may have taken the place since. O_NONBLOCK and O_NOCTTY keep
	// its opening harmless.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return glance{err: unreadable(path, err)}
	}
	defer f.Close()
	if before, err = f.Stat(); err == nil {
		err = usable(before, limit)
	}
	if err != nil {
		return glance{err: unreadable(path, err)}
	}
	// The size may be wrong: it is 0 for files that a kernel makes up.
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = tooLong(limit)
	}
	if err != nil {
		return glance{err: unreadable(path, err)}
	}
	after, err := f.Stat()
	if err != nil {
		return glance{err: unreadable(path, err)}
	}
	sum := sha256.Sum256(data)
	return glance{
		data:  data,
		hash:  hex.EncodeToString(sum[:]),
		size:  after.Size(),
		mtime: after.ModTime(),
		torn:  before.Size() != after.Size() || !before.ModTime().Equal(after.ModTime()),
	}
}

// usable says why a file of this type and size is not read.
func usable(info fs.FileInfo, limit int) error {
	kind := ""
	switch mode := info.Mode(); {
	case mode.IsRegular():
		if info.Size() > int64(limit) {
			return tooLong(limit)
		}
		return nil
	case mode.IsDir():
		kind = "a directory"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	default:
		kind = "of an unknown type"
	}
	return fmt.Errorf("it is %s: want a regular file", kind)
}

func tooLong(limit int) error { return fmt.Errorf("it is longer than %d bytes", limit) }

// unreadable names the file and what can be done. Its text has no part that
// changes while the state stays the same.
func unreadable(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err // it names a system call and repeats the path
	}
	name := path
	if target, lerr := os.Readlink(path); lerr == nil {
		name += " (a link to " + target + ")"
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("read %s: %w: the user of this process needs to read the file and to enter its directories", name, err)
	}
	return fmt.Errorf("read %s: %w", name, err)
}
