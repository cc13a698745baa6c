package doctor

import (
	"context"
	"errors"
	"io/fs"
	"net"
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

// doctorNow is what the clock of a fake machine says.
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

// owned makes a file that belongs to a user and a group.
func owned(uid, gid uint32, mode fs.FileMode) *fstest.MapFile {
	return &fstest.MapFile{Mode: mode, Sys: &syscall.Stat_t{Uid: uid, Gid: gid}}
}

// fakeMachine returns a machine of user pi without network.
func fakeMachine(root fs.FS) *Machine {
	return &Machine{
		Files:    host.Files{FS: root},
		now:      func() time.Time { return doctorNow },
		clock:    func(time.Time) engine.ClockStatus { return engine.ClockStatus{State: engine.ClockTrusted} },
		zone:     time.LoadLocation,
		readOnly: func(string) bool { return false },
		resolve: func(context.Context, string) ([]string, error) {
			return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
		},
		dial:    func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") },
		service: func(context.Context) (string, error) { return "", errors.New("no such program") },
		user:    pi,
	}
}

// Ids that no user and no group has on the machine that runs the tests, so they are printed as numbers.
const (
	piUser     = 555001
	piGroup    = 555002
	spiGroup   = 555003
	serviceUID = 555004 // the service's
	serviceGID = 555005
)

// pi runs doctor on a fake machine; service is the service's user, for whom root asks.
var (
	pi      = account{name: "pi", uid: piUser, gids: []int{piGroup}}
	service = account{name: serviceUser, uid: serviceUID, gids: []int{serviceGID}, other: true}
)

// doctorOf returns the doctor of a fake machine.
func doctorOf(t *testing.T, m *Machine, config *schema.Config) *doctor {
	t.Helper()
	m.unit = host.FindUnit(m.Files, "")
	d := &doctor{
		Options: Options{Machine: m, Policy: "/etc/fridaycounter/counter.cue", Getenv: func(string) string { return "" }},
	}
	if config != nil {
		policy, err := engine.NewPolicy(config, filepath.Dir(d.Policy))
		if err != nil {
			t.Fatal(err)
		}
		d.policy = policy
	}
	d.keepIn(t.TempDir())
	return d
}

// keepIn has the doctor look for the history in a directory.
func (d *doctor) keepIn(dir string) { d.History = filepath.Join(dir, "history.db") }

// at returns the first source of the policy as it is looked at.
func (d *doctor) at() *target { return d.target(&d.policy.Config.Sources[0]) }

// findings makes checks.
func findings(t *testing.T, checks []check) []Finding {
	t.Helper()
	var all []Finding
	err := look(t.Context(), checks, "", func(f Finding) error {
		all = append(all, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// groupWith returns a check and those that need it.
func groupWith(d *doctor, name string) []check {
	return slices.DeleteFunc(d.checks(), func(c check) bool { return c.name != name && c.needs != name })
}

// wantFinding compares a Finding with its result and a part of its text.
func wantFinding(t *testing.T, got Finding, want Result, text string) {
	t.Helper()
	if got.Result != want || !strings.Contains(got.Found+" -> "+got.Hint, text) {
		t.Errorf("got %s %s: %q -> %q, want %s with %q", got.Result, got.Check, got.Found, got.Hint, want, text)
	}
	if (got.Result == Warn || got.Result == Fail) && got.Hint == "" {
		t.Errorf("%s %s: there is no hint", got.Result, got.Check)
	}
}

func TestMachine(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"proc/device-tree/model", "Raspberry Pi Zero W Rev 1.1\x00", "Raspberry Pi Zero W Rev 1.1"},
		{"run/systemd/container", "lxc\n", "container lxc"},
		{"proc/1/environ", "A=b\x00container=podman\x00", "container podman"},
		{"nothing", "", "no board"},
	} {
		m := fakeMachine(tree(map[string]string{c.file: c.text}))
		wantFinding(t, doctorOf(t, m, nil).checkMachine(t.Context()), OK, c.want)
	}
}
