package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/engine"
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
		Files:   host.Files{FS: root},
		now:     func() time.Time { return doctorNow },
		clock:   func(time.Time) engine.ClockStatus { return engine.ClockStatus{State: engine.ClockTrusted} },
		zone:    time.LoadLocation,
		refuses: func(string) string { return "" },
		resolve: func(context.Context, string, string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
		},
		dial:    func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") },
		command: func(context.Context, string, ...string) (string, error) { return "", errors.New("no such program") },
		uid:     1000,
		gids:    []int{1000},
	}
}

// doctorOf is a doctor at a made-up machine.
func doctorOf(t *testing.T, h *system, config *schema.Config) *doctor {
	t.Helper()
	return &doctor{
		program: &program{getenv: func(string) string { return "" }, state: t.TempDir()},
		host:    h, user: h.subject(), unit: host.FindUnit(h.Files), path: "/etc/fridaycounter/counter.cue", config: config, text: io.Discard,
	}
}

// TestDoctorWithoutPolicy holds it to name what it cannot check.
func TestDoctorWithoutPolicy(t *testing.T) {
	d := doctorOf(t, madeUp(tree(nil)), nil)
	d.path = filepath.Join(t.TempDir(), "none.cue")
	got := map[string]condition{}
	for _, f := range findings(t, d, d.checks()) {
		got[f.Check] = f.State
	}
	for _, check := range []string{"spi", "spi access", "spi speed", "spi message", "spi users", "power", "time zone", "web", "source"} {
		if got[check] != condSkip {
			t.Errorf("%s: got %q, want skip", check, got[check])
		}
	}
}

// findings makes groups of checks.
func findings(t *testing.T, d *doctor, groups [][]check) []finding {
	t.Helper()
	d.found = nil
	for _, g := range groups {
		if err := d.look(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	return d.found
}

// groupsOf returns the groups that begin with these checks.
func groupsOf(d *doctor, names ...string) [][]check {
	return slices.DeleteFunc(d.checks(), func(g []check) bool { return !slices.Contains(names, g[0].name) })
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
