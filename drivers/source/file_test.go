package source

import (
	"errors"
	"io"
	"io/fs"
	"net"
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

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int64{"whole": 8, "longer": 9, "sparse": 1 << 40} {
		if err := os.WriteFile(path(name), []byte("12345678"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path(name), size); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": "whole", "zero": os.DevNull, "linked pipe": "pipe", "made up": "/proc/self/mounts"} {
		if err := os.Symlink(to, path(link)); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("unix", path("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	for name, want := range map[string]string{
		"whole":       "",
		"link":        "",
		"longer":      "it is too long: want at most 8 bytes",
		"sparse":      "it is too long: want at most 8 bytes",
		"pipe":        "it is a named pipe: want a regular file",
		"linked pipe": "it is a named pipe: want a regular file",
		"zero":        "it is a device: want a regular file",
		"made up":     "it is not a file on a disk: want a regular file", // the kernel tells when it changes
		"socket":      "it is a socket: want a regular file",
		".":           "it is a directory: want a regular file",
	} {
		file, _, err := OpenFile(path(name), 8)
		if want != "" {
			if err == nil || err.Error() != "read "+path(name)+": "+want {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, err := io.ReadAll(file)
		file.Close()
		if string(text) != "12345678" || err != nil {
			t.Errorf("%s: got %q, %v", name, text, err)
		}
	}
	if _, _, err := OpenFile(path("none"), 8); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path("none")) {
		t.Errorf("none: got %v, want that it does not exist", err)
	}
}

func TestTooLong(t *testing.T) {
	for limit, want := range map[int64]string{0: "0 bytes", 1: "1 bytes", 1000: "1000 bytes", 64 << 10: "64 KiB", 64 << 20: "64 MiB"} {
		if got := tooLong(limit).Error(); got != "it is too long: want at most "+want {
			t.Errorf("%d: got %s, want %s", limit, got, want)
		}
	}
}
