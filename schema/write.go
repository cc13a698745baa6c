package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A writer writes several files or none.
type writer struct {
	files []output
	undo  []func() error // in the order of what was done
}

type output struct {
	name    string
	text    []byte
	replace bool // a file that is there
}

func (w *writer) add(name string, text []byte, replace bool) {
	w.files = append(w.files, output{name, text, replace})
}

// write writes the files. On an error it takes back what it did.
func (w *writer) write() error {
	for _, f := range w.files {
		if err := w.one(f); err != nil {
			for _, undo := range slices.Backward(w.undo) {
				err = errors.Join(err, undo())
			}
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	return nil
}

func (w *writer) one(f output) error {
	if err := w.mkdir(filepath.Dir(f.name)); err != nil {
		return err
	}
	if old, err := os.ReadFile(f.name); err == nil && f.replace {
		if err := os.WriteFile(f.name, f.text, 0o644); err != nil {
			return errors.Join(err, os.WriteFile(f.name, old, 0o644))
		}
		w.undo = append(w.undo, func() error { return os.WriteFile(f.name, old, 0o644) })
		return nil
	}
	file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	w.undo = append(w.undo, func() error { return os.Remove(f.name) })
	_, err = file.Write(f.text)
	return errors.Join(err, file.Close())
}

// mkdir makes a directory and those above it.
func (w *writer) mkdir(dir string) error {
	err := os.Mkdir(dir, 0o755)
	switch {
	case err == nil:
		w.undo = append(w.undo, func() error { return os.Remove(dir) })
		return nil
	case errors.Is(err, fs.ErrExist):
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return fmt.Errorf("%s is not a directory", dir)
		}
		return nil
	case errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir):
		if err := w.mkdir(filepath.Dir(dir)); err != nil {
			return err
		}
		return w.mkdir(dir)
	}
	return err
}
