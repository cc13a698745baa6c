package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// An output is a file to write.
type output struct {
	name string
	text []byte
}

// writeAll writes all files, with their directories. On an error it takes back what it did.
func writeAll(files []output) error {
	var undo []func() error
	for _, f := range files {
		made := f.name // the highest that is not there
		for dir := filepath.Dir(f.name); !exists(dir); dir = filepath.Dir(dir) {
			made = dir
		}
		old, err := os.ReadFile(f.name)
		if errors.Is(err, fs.ErrNotExist) && !exists(f.name) {
			undo = append(undo, func() error { return os.RemoveAll(made) })
			err = os.MkdirAll(filepath.Dir(f.name), 0o755)
		} else if err == nil {
			undo = append(undo, func() error { return os.WriteFile(f.name, old, 0o644) })
		}
		if err == nil {
			err = os.WriteFile(f.name, f.text, 0o644)
		}
		if err == nil {
			continue
		}
		for _, u := range slices.Backward(undo) {
			err = errors.Join(err, u())
		}
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
