package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// image is a picture and where it goes.
type image struct {
	flag, path string // "": nowhere; "-": standard output
	write      func(io.Writer) error
}

// writeImages draws all images, and then writes them.
func writeImages(stdout io.Writer, images []image) error {
	var writes []func() error
	for _, i := range images {
		if i.path == "" {
			continue
		}
		var data bytes.Buffer
		path, err := i.file()
		if err = errors.Join(err, i.write(&data)); err != nil {
			return fmt.Errorf("%s %s: %w", i.flag, i.path, err)
		}
		writes = append(writes, func() (err error) {
			if i.path == "-" {
				_, err = stdout.Write(data.Bytes())
				return err
			}
			return renameio.WriteFile(path, data.Bytes(), 0o644, renameio.WithTempDir(filepath.Dir(path)), renameio.WithExistingPermissions())
		})
	}
	for _, write := range writes {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// file returns the file that an image is to replace, behind a link the one that it leads to. It
// refuses what is no file, such as /dev/null: it would be gone.
func (i image) file() (string, error) {
	path := i.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", errors.New("it is there, and not a file")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return path, nil
}
