package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// doctorNow is what the clock of a made-up machine says.
var doctorNow = time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)

// accounts are the users of a made-up machine.
const (
	passwd = "root:x:0:0::/root:/bin/sh\npi:x:1000:1000::/home/pi:/bin/sh\nfridaycounter:x:990:990::/:/usr/sbin/nologin\n"
	groups = "root:x:0:\nspi:x:995:pi\npi:x:1000:\nfridaycounter:x:990:\n"
)

// tree makes files of names and contents. A name that ends in / is a directory; a
// content that begins with -> is a link.
func tree(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{
		"etc/passwd": {Data: []byte(passwd), Mode: 0o644},
		"etc/group":  {Data: []byte(groups), Mode: 0o644},
	}
	for name, text := range files {
		if target, ok := strings.CutPrefix(text, "->"); ok {
			m[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return m
}

// owned is a file of somebody's.
func owned(uid, gid uint32, mode fs.FileMode) *fstest.MapFile {
	return &fstest.MapFile{Mode: mode, Sys: &syscall.Stat_t{Uid: uid, Gid: gid}}
}

// madeUp is a machine of user pi without network.
func madeUp(root fs.FS) *system {
	return &system{
		root:   root,
		now:    func() time.Time { return doctorNow },
		kernel: func() (bool, error) { return true, nil },
		zone:   time.LoadLocation,
		disk:   func(string) (disk, error) { return disk{}, nil },
		resolve: func(context.Context, string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
		},
		dial:    func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") },
		listen:  net.Listen,
		command: func(context.Context, string, ...string) (string, error) { return "", errors.New("no such program") },
		uid:     1000,
		gids:    []uint32{1000},
	}
}

// doctorOf is a doctor at a made-up machine.
func doctorOf(t *testing.T, h *system, config *schema.Config) *doctor {
	t.Helper()
	return &doctor{
		program: &program{getenv: func(string) string { return "" }, state: t.TempDir()},
		host:    h, user: h.subject(), unit: h.unit(), path: "/etc/fridaycounter/counter.cue", config: config,
	}
}

// TestDoctorWithoutPolicy holds it to name what it cannot check.
func TestDoctorWithoutPolicy(t *testing.T) {
	d := doctorOf(t, madeUp(tree(nil)), nil)
	d.path = filepath.Join(t.TempDir(), "none.cue")
	got := map[string]condition{}
	for _, look := range d.checks() {
		for _, f := range look(t.Context()) {
			got[f.Check] = f.State
		}
	}
	for _, check := range []string{"spi", "spi access", "spi speed", "spi message", "spi users", "power", "time zone", "web", "source"} {
		if got[check] != condSkip {
			t.Errorf("%s: got %q, want skip", check, got[check])
		}
	}
}

// wantFinding compares a finding with its state and a part of its text.
func wantFinding(t *testing.T, got finding, state condition, text string) {
	t.Helper()
	if got.State != state || !strings.Contains(got.Found+" -> "+got.Hint, text) {
		t.Errorf("got %s %s: %q -> %q, want %s with %q", got.State, got.Check, got.Found, got.Hint, state, text)
	}
	if (got.State == condWarn || got.State == condFail) && got.Hint == "" {
		t.Errorf("%s %s: there is no hint", got.State, got.Check)
	}
}

// An error names a file as people do.
func TestSystemStat(t *testing.T) {
	const want = "open /no/such/file: file does not exist"
	if _, err := madeUp(tree(nil)).stat("/no/such/file"); err == nil || err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %s", err, want)
	}
}
