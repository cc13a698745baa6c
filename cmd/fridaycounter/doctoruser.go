package main

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A subject is the user whose permissions are judged.
type subject struct {
	name  string
	uid   uint32
	gids  []uint32
	other bool // root asks for the service's user
}

// What a subject may do with a file: the bits of one class of its mode.
const (
	mayRead  fs.FileMode = 4
	mayWrite fs.FileMode = 2
	mayEnter fs.FileMode = 1
)

// subject returns who asks; for root, the service's user if there is one.
func (h *system) subject() subject {
	if h.uid == 0 {
		if s, ok := h.account(serviceUser); ok {
			s.other = true
			return s
		}
	}
	return subject{name: h.userName(h.uid), uid: h.uid, gids: h.gids}
}

// account returns a user with the groups that the service gives it.
func (h *system) account(name string) (subject, bool) {
	for line := range strings.Lines(h.read("/etc/passwd")) {
		field := strings.Split(strings.TrimSpace(line), ":")
		if len(field) < 4 || field[0] != name {
			continue
		}
		s := subject{name: name, uid: number(field[2]), gids: []uint32{number(field[3])}}
		supplementary := h.unit().groups
		for _, g := range h.groups() {
			if slices.Contains(g.members, name) || slices.Contains(supplementary, g.name) {
				s.gids = append(s.gids, g.gid)
			}
		}
		return s, true
	}
	return subject{}, false
}

// group is a line of /etc/group.
type group struct {
	name    string
	gid     uint32
	members []string
}

func (h *system) groups() (all []group) {
	for line := range strings.Lines(h.read("/etc/group")) {
		if field := strings.Split(strings.TrimSpace(line), ":"); len(field) >= 4 {
			all = append(all, group{field[0], number(field[2]), strings.Split(field[3], ",")})
		}
	}
	return all
}

// groupName returns the name of a group, or its number.
func (h *system) groupName(gid uint32) string {
	for _, g := range h.groups() {
		if g.gid == gid {
			return g.name
		}
	}
	return fmt.Sprint(gid)
}

// userName returns the name of a user, or the number.
func (h *system) userName(uid uint32) string {
	for line := range strings.Lines(h.read("/etc/passwd")) {
		if field := strings.Split(line, ":"); len(field) >= 4 && number(field[2]) == uid {
			return field[0]
		}
	}
	return fmt.Sprint(uid)
}

// number reads an id; what is none is nobody's.
func number(text string) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return ^uint32(0)
	}
	return uint32(n)
}

// owner returns who a file belongs to; root where that is not to be known.
func owner(info fs.FileInfo) (uid, gid uint32) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Uid, stat.Gid
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
	file = rooted(file)
	for i, c := range file + "/" {
		if c != '/' {
			continue
		}
		step, want := file[:i], mayEnter
		if i == len(file) {
			want = bits
		}
		info, err := fs.Stat(h.root, step)
		if err != nil {
			return err
		}
		if !s.allows(info, want) {
			uid, gid := owner(info)
			return fmt.Errorf("%s may not %s %s, which is %s:%s %04o", s.name, verb(want), path.Join("/", step), h.userName(uid), h.groupName(gid), info.Mode().Perm())
		}
	}
	return nil
}

func verb(bits fs.FileMode) string {
	switch {
	case bits&mayWrite != 0:
		return "write"
	case bits&mayRead != 0:
		return "read"
	}
	return "enter"
}
