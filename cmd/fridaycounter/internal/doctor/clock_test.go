package doctor

import (
	"io/fs"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

func TestClock(t *testing.T) {
	for _, c := range []struct {
		name  string
		state engine.ClockState
		files map[string]string
		want  Result
		text  string
	}{
		{"set", engine.ClockTrusted, nil, OK, "2027-01-15T12:00:00Z; the kernel or systemd-timesyncd says that it is synchronised"},
		{"not set", engine.ClockUnsynchronised, nil, Warn, "timedatectl"},
		{"not set, in a container", engine.ClockUnsynchronised, map[string]string{".dockerenv": ""}, Warn, "--trust-clock"},
		{"of 1970", engine.ClockBehind, nil, Fail, "before this program was built"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(tree(c.files))
			m.clock = func(time.Time) engine.ClockStatus { return engine.ClockStatus{State: c.state} }
			wantFinding(t, doctorOf(t, m, nil).checkClock(t.Context()), c.want, c.text)
		})
	}
}

func TestTimeServer(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		set   bool
		want  Result
		text  string
	}{
		{"timesyncd", map[string]string{"proc/8/comm": "systemd-timesyn\n"}, true, OK, "systemd-timesyncd runs"},
		{"chrony", map[string]string{"proc/8/comm": "chronyd\n"}, false, OK, "chronyd runs"},
		{"chrony and its helper", map[string]string{"proc/8/comm": "chronyd\n", "proc/9/comm": "chronyd\n"}, true, OK, "chronyd runs"},
		{"two", map[string]string{"proc/8/comm": "chronyd\n", "proc/9/comm": "ntpd\n"}, true, Warn, "chronyd and ntpd run at once"},
		{"none", nil, false, Warn, "install systemd-timesyncd"},
		{"none, and set", nil, true, Skip, "none can be seen"},
		{"a virtual machine", map[string]string{"proc/cpuinfo": "flags\t\t: fpu hypervisor lahf_lm\n", "sys/class/dmi/id/sys_vendor": "QEMU\n"}, false, Skip, "host may set"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(tree(c.files))
			if !c.set {
				m.clock = func(time.Time) engine.ClockStatus { return engine.ClockStatus{State: engine.ClockUnsynchronised} }
			}
			wantFinding(t, doctorOf(t, m, nil).checkTimeServer(t.Context()), c.want, c.text)
		})
	}
}

// The system's file of the zone is that of another one.
func TestZone(t *testing.T) {
	own, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	// Version 1 of the format, one offset without a change: 8 and 7 hours west.
	file := func(offset string) string {
		return "TZif" + string(make([]byte, 16)) + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x04" + offset + "\x00\x00PST\x00"
	}
	const path = "usr/share/zoneinfo/America/Los_Angeles"
	for _, c := range []struct {
		name  string
		files map[string]string
		err   error
		want  Result
		text  string
	}{
		{"none", nil, nil, OK, "the system has none"},
		{"never changes", map[string]string{path: file("\xff\xff\x8f\x80")}, nil, Warn, "2027-03-14 02:00 PST where the program's own say 03:00 PDT"},
		{"differs now", map[string]string{path: file("\xff\xff\x9d\x90")}, nil, Warn, "2027-01-15"},
		{"damaged", map[string]string{path: "TZ"}, nil, Warn, "by the program's own rules: the system's cannot be read from /usr/share/zoneinfo/"},
		{"not told", nil, fs.ErrPermission, Skip, "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(tree(c.files))
			m.zone = func(string) (*time.Location, error) { return own, c.err }
			config := &schema.Config{Timezone: "America/Los_Angeles"}
			wantFinding(t, doctorOf(t, m, config).checkZone(t.Context()), c.want, c.text)
		})
	}
}

func TestZoneOfTheSystemAgrees(t *testing.T) {
	utc := "TZif" + string(make([]byte, 32)) + "\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00UTC\x00"
	m := fakeMachine(tree(map[string]string{"usr/share/zoneinfo/Etc/UTC": utc}))
	config := &schema.Config{Timezone: "Etc/UTC"}
	wantFinding(t, doctorOf(t, m, config).checkZone(t.Context()), OK, "agree for two years")
}
