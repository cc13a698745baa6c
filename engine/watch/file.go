package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// replacedWarning is for a file that no directory holds any more. A path leads to such a
// file only where the file itself is mounted.
const replacedWarning = "the file was replaced where it is mounted from, and a mounted file never shows what replaces it: mount its directory instead"

// Read reads the file once, with the errors and the warning of a Watcher. A file system
// that hangs makes it wait.
func Read(path string) Saved {
	data, err := source.ReadFile(path, maxSize)
	if err != nil {
		return Saved{Path: path, Err: explain(path, err)}
	}
	sum := sha256.Sum256(data)
	s := Saved{Path: path, Data: data, Hash: hex.EncodeToString(sum[:])}
	if info, err := os.Stat(path); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink == 0 {
			s.Warning = replacedWarning
		}
	}
	return s
}

func noAnswer(path string) Saved {
	return Saved{Path: path, Err: fmt.Errorf("read %s: it does not answer within %v", path, answerTime)}
}

// state returns a text that is equal for equal contents, and for equal errors. It is
// never empty.
func (s Saved) state() string {
	if s.Err != nil {
		return "error: " + s.Err.Error()
	}
	return s.Hash
}

// explain adds to an error what the path does not show: where it links to, and that a
// service may see no home directories.
func explain(path string, err error) error {
	target, isLink := linkTarget(path)
	if isLink {
		err = fmt.Errorf("%w (it is a link to %s)", err, target)
	}
	hidden := errors.Is(err, fs.ErrPermission) || isLink && errors.Is(err, fs.ErrNotExist)
	if hidden && (inHome(path) || isLink && inHome(target)) {
		err = fmt.Errorf("%w: ProtectHome in the unit of a service hides home directories", err)
	}
	return err
}

// linkTarget returns where the link at path leads to; false if path is none.
func linkTarget(path string) (string, bool) {
	target, err := os.Readlink(path)
	if err != nil {
		return "", false
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target, true
}

func inHome(path string) bool {
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	for _, home := range []string{"/home/", "/root/", "/run/user/"} {
		if strings.HasPrefix(path, home) {
			return true
		}
	}
	return false
}
