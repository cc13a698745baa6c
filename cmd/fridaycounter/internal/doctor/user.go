package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
)

// A subject is the user whose rights are judged.
type subject struct {
	name  string
	uid   int
	gids  []int
	other bool // root asks for the service's user
}

// accounts are the users and groups of a machine, and who runs doctor.
type accounts struct {
	uid  int
	gids []int

	userName  func(uid int) string // of a user, or its number
	groupName func(gid int) string // of a group, or its number
	// service returns the user of the service, also as a member of these groups.
	service func(groups []string) (subject, error)
}

// osAccounts returns the accounts of this machine.
func osAccounts() accounts {
	groups, _ := os.Getgroups() // without them the first one counts
	return accounts{
		uid: os.Geteuid(), gids: append(groups, os.Getegid()), service: lookupService,
		userName: func(uid int) string {
			if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
				return u.Username
			}
			return strconv.Itoa(uid)
		},
		groupName: func(gid int) string {
			if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
				return g.Name
			}
			return strconv.Itoa(gid)
		},
	}
}

func lookupService(groups []string) (subject, error) {
	u, err := user.Lookup(serviceUser)
	if err != nil {
		return subject{}, err
	}
	ids, err := u.GroupIds()
	for _, name := range groups {
		if g, err := user.LookupGroup(name); err == nil {
			ids = append(ids, g.Gid)
		}
	}
	s := subject{name: u.Username}
	s.uid, _ = strconv.Atoi(u.Uid) // they are numbers on Unix
	for _, id := range ids {
		gid, _ := strconv.Atoi(id)
		s.gids = append(s.gids, gid)
	}
	return s, err
}

// subject returns who runs doctor; for root, the service's user if there is one, with the groups
// that its unit gives it.
func (a *accounts) subject(unit host.Unit) subject {
	if a.uid == 0 {
		if s, err := a.service(unit.Values("SupplementaryGroups")); err == nil {
			s.other = true
			return s
		}
	}
	return subject{name: a.userName(a.uid), uid: a.uid, gids: a.gids}
}

// describe says whose a file is, and what its mode is.
func (a *accounts) describe(info fs.FileInfo) string {
	uid, gid := owner(info)
	return fmt.Sprintf("%s:%s %04o", a.userName(uid), a.groupName(gid), info.Mode().Perm())
}

// owner returns who a file belongs to; root if that is not known.
func owner(info fs.FileInfo) (uid, gid int) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid), int(stat.Gid)
	}
	return 0, 0
}

// What a subject may do with a file: the bits of one class of its mode.
const (
	mayRead  fs.FileMode = 4
	mayWrite fs.FileMode = 2
	mayEnter fs.FileMode = 1
)

// allows reports whether a file's mode lets a subject do what bits say.
func (s subject) allows(info fs.FileInfo, bits fs.FileMode) bool {
	uid, gid := owner(info)
	mode := info.Mode().Perm()
	switch {
	case s.uid == 0:
		return true
	case s.uid == uid:
		mode >>= 6
	case slices.Contains(s.gids, gid):
		mode >>= 3
	}
	return mode&bits == bits
}

// may returns why a subject may not use the file at an absolute path, by the modes of the file
// and of the directories above it; nil if it may.
func (m *Machine) may(s subject, file string, bits fs.FileMode) error {
	file = filepath.Clean(file)
	for i := 1; i <= len(file); i++ {
		want, verb := bits, "read"
		switch {
		case i < len(file) && file[i] != '/':
			continue
		case i < len(file):
			want, verb = mayEnter, "enter"
		case bits&mayWrite != 0:
			verb = "write"
		}
		info, err := m.Stat(file[:i])
		if err != nil {
			return err
		}
		if !s.allows(info, want) {
			return fmt.Errorf("%s may not %s %s, which is %s", s.name, verb, file[:i], m.describe(info))
		}
	}
	return nil
}

// unreadable says why the service cannot read a file that is there, with a hint about its mode;
// false: nothing is known against it. Whoever opens the file says the rest.
func (d *doctor) unreadable(path, hint string) (f Finding, yes bool) {
	abs, err := filepath.Abs(path)
	if err != nil || !d.Machine.Exists(abs) {
		return Finding{}, false
	}
	file := abs
	if target, err := filepath.EvalSymlinks(abs); err == nil {
		file = target
	}
	hides := slices.Contains([]string{"yes", "true", "on", "1", "tmpfs"}, d.unit.Last("ProtectHome"))
	if hides && (d.user.name == serviceUser || d.Policy == state.SystemConfig) && inHome(file) {
		return failure("keep it outside of home directories, as in /etc/fridaycounter", "the service cannot read %s: ProtectHome in %s hides home directories", file, d.unit.Path), true
	}
	if d.user.other {
		if err := d.Machine.may(d.user, file, mayRead); err != nil {
			return failure(fmt.Sprintf(hint, file), "%v", err), true
		}
	}
	return Finding{}, false
}

// inHome reports whether systemd's ProtectHome can hide a file.
func inHome(file string) bool {
	return slices.ContainsFunc([]string{"/home/", "/root/", "/run/user/"}, func(dir string) bool { return strings.HasPrefix(file, dir) })
}
