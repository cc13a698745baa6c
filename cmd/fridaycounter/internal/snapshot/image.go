package snapshot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// An Image is a picture and where it goes.
type Image struct {
	Flag, Path string // the flag that names the path: "" is nowhere, "-" standard output
	Draw       func() ([]byte, error)
}

// Write draws all images, and then writes them.
func Write(stdout io.Writer, images []Image) error {
	var writes []func() error
	for _, i := range images {
		if i.Path == "" {
			continue
		}
		path, err := i.file()
		data, failed := i.Draw()
		if err = errors.Join(err, failed); err != nil {
			return fmt.Errorf("%s %s: %w", i.Flag, i.Path, err)
		}
		writes = append(writes, func() (err error) {
			if i.Path == "-" {
				_, err = stdout.Write(data)
				return err
			}
			return renameio.WriteFile(path, data, 0o644, renameio.WithTempDir(filepath.Dir(path)), renameio.WithExistingPermissions())
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
func (i Image) file() (string, error) {
	path := i.Path
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
