// Package state opens the history, which is a file in the state directory: for a moment, as a
// command does, or for as long as the counter runs, see [Store].
package state

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// The places of an installed counter or wall. Those of a team are directories below them, by its name.
const (
	SystemConfig = "/etc/fridaycounter"
	SystemDir    = "/var/lib/fridaycounter"
)

// Installed reports whether a policy is that of the installed service.
func Installed(policy string) bool { return systemDir(policy) == SystemDir }

// Team returns whose service has a policy; "": no team's.
func Team(policy string) string {
	team, _ := strings.CutPrefix(systemDir(policy), SystemDir)
	return strings.TrimPrefix(team, "/")
}

// systemDir returns where the service of a policy has its history; "": it is not the policy of one.
func systemDir(policy string) string {
	config, file := filepath.Split(policy)
	rel, err := filepath.Rel(SystemConfig, config)
	if err != nil || strings.Contains(rel, "/") || rel == ".." || file != "counter.cue" && file != "wall.cue" {
		return ""
	}
	return filepath.Join(SystemDir, rel)
}

// Path returns where the history of a policy is. Its directory is the first of these that there is:
// dir; the one that systemd gives the service; that of the installed service with this policy; the
// user's (XDG base directory specification). If the user has no home either, Path returns "".
func Path(dir, policy string, getenv func(string) string) string {
	dir = cmp.Or(dir, getenv("STATE_DIRECTORY"))
	if _, err := os.Stat(SystemDir); dir == "" && err == nil {
		dir = systemDir(policy)
	}
	if dir == "" {
		base := getenv("XDG_STATE_HOME")
		if home, err := os.UserHomeDir(); base == "" && err == nil {
			base = filepath.Join(home, ".local", "state")
		}
		if base == "" {
			return ""
		}
		dir = filepath.Join(base, "fridaycounter")
	}
	return filepath.Join(dir, "history.db")
}

var errNoHome = errors.New("you have no home directory for the history (hint: name a directory with --state)")

// Read calls f with the history at a path, opened for reading.
func Read(ctx context.Context, path string, f func(*history.Store) error) error {
	if path == "" {
		return errNoHome
	}
	file, err := history.OpenRead(ctx, path, history.Opts{})
	if err != nil {
		return err
	}
	return errors.Join(f(file), file.Close())
}

// Write calls f with the history at a path, opened for writing. A file that is not there is made.
func Write(ctx context.Context, path string, f func(*history.Store) error) error {
	file, err := OpenFile(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(f(file), file.Close())
}

// OpenFile opens the history at a path for writing. The caller closes it.
func OpenFile(ctx context.Context, path string) (*history.Store, error) {
	if path == "" {
		return nil, errNoHome
	}
	return history.Open(ctx, path, history.Opts{})
}

// Load returns what is known of some sources.
func Load(ctx context.Context, file *history.Store, keys []source.Key) (list []source.Known, err error) {
	for _, key := range keys {
		known, err := file.Load(ctx, key)
		if err != nil {
			return nil, err
		}
		list = append(list, known)
	}
	return list, nil
}

// Lockouts returns the logins that servers refused, by the history at a path. Where there is none,
// no login was refused.
func Lockouts(ctx context.Context, path string) (list []source.Lockout, err error) {
	err = Read(ctx, path, func(file *history.Store) (err error) {
		list, err = file.Lockouts(ctx)
		return err
	})
	if Is(err, history.Missing) {
		err = nil
	}
	return list, err
}

// SaveLockouts stores the refused logins, if they are not the ones of before.
func SaveLockouts(ctx context.Context, path string, before, now []source.Lockout) error {
	if slices.Equal(before, now) {
		return nil
	}
	return Write(ctx, path, func(file *history.Store) error { return file.SaveLockouts(ctx, now) })
}

// Is reports whether err is a history's error of one of some kinds.
func Is(err error, kinds ...history.Kind) bool {
	e, ok := errors.AsType[*history.Error](err)
	return ok && slices.Contains(kinds, e.Kind)
}
