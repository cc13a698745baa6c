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
		var missing []string
		for dir := filepath.Dir(f.name); !exists(dir); dir = filepath.Dir(dir) {
			missing = append(missing, dir)
		}
		for _, dir := range slices.Backward(missing) {
			undo = append(undo, func() error { return os.Remove(dir) })
		}
		old, err := os.ReadFile(f.name)
		switch {
		case err == nil:
			undo = append(undo, func() error { return os.WriteFile(f.name, old, 0o644) })
			err = os.WriteFile(f.name, f.text, 0o644)
		case !exists(f.name):
			if err = os.MkdirAll(filepath.Dir(f.name), 0o755); err == nil {
				undo = append(undo, func() error { return os.Remove(f.name) })
				err = os.WriteFile(f.name, f.text, 0o644)
			}
		}
		if err == nil {
			continue
		}
		for _, u := range slices.Backward(undo) {
			if failed := u(); !errors.Is(failed, fs.ErrNotExist) {
				err = errors.Join(err, failed)
			}
		}
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
