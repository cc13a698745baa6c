package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("ten"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path("ten"), path("link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	sparse, err := os.Create(path("sparse"))
	if err != nil {
		t.Fatal(err)
	}
	if err := sparse.Truncate(1 << 40); err != nil {
		t.Logf("a sparse file of 1 TB: %v; takes 1 GB", err)
		if err := sparse.Truncate(1 << 30); err != nil {
			t.Fatal(err)
		}
	}
	sparse.Close()
	for _, tt := range []struct {
		path  string
		limit int64
		want  string // the content, or a part of the error
		cause error
	}{
		{path("ten"), 10, "0123456789", nil},
		{path("link"), 10, "0123456789", nil},
		{path("ten"), 9, "too long: want at most 9 bytes", ErrTooLong},
		{path("sparse"), 1 << 20, "too long", ErrTooLong},
		{path("fifo"), 10, "a named pipe: want a regular file", nil},
		{dir, 10, "a directory", nil},
		{"/dev/zero", 10, "a device", nil},
		{path("none"), 10, "no such file", fs.ErrNotExist},
	} {
		began := time.Now()
		got, err := ReadFile(tt.path, tt.limit)
		if time.Since(began) > 5*time.Second {
			t.Errorf("ReadFile(%s) took %v", tt.path, time.Since(began))
		}
		if err == nil {
			if string(got) != tt.want {
				t.Errorf("ReadFile(%s, %d) = %q, want %q", tt.path, tt.limit, got, tt.want)
			}
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) || tt.cause != nil && !errors.Is(err, tt.cause) {
			t.Errorf("ReadFile(%s, %d): error %q, want the path and %q", tt.path, tt.limit, err, tt.want)
		}
	}
}

// TestReadFileOfNoSize reads a file that says 0 for its size and has content.
func TestReadFileOfNoSize(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc here")
	}
	if got, err := ReadFile("/proc/self/status", 1<<20); err != nil || len(got) == 0 {
		t.Errorf("got %d bytes, error %v", len(got), err)
	}
	if _, err := ReadFile("/proc/self/status", 10); !errors.Is(err, ErrTooLong) {
		t.Errorf("with a limit of 10 bytes: error %v, want too long", err)
	}
}
