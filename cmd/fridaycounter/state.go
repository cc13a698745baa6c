package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// lastGood keeps the last accepted counter.cue in the state directory. It
// implements engine.LastGood.
type lastGood struct{ path string }

// newLastGood returns the copy of the file at config in the service's state
// directory: systemd's, or the user's (XDG base directory specification). Each
// path has a copy of its own.
func newLastGood(config string, getenv func(string) string) (*lastGood, error) {
	path, err := filepath.Abs(config)
	if err != nil {
		return nil, err
	}
	dir := getenv("STATE_DIRECTORY")
	if dir == "" {
		base := getenv("XDG_STATE_HOME")
		if base == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, err
			}
			base = filepath.Join(home, ".local", "state")
		}
		dir = filepath.Join(base, "fridaycounter")
	}
	sum := sha256.Sum256([]byte(path))
	return &lastGood{filepath.Join(dir, fmt.Sprintf("last-good-%x.cue", sum[:6]))}, nil
}

// Load reads the copy.
func (l *lastGood) Load() ([]byte, error) { return os.ReadFile(l.path) }

// Save replaces the copy at once or not at all. An equal copy is not written
// again, which spares the card.
func (l *lastGood) Save(file []byte) error {
	if have, err := os.ReadFile(l.path); err == nil && bytes.Equal(have, file) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o750); err != nil {
		return err
	}
	return renameio.WriteFile(l.path, file, 0o640, renameio.WithTempDir(filepath.Dir(l.path)))
}
