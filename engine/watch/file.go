package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

var (
	// ErrHome is in the error of a file that is in a home directory and cannot be read: the
	// unit of a service may have ProtectHome, and other users' homes are closed anyway.
	ErrHome = errors.New("it is in a home directory, which a service cannot see (ProtectHome): move the policy to /etc/fridaycounter")

	// ErrReplaced is the warning of a file that no directory holds any more. A path leads to
	// such a file only where the file itself is mounted, as into a container.
	ErrReplaced = errors.New("the file is mounted and was replaced on the host, and this container still has the old one: mount its directory instead")
)

// Saved is the content of the file, or why there is none.
type Saved struct {
	Data []byte // not to be changed; at most 64 KiB; nil with Err
	Hash string // SHA-256 of Data in lower-case hexadecimal; "" with Err

	// Err says why there is no content: the file is missing (fs.ErrNotExist), may not be
	// read (fs.ErrPermission), is hidden from services (ErrHome), is too long, is no regular
	// file, or does not answer.
	Err error

	// Warning says why changes may be seen late or never: inotify does not work, or the
	// file is mounted and was replaced (ErrReplaced). When it comes, changes or goes, there
	// is a report, whose content may be that of the report before.
	Warning error

	// Reloaded says that Reload asked for this report. The content may be that of the
	// report before.
	Reloaded bool
}

// state returns a text that is equal for equal contents, errors and warnings.
func (s Saved) state() string { return fmt.Sprint(s.Hash, s.Err, s.Warning) }

// warn adds to the warning that inotify does not work.
func (s *Saved) warn(err error, poll time.Duration) {
	if err == nil {
		return
	}
	hint := ""
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) {
		hint = ": raise fs.inotify.max_user_watches and fs.inotify.max_user_instances"
	}
	late := fmt.Errorf("what is saved is seen within %v, not at once: watch with inotify: %w%s", poll, err, hint)
	s.Warning = errors.Join(s.Warning, late)
}

// Read reads the file once, with the errors of a Watcher and the warning ErrReplaced. A
// file system that hangs makes it wait.
func Read(path string) Saved {
	data, err := source.ReadFile(path, maxSize)
	if err != nil {
		return Saved{Err: explain(path, err, hiddenHomes())}
	}
	sum := sha256.Sum256(data)
	s := Saved{Data: data, Hash: hex.EncodeToString(sum[:])}
	if info, err := os.Stat(path); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink == 0 {
			s.Warning = ErrReplaced
		}
	}
	return s
}

// hiddenHomes returns the directories that ProtectHome hides: from a service of systemd, which
// has INVOCATION_ID, and from no other process.
func hiddenHomes() []string {
	if os.Getenv("INVOCATION_ID") == "" {
		return nil
	}
	return []string{"/home", "/root", "/run/user"}
}

// explain adds to an error what the path does not show: where its links lead to, and that a
// service cannot see what is below homes.
func explain(path string, err error, homes []string) error {
	abs, _ := filepath.Abs(path) // fails only without a working directory
	end, broken := filepath.EvalSymlinks(abs)
	if at, ok := errors.AsType[*fs.PathError](broken); ok {
		end = at.Path
	}
	link := ""
	if !strings.HasPrefix(abs, end) {
		link = fmt.Sprintf(" (it is a link to %s)", end)
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok && isHidden(end, err, homes) { // in place of a hint about permissions
		return fmt.Errorf("read %s: %w%s: %w", path, errno, link, ErrHome)
	}
	return fmt.Errorf("%w%s", err, link)
}

// isHidden reports whether err comes of path being below one of homes. ProtectHome shows
// these directories closed, or empty.
func isHidden(path string, err error, homes []string) bool {
	at := slices.IndexFunc(homes, func(home string) bool { return strings.HasPrefix(path, home+"/") })
	switch {
	case at < 0:
		return false
	case errors.Is(err, fs.ErrNotExist):
		entries, err := os.ReadDir(homes[at])
		return len(entries) == 0 && !errors.Is(err, fs.ErrNotExist)
	}
	return errors.Is(err, fs.ErrPermission)
}
