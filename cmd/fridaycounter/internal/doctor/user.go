package doctor

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
)

// An account is the user whose rights are judged.
type account struct {
	name  string
	uid   int
	gids  []int
	other bool // root asks for the service's user
}

// currentAccount returns who runs doctor; for root, the service's user if there is one.
func currentAccount(unit host.Unit) account {
	if u, err := user.Lookup(serviceUser); err == nil && os.Geteuid() == 0 {
		return otherAccount(u, unit.Values("SupplementaryGroups"))
	}
	groups, _ := os.Getgroups() // without them the first one counts
	return account{name: userName(os.Geteuid()), uid: os.Geteuid(), gids: append(groups, os.Getegid())}
}

// otherAccount returns a user as a member of some more groups.
func otherAccount(u *user.User, groups []string) account {
	ids, _ := u.GroupIds() // without them the first one counts
	for _, name := range groups {
		if g, err := user.LookupGroup(name); err == nil {
			ids = append(ids, g.Gid)
		}
	}
	a := account{name: u.Username, other: true}
	a.uid, _ = strconv.Atoi(u.Uid) // ids are numbers on Unix
	for _, id := range ids {
		gid, _ := strconv.Atoi(id)
		a.gids = append(a.gids, gid)
	}
	return a
}

// userName returns the name of a user, or the number.
func userName(uid int) string {
	id := strconv.Itoa(uid)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// groupName returns the name of a group, or the number.
func groupName(gid int) string {
	id := strconv.Itoa(gid)
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name
	}
	return id
}

// owner returns who a file belongs to; root if that is not known.
func owner(info fs.FileInfo) (uid, gid int) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid), int(stat.Gid)
	}
	return 0, 0
}

// ownerAndMode describes whose a file is, and what its mode is.
func ownerAndMode(info fs.FileInfo) string {
	uid, gid := owner(info)
	return fmt.Sprintf("%s:%s %04o", userName(uid), groupName(gid), info.Mode().Perm())
}

// What an account may do with a file: the bits of one class of its mode.
const (
	mayRead  fs.FileMode = 4
	mayWrite fs.FileMode = 2
	mayEnter fs.FileMode = 1
)

// allows reports whether a file's mode lets an account do what bits say.
func (a account) allows(info fs.FileInfo, bits fs.FileMode) bool {
	uid, gid := owner(info)
	mode := info.Mode().Perm()
	switch {
	case a.uid == 0:
		return true
	case a.uid == uid:
		mode >>= 6
	case slices.Contains(a.gids, gid):
		mode >>= 3
	}
	return mode&bits == bits
}

// may returns why the account may not use the file at an absolute path, by the modes of the file
// and of the directories above it; nil if it may.
func (m *Machine) may(file string, bits fs.FileMode) error {
	if dir := filepath.Dir(file); dir != file {
		if err := m.may(dir, mayEnter); err != nil {
			return err
		}
	}
	info, err := m.Stat(file)
	if err != nil || m.user.allows(info, bits) {
		return err
	}
	verb := cmp.Or(map[fs.FileMode]string{mayRead: "read", mayEnter: "enter"}[bits], "write")
	return fmt.Errorf("%s may not %s %s, which is %s", m.user.name, verb, file, ownerAndMode(info))
}

// unreadable says why the service cannot read a file that is there, with a hint about its mode;
// false: nothing is known against it. Whoever opens the file says the rest.
func (d *doctor) unreadable(path, hint string) (f Finding, yes bool) {
	file, err := filepath.Abs(path)
	if err != nil || !d.Machine.Exists(file) {
		return Finding{}, false
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	m := d.Machine
	isService := m.user.name == serviceUser || state.Installed(d.Policy)
	if isService && m.hidesHome() && regexp.MustCompile(`^/(home|root|run/user)/`).MatchString(file) {
		const hint = "keep it outside of home directories, as in /etc/fridaycounter"
		return failure(hint, "the service cannot see %s: ProtectHome= of %s hides home directories", file, m.unit.Path), true
	}
	if err := m.may(file, mayRead); err != nil && m.user.other {
		return failure(fmt.Sprintf(hint, file), "%v", err), true
	}
	return Finding{}, false
}

// hidesHome reports whether the service cannot see home directories.
func (m *Machine) hidesHome() bool {
	settings := append([]string{"no"}, m.unit.Values("ProtectHome")...) // the last one counts
	return slices.Contains([]string{"yes", "true", "on", "1", "tmpfs"}, settings[len(settings)-1])
}
