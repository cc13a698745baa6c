package doctor

import (
	"context"
	"errors"
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

// tree makes files of names and contents. A name that ends in / is a directory; a
// content that begins with -> is a link.
func tree(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
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
func madeUp(root fs.FS) *Machine {
	return &Machine{
		Files:   host.Files{FS: root},
		now:     func() time.Time { return doctorNow },
		clock:   func(time.Time) engine.ClockStatus { return engine.ClockStatus{State: engine.ClockTrusted} },
		zone:    time.LoadLocation,
		refuses: func(string) string { return "" },
		resolve: func(context.Context, string, string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
		},
		dial:     func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") },
		command:  func(context.Context, string, ...string) (string, error) { return "", errors.New("no such program") },
		accounts: madeUpAccounts(),
	}
}

// madeUpAccounts are those of a machine with the user and the group of the service; pi runs doctor.
func madeUpAccounts() accounts {
	users := map[int]string{0: "root", 1000: "pi", 990: serviceUser}
	groups := map[int]string{0: "root", 995: "spi", 1000: "pi", 990: serviceUser}
	return accounts{
		uid: 1000, gids: []int{1000},
		userName:  func(uid int) string { return users[uid] },
		groupName: func(gid int) string { return groups[gid] },
		service: func(more []string) (subject, error) {
			s := subject{name: serviceUser, uid: 990, gids: []int{990}}
			for gid, name := range groups {
				if slices.Contains(more, name) {
					s.gids = append(s.gids, gid)
				}
			}
			return s, nil
		},
	}
}

// doctorOf is a doctor at a made-up machine.
func doctorOf(t *testing.T, m *Machine, config *schema.Config) *doctor {
	t.Helper()
	d := newDoctor(Options{
		Machine: m, Policy: "/etc/fridaycounter/counter.cue", State: t.TempDir(), Getenv: func(string) string { return "" },
	})
	d.config = config
	return d
}

// TestDoctorWithoutPolicy holds it to name what it cannot check.
func TestWithoutPolicy(t *testing.T) {
	d := doctorOf(t, madeUp(tree(nil)), nil)
	d.Policy = filepath.Join(t.TempDir(), "none.cue")
	got := map[string]State{}
	for _, f := range findings(t, d, d.checks()) {
		got[f.Check] = f.State
	}
	for _, check := range []string{"spi", "spi access", "spi speed", "spi message", "spi users", "power", "time zone", "web", "source"} {
		if got[check] != Skip {
			t.Errorf("%s: got %q, want skip", check, got[check])
		}
	}
}

// findings makes groups of checks.
func findings(t *testing.T, d *doctor, groups [][]check) []Finding {
	t.Helper()
	var all []Finding
	for _, g := range groups {
		err := d.look(t.Context(), g, func(f Finding) error {
			all = append(all, f)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// groupsOf returns the groups that begin with these checks.
func groupsOf(d *doctor, names ...string) [][]check {
	return slices.DeleteFunc(d.checks(), func(g []check) bool { return !slices.Contains(names, g[0].name) })
}

// wantFinding compares a Finding with its state and a part of its text.
func wantFinding(t *testing.T, got Finding, state State, text string) {
	t.Helper()
	if got.State != state || !strings.Contains(got.Found+" -> "+got.Hint, text) {
		t.Errorf("got %s %s: %q -> %q, want %s with %q", got.State, got.Check, got.Found, got.Hint, state, text)
	}
	if (got.State == Warn || got.State == Fail) && got.Hint == "" {
		t.Errorf("%s %s: there is no hint", got.State, got.Check)
	}
}
