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

// writeImages draws images and then replaces their files. Until all of them are
// drawn and on the disk nothing is replaced; what was begun is taken away again.
func writeImages(stdout io.Writer, images []image) (err error) {
	var files []*renameio.PendingFile
	defer func() {
		for _, f := range files {
			err = errors.Join(err, f.Cleanup()) // does nothing after a replacement
		}
	}()
	var out bytes.Buffer
	for _, i := range images {
		switch i.path {
		case "":
		case "-":
			err = i.write(&out)
		default:
			var f *renameio.PendingFile
			if f, err = pending(i.path); err == nil {
				files = append(files, f)
				err = i.write(f)
			}
			if err != nil {
				err = fmt.Errorf("%s %s: %w", i.flag, i.path, err)
			}
		}
		if err != nil {
			return err
		}
	}
	if _, err := stdout.Write(out.Bytes()); err != nil {
		return err
	}
	for _, f := range files {
		if err := f.CloseAtomicallyReplace(); err != nil {
			return err
		}
	}
	return nil
}

// pending begins a file that is to replace the one at path, if there is one, behind
// a link the one that it leads to. What is no file, such as /dev/null, is refused:
// it would be gone.
func pending(path string) (*renameio.PendingFile, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is there, and not a file")
	}
	return renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
}
