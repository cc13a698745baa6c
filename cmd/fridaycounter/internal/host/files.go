package host

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
)

// Files is the file system of a machine, by absolute paths. Tests make one up.
type Files struct{ fs.FS }

// Read returns the text of a small file without the white space or NUL at its end; "" if it
// cannot be read.
func (f Files) Read(path string) string {
	text, _ := fs.ReadFile(f.FS, Rooted(path))
	return strings.TrimRight(string(text), "\x00 \t\r\n")
}

// Exists reports whether there is something at a path.
func (f Files) Exists(path string) bool {
	_, err := f.Stat(path)
	return err == nil
}

// Stat describes a file. An error has the absolute path.
func (f Files) Stat(path string) (fs.FileInfo, error) {
	info, err := fs.Stat(f.FS, Rooted(path))
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, &fs.PathError{Op: pe.Op, Path: path, Err: pe.Err}
	}
	return info, err
}

// Rooted returns an absolute path as an fs.FS wants it.
func Rooted(path string) string {
	return cmp.Or(strings.TrimPrefix(filepath.ToSlash(filepath.Clean(path)), "/"), ".")
}
