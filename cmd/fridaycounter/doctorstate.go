package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
)

// doctorWait is how long a history may be locked by others.
const doctorWait = 2 * time.Second

// lookAtState looks at the directory and the file of the history.
func (d *doctor) lookAtState(ctx context.Context) []finding {
	path, err := d.historyPath()
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return append(skipAll("there is no state directory", "history"), failure("state", "name one with --state", "%v", err))
	}
	found := d.stateDirectory(path)
	if dir := filepath.Dir(path); found.State == condFail && !d.host.isDir(dir) {
		return append([]finding{found}, skipAll("there is no state directory", "history")...)
	}
	return []finding{found, d.history(ctx, path)}
}

// isDir reports whether there is a directory at a path.
func (h *system) isDir(path string) bool {
	info, err := h.stat(path)
	return err == nil && info.IsDir()
}

// elsewhere is what to do about a state directory that cannot be one.
const elsewhere = "name a directory on a disk that can be written with --state"

// stateDirectory tells whose the history is, and whether the subject may write it.
func (d *doctor) stateDirectory(path string) finding {
	dir := filepath.Dir(path)
	info, err := d.host.stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return d.stateToBe(dir)
	case err != nil:
		return failure("state", d.asUser(), "%v", err)
	case !info.IsDir():
		return failure("state", elsewhere, "%s is not a directory", dir)
	}
	if why := d.host.refuses(dir); why != "" {
		return warning("state", elsewhere, "%s: run goes on from memory, and knows nothing after a restart", why)
	}
	uid, gid := owner(info)
	whose := fmt.Sprintf("%s, %s:%s %04o", dir, d.host.userName(uid), d.host.groupName(gid), info.Mode().Perm())
	err = d.host.may(d.user, dir, mayRead|mayWrite|mayEnter)
	if err == nil && d.host.exists(path) {
		err = d.host.may(d.user, path, mayRead|mayWrite)
	}
	if err == nil {
		return okay("state", "%s: %s may write", whose, d.user.name)
	}
	if may := d.host.may(d.user, path, mayRead); may == nil && !d.user.other {
		return warning("state", d.asUser(), "%s: %s may read, not write: %v", whose, d.user.name, err)
	}
	hint := d.asUser() + ", or your own directory with --state"
	if d.user.name == serviceUser {
		hint = fmt.Sprintf("sudo chown -R %s: %s", serviceUser, dir)
	}
	return failure("state", hint, "%v", err)
}

// asUser says how to look again as the user that runs the counter.
func (d *doctor) asUser() string { return "sudo -u " + serviceUser + " fridaycounter doctor" }

// stateToBe looks at whether a directory that is not there can be made.
func (d *doctor) stateToBe(dir string) finding {
	above := filepath.Dir(dir)
	for !d.host.exists(above) && above != filepath.Dir(above) {
		above = filepath.Dir(above)
	}
	if !d.host.isDir(above) {
		return failure("state", elsewhere, "%s is not there and cannot be made: %s is not a directory", dir, above)
	}
	if why := d.host.refuses(above); why != "" {
		return failure("state", elsewhere, "%s is not there and cannot be made: %s", dir, why)
	}
	if err := d.host.may(d.user, above, mayWrite|mayEnter); err != nil {
		return failure("state", fmt.Sprintf("sudo install -d -o %s -m 0750 %s, or --state", d.user.name, dir), "%s is not there and cannot be made: %v", dir, err)
	}
	return okay("state", "%s is not there yet: run makes it", dir)
}

// history opens the history for reading, and tells how old the last good poll is.
func (d *doctor) history(ctx context.Context, path string) finding {
	file, err := history.OpenRead(ctx, path, history.Opts{Wait: doctorWait})
	if isKind(err, history.Missing) {
		return okay("history", "there is none yet: run begins it")
	}
	if err != nil {
		return historyTrouble(err)
	}
	defer file.Close()
	if d.config == nil {
		return okay("history", "it can be read; without a policy, its source is not known")
	}
	polls, err := file.Polls(ctx, engine.SourceKey(d.config, d.dir()))
	if err != nil {
		return historyTrouble(err)
	}
	return d.freshness(polls)
}

// historyTrouble is what a history's error says, and what to do.
func historyTrouble(err error) finding {
	e, ok := errors.AsType[*history.Error](err)
	if !ok {
		return failure("history", "fridaycounter history check", "%v", err)
	}
	hint := e.Hint()
	bare := fmt.Sprint(e)
	if n := len(bare) - len("; "+hint); hint != "" && n > 0 {
		bare = bare[:n]
	}
	if e.Kind == history.Busy || e.Kind == history.Denied {
		return warning("history", hint, "%s", bare)
	}
	return failure("history", hint, "%s", bare)
}

// freshness judges the last polls. Their marks are up to an hour old; see history.Polls.
func (d *doctor) freshness(polls history.Polls) finding {
	const marks = time.Hour
	if polls.Good.IsZero() {
		return warning("history", "fridaycounter once", "it is sound, and knows no whole answer of this source yet")
	}
	var every time.Duration
	for _, p := range d.config.Poll {
		every = max(every, p.Every)
	}
	age := d.host.now().Sub(polls.Good)
	if age > 2*every+marks {
		return warning("history", "is run running? journalctl -u fridaycounter -n 50", "it is sound, and the last good poll was %s ago", since(age))
	}
	return okay("history", "it is sound, and the last good poll was %s ago", since(age))
}

// since says a time as a person does.
func since(t time.Duration) string {
	switch {
	case t < 0:
		return "less than no time" // the clock was set back
	case t < 2*time.Minute:
		return fmt.Sprintf("%d s", int(t/time.Second))
	case t < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(t/time.Minute))
	case t < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(t/time.Hour))
	}
	return fmt.Sprintf("%d days", int(t/(24*time.Hour)))
}
