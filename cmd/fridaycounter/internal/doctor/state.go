package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// checkState looks at the directory of the history: whose it is, and whether the subject may
// write it or make it.
func (d *doctor) checkState(context.Context) Finding {
	const elsewhere = "name a directory on a disk that can be written with --state"
	path, err := d.historyPath()
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		d.skipRest("there is no state directory")
		return failure("name one with --state", "%v", err)
	}
	dir := filepath.Dir(path)
	there, missing := dir, "" // the directory, or the nearest above it that is there
	info, err := d.Machine.Stat(there)
	for errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		there, missing = filepath.Dir(there), dir+" is not there and cannot be made: "
		info, err = d.Machine.Stat(there)
	}
	if err == nil && !info.IsDir() {
		d.skipRest("there is no state directory")
		return failure(elsewhere, "%s%s is not a directory", missing, there)
	}
	refusal := d.Machine.refuses(there)
	switch {
	case err != nil:
		return failure(asServiceUser, "%v", err)
	case refusal != "" && missing == "":
		return warning(elsewhere, "%s: run goes on from memory, and knows nothing after a restart", refusal)
	case missing == "":
		return d.stateRights(path, info)
	case refusal == "":
		if err = d.Machine.may(d.user, there, mayWrite|mayEnter); err == nil {
			return okay("%s is not there yet: run makes it", dir)
		}
	}
	d.skipRest("there is no state directory")
	if err != nil {
		return failure(fmt.Sprintf("sudo install -d -o %s -m 0750 %s, or --state", d.user.name, dir), "%s%v", missing, err)
	}
	return failure(elsewhere, "%s%s", missing, refusal)
}

// stateRights says whether the subject may write a history and its directory.
func (d *doctor) stateRights(path string, info fs.FileInfo) Finding {
	dir := filepath.Dir(path)
	err := d.Machine.may(d.user, dir, mayRead|mayWrite|mayEnter)
	if err == nil && d.Machine.Exists(path) {
		err = d.Machine.may(d.user, path, mayRead|mayWrite)
	}
	switch text := dir + ", " + d.Machine.describe(info); {
	case err == nil:
		return okay("%s: %s may write", text, d.user.name)
	case !d.user.other && d.Machine.may(d.user, path, mayRead) == nil:
		return warning(asServiceUser, "%s: %s may read, not write: %v", text, d.user.name, err)
	case d.user.name == serviceUser:
		return failure(fmt.Sprintf("sudo chown -R %s: %s", serviceUser, dir), "%v", err)
	}
	return failure(asServiceUser+", or your own directory with --state", "%v", err)
}
