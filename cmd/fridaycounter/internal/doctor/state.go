package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// checkState looks at the directory of the history: whose it is, and whether the account may
// write it or make it.
func (d *doctor) checkState(context.Context) Finding {
	path, err := filepath.Abs(d.History)
	if err != nil || d.History == "" {
		return failure("name one with --state", "there is no home directory for it").skipping("there is no state directory")
	}
	dir := filepath.Dir(path)
	there := dir // or the nearest directory above it that is there
	info, err := d.Machine.Stat(there)
	for errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		there = filepath.Dir(there)
		info, err = d.Machine.Stat(there)
	}
	reason, hint := "", "name a directory on a disk that can be written with --state"
	switch {
	case err != nil:
		return failure(asServiceUser, "%v", err)
	case !info.IsDir():
		reason = there + " is not a directory"
	case regexp.MustCompile(`^/(proc|sys)(/|$)`).MatchString(there):
		reason = there + " is of the kernel, which keeps no files"
	case d.Machine.readOnly(there):
		reason = there + " is mounted read-only"
	case there == dir:
		return d.stateRights(path, info)
	default:
		err := d.Machine.may(there, mayWrite|mayEnter)
		if err == nil {
			return okay("%s does not exist yet: run creates it", dir)
		}
		reason, hint = err.Error(), fmt.Sprintf("sudo install -d -o %s -m 0750 %s, or --state", d.Machine.user.name, dir)
	}
	if there == dir && info.IsDir() {
		return warning(hint, "%s: run keeps everything in memory, and begins with nothing after a restart", reason)
	}
	if there != dir {
		reason = dir + " does not exist and cannot be created: " + reason
	}
	return failure(hint, "%s", reason).skipping("there is no state directory")
}

// stateRights says whether the account may write a history and its directory.
func (d *doctor) stateRights(path string, info fs.FileInfo) Finding {
	dir := filepath.Dir(path)
	err := d.Machine.may(dir, mayRead|mayWrite|mayEnter)
	if err == nil && d.Machine.Exists(path) {
		err = d.Machine.may(path, mayRead|mayWrite)
	}
	switch text := dir + ", " + ownerAndMode(info); {
	case err == nil:
		return okay("%s: %s may write", text, d.Machine.user.name)
	case !d.Machine.user.other && d.Machine.may(path, mayRead) == nil:
		return warning(asServiceUser, "%s: %s may read, not write: %v", text, d.Machine.user.name, err)
	case d.Machine.user.name == serviceUser:
		return failure(fmt.Sprintf("sudo chown -R %s: %s", serviceUser, dir), "%v", err)
	}
	return failure(asServiceUser+", or your own directory with --state", "%v", err)
}

// checkHistory reads the history, and says how old the last good poll is.
func (d *doctor) checkHistory(ctx context.Context) Finding {
	if d.wall != nil {
		return Finding{} // it has none
	}
	var known []source.Known
	err := state.Read(ctx, d.History, func(file *history.Store) (err error) {
		if d.policy != nil {
			known, err = state.Load(ctx, file, d.policy.Keys())
		}
		return err
	})
	switch {
	case state.Is(err, history.Missing):
		return okay("there is none yet: run creates it")
	case err != nil:
		return historyFailure(err)
	case d.policy == nil:
		return okay("it can be read; without a policy, its source is not known")
	}
	return d.freshness(known)
}

// historyFailure says what is wrong with a history, and what to do.
func historyFailure(err error) Finding {
	f := failure("fridaycounter history check", "%v", err)
	if e, ok := errors.AsType[*history.Error](err); ok {
		f.Found, f.Hint = strings.TrimSuffix(e.Error(), "; "+e.Hint()), cmp.Or(e.Hint(), f.Hint)
	}
	if state.Is(err, history.Busy, history.Denied) {
		f.Result = Warn
	}
	return f
}

// freshness judges the last polls. It tells the first reason of the first rule that has one.
func (d *doctor) freshness(known []source.Known) Finding {
	oldest := slices.MinFunc(known, func(a, b source.Known) int { return a.Good.Compare(b.Good) })
	good := oldest.Good
	if good.IsZero() {
		return warning("fridaycounter once", "it is sound, but no poll of the source %q has succeeded yet", oldest.Name)
	}
	now := d.Machine.now()
	text := fmt.Sprintf("it is sound, and the last good poll was %s ago", report.Duration(now.Sub(good)))
	most := 2*d.policy.Longest() + history.PollTimesEvery
	if now.Sub(good) > most {
		return warning("is run running? journalctl -u "+d.Machine.unit.Name()+" -n 50", "%s", text)
	}
	reasons := d.policy.Stale(known, now, most)
	for _, c := range d.policy.Rules {
		for _, r := range reasons[c.Rule().Name] {
			return warning("fridaycounter explain says more", "%s, but the number may be out of date: %s", text, r.Text)
		}
	}
	return okay("%s", text)
}
