package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/engine"
)

// A system is the machine as doctor sees it. Tests have one that is made up.
type system struct {
	host.Files                  // /dev, /proc, /sys, /boot and the rest
	now        func() time.Time // this machine's clock
	clock      func(now time.Time) engine.ClockStatus
	zone       func(name string) (*time.Location, error) // from the program's own database
	refuses    func(path string) string                  // see diskRefuses
	resolve    func(ctx context.Context, network, name string) ([]netip.Addr, error)
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
	command    func(ctx context.Context, name string, args ...string) (string, error)
	uid        int
	gids       []int
}

// dialTime bounds a connection, as that of the Bamboo client does.
const dialTime = 5 * time.Second

// newSystem returns the machine that this runs on.
func newSystem() *system {
	groups, _ := os.Getgroups() // without them the first counts
	return &system{
		Files: host.Files{FS: os.DirFS("/")}, now: clock, clock: host.ClockState(builtAt(), false), zone: embeddedZone, refuses: diskRefuses,
		resolve: net.DefaultResolver.LookupNetIP, dial: (&net.Dialer{Timeout: dialTime}).DialContext, command: output,
		uid: os.Geteuid(), gids: append(groups, os.Getegid()),
	}
}

// output runs a command and returns what it prints, also if it says no.
func output(ctx context.Context, name string, args ...string) (string, error) {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if _, said := errors.AsType[*exec.ExitError](err); said && ctx.Err() == nil {
		err = nil
	}
	return strings.TrimSpace(string(text)), err
}

// processes yields the ids and the short names of the processes that can be seen.
func (h *system) processes() iter.Seq2[string, string] {
	return func(yield func(pid, comm string) bool) {
		paths, _ := fs.Glob(h.FS, "proc/[0-9]*/comm") // the pattern is ours
		for _, path := range paths {
			if !yield(strings.Split(path, "/")[1], h.Read(path)) {
				return
			}
		}
	}
}

// A subject is the user whose permissions are judged.
type subject struct {
	name  string
	uid   int
	gids  []int
	other bool // root asks for the service's user
}

// What a subject may do with a file: the bits of one class of its mode.
const (
	mayRead  fs.FileMode = 4
	mayWrite fs.FileMode = 2
	mayEnter fs.FileMode = 1
)

// subject returns who asks; for root, the service's user if there is one, with the groups
// that the service gives it.
func (h *system) subject() subject {
	for _, u := range h.accounts("/etc/passwd") {
		gid, err := strconv.Atoi(u.rest)
		if h.uid != 0 || u.name != serviceUser || err != nil {
			continue
		}
		s := subject{name: u.name, uid: u.id, gids: []int{gid}, other: true}
		for _, g := range h.accounts("/etc/group") {
			if slices.Contains(strings.Split(g.rest, ","), u.name) || slices.Contains(host.FindUnit(h.Files).Values("SupplementaryGroups"), g.name) {
				s.gids = append(s.gids, g.id)
			}
		}
		return s
	}
	return subject{name: h.nameOf("/etc/passwd", h.uid), uid: h.uid, gids: h.gids}
}

// An account is a line of /etc/passwd or /etc/group. Package os/user reads those of the
// running system only.
type account struct {
	name string
	id   int
	rest string // a user's group, by its number; a group's members
}

func (h *system) accounts(file string) (all []account) {
	for line := range strings.Lines(h.Read(file)) {
		field := append(strings.Split(strings.TrimSpace(line), ":"), "", "", "")
		if id, err := strconv.Atoi(field[2]); err == nil {
			all = append(all, account{field[0], id, field[3]})
		}
	}
	return all
}

// nameOf returns the name of an id in a file of accounts, or its number.
func (h *system) nameOf(file string, id int) string {
	for _, a := range h.accounts(file) {
		if a.id == id {
			return a.name
		}
	}
	return fmt.Sprint(id)
}

// mode says whose a file is, and what its mode is.
func (h *system) mode(info fs.FileInfo) string {
	uid, gid := owner(info)
	return fmt.Sprintf("%s:%s %04o", h.nameOf("/etc/passwd", uid), h.nameOf("/etc/group", gid), info.Mode().Perm())
}

// owner returns who a file belongs to; root where that is not to be known.
func owner(info fs.FileInfo) (uid, gid int) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid), int(stat.Gid)
	}
	return 0, 0
}

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

// may returns why a subject may not use the file at an absolute path; nil if it may, by
// the modes of the file and of the directories above it.
func (h *system) may(s subject, file string, bits fs.FileMode) error {
	file = filepath.Clean(file)
	for i := 1; i <= len(file); i++ {
		want, doing := bits, "read"
		switch {
		case i < len(file) && file[i] != '/':
			continue
		case i < len(file):
			want, doing = mayEnter, "enter"
		case bits&mayWrite != 0:
			doing = "write"
		}
		info, err := h.Stat(file[:i])
		if err != nil {
			return err
		}
		if !s.allows(info, want) {
			return fmt.Errorf("%s may not %s %s, which is %s", s.name, doing, file[:i], h.mode(info))
		}
	}
	return nil
}

// unreadable returns why the service's user may not read a file that is there, where root
// asks for it. Whoever opens the file says the rest.
func (d *doctor) unreadable(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil || !d.user.other || !d.host.Exists(abs) {
		return nil
	}
	return d.host.may(d.user, abs, mayRead)
}
