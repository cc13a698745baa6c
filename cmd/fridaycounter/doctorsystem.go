package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A system is the machine as doctor sees it. Tests have one that is made up.
type system struct {
	root    fs.FS            // of /dev, /proc, /sys, /boot and the rest
	now     func() time.Time // this machine's clock
	kernel  func() (set bool, err error)
	zone    func(name string) (*time.Location, error) // from the program's own database
	disk    func(path string) (disk, error)
	resolve func(ctx context.Context, name string) ([]netip.Addr, error)
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	listen  func(network, address string) (net.Listener, error)
	command func(ctx context.Context, name string, args ...string) (string, error)
	uid     uint32
	gids    []uint32
}

// dialTime bounds a connection, as that of the Bamboo client does.
const dialTime = 5 * time.Second

// newSystem returns the machine that this runs on.
func newSystem() *system {
	h := &system{
		root:   os.DirFS("/"),
		now:    clock,
		kernel: kernelClock,
		zone:   embeddedZone,
		disk:   diskOf,
		resolve: func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		},
		dial:    (&net.Dialer{Timeout: dialTime}).DialContext,
		listen:  net.Listen,
		command: output,
		uid:     uint32(os.Geteuid()),
		gids:    []uint32{uint32(os.Getegid())},
	}
	groups, _ := os.Getgroups() // without them the first counts
	for _, g := range groups {
		h.gids = append(h.gids, uint32(g))
	}
	return h
}

// output runs a command and returns what it prints, also if it says no.
func output(ctx context.Context, name string, args ...string) (string, error) {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if _, said := errors.AsType[*exec.ExitError](err); said && ctx.Err() == nil {
		err = nil
	}
	return strings.TrimSpace(string(text)), err
}

// read returns a small file's text without the white space or NUL at its ends; "" if
// it cannot be read.
func (h *system) read(path string) string {
	text, err := fs.ReadFile(h.root, rooted(path))
	if err != nil {
		return ""
	}
	return string(bytes.Trim(text, "\x00 \t\r\n"))
}

// exists reports whether there is something at a path.
func (h *system) exists(path string) bool {
	_, err := fs.Stat(h.root, rooted(path))
	return err == nil
}

// glob lists paths, without the leading slash.
func (h *system) glob(pattern string) []string {
	paths, _ := fs.Glob(h.root, rooted(pattern)) // the patterns are ours
	return paths
}

// rooted returns an absolute path as an fs.FS wants it.
func rooted(path string) string {
	path = strings.TrimPrefix(filepath.ToSlash(filepath.Clean(path)), "/")
	if path == "" {
		return "."
	}
	return path
}

// stat describes a file, of an absolute path also in the error.
func (h *system) stat(path string) (fs.FileInfo, error) {
	info, err := fs.Stat(h.root, rooted(path))
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, &fs.PathError{Op: pe.Op, Path: path, Err: pe.Err}
	}
	return info, err
}

// processes lists the ids of the processes that can be seen.
func (h *system) processes() (pids []string) {
	entries, _ := fs.ReadDir(h.root, "proc") // none is seen
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, e.Name())
		}
	}
	return pids
}

// unit is what the installed service says of itself.
type unit struct {
	path        string // "": it is not installed
	groups      []string
	credentials map[string]string // files, by the credential's name
}

// unit reads the service's file.
func (h *system) unit() (u unit) {
	u.credentials = map[string]string{}
	for _, dir := range []string{"/etc/systemd/system/", "/run/systemd/system/", "/usr/local/lib/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"} {
		path := dir + "fridaycounter.service"
		if !h.exists(path) {
			continue
		}
		u.path = path
		for line := range strings.Lines(h.read(path)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			switch key {
			case "SupplementaryGroups":
				u.groups = append(u.groups, strings.Fields(value)...)
			case "LoadCredential":
				if name, file, ok := strings.Cut(value, ":"); ok {
					u.credentials[name] = file
				}
			}
		}
		return u
	}
	return u
}
