package doctor

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/schema"
)

func TestSPIPort(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  Result
		text  string
	}{
		{"there", map[string]string{"dev/spidev0.0": ""}, OK, "SPI0.0 is /dev/spidev0.0"},
		{"another", map[string]string{"dev/spidev10.0": ""}, Fail, "there is no /dev/spidev0.0; there is SPI10.0 -> name one of them"},
		{"a laptop", nil, Skip, "this is no board, and there is no /dev/spidev*: ask on the Pi"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := &schema.Config{Display: schema.Display{MAX7219: &schema.MAX7219{Port: "SPI0.0"}}}
			wantFinding(t, doctorOf(t, fakeMachine(tree(c.files)), config).checkSPI(t.Context()), c.want, c.text)
		})
	}
}

func TestSPIAccess(t *testing.T) {
	member := account{name: "pi", uid: piUser, gids: []int{piGroup, spiGroup}}
	for _, c := range []struct {
		name string
		user account
		dev  *fstest.MapFile
		want Result
		text string
	}{
		{"in the group", member, owned(0, spiGroup, 0o660), OK, "pi may use it (group 555003, 0660)"},
		{"not in it", pi, owned(0, spiGroup, 0o660), Fail, "usermod -aG 555003 pi, and log in"},
		{"of root", member, owned(0, 0, 0o600), Fail, "chgrp spi /dev/spidev0.0"},
		{"of root, for all", pi, owned(0, 0, 0o666), OK, "pi may use it"},
		{"the service, not in the group", service, owned(0, spiGroup, 0o660), Fail, "usermod -aG 555003 fridaycounter, and restart"},
		{"root, without a service", account{name: "root"}, owned(0, spiGroup, 0o660), Warn, "no user fridaycounter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(fstest.MapFS{"dev/spidev0.0": c.dev})
			m.user = c.user
			d := doctorOf(t, m, nil)
			d.device = "/dev/spidev0.0"
			wantFinding(t, d.checkSPIAccess(t.Context()), c.want, c.text)
		})
	}
}

func TestSPISpeed(t *testing.T) {
	const node = "sys/bus/spi/devices/spi0.0/of_node/spi-max-frequency"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  Result
		text  string
	}{
		{"not told", nil, OK, "1MHz"},
		{"enough", map[string]string{node: "\x07\x73\x59\x40"}, OK, "the port takes 125MHz"},
		{"too little", map[string]string{node: "\x00\x07\xa1\x20"}, Fail, "at most 500kHz"},
		{"broken", map[string]string{node: "7"}, OK, "does not tell"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := doctorOf(t, fakeMachine(tree(c.files)), &schema.Config{Display: schema.Display{MAX7219: &schema.MAX7219{Speed: 1_000_000}}})
			d.device = "/dev/spidev0.0"
			wantFinding(t, d.checkSPISpeed(t.Context()), c.want, c.text)
		})
	}
}

func TestSPIMessage(t *testing.T) {
	for _, c := range []struct {
		name    string
		modules int
		bufsiz  string
		want    Result
		text    string
	}{
		{"two modules", 2, "4096", OK, "1792 of 4096"},
		{"a frame that is just one step", 64, "4096", OK, "1792 of 4096"},
		{"one more", 65, "4096", OK, "3584 of 4096"},
		{"in parts", 157, "4096", Warn, "spidev.bufsiz=8192"},
		{"raised", 157, "8192", OK, "5376 of 8192"},
		{"too long for a frame", 157, "256", Fail, "314 bytes"},
		{"not told", 2, "", OK, "assumed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(tree(map[string]string{"sys/module/spidev/parameters/bufsiz": c.bufsiz + "\n"}))
			config := &schema.Config{Display: schema.Display{Columns: c.modules, Rows: 1}}
			wantFinding(t, doctorOf(t, m, config).checkSPIMessage(t.Context()), c.want, c.text)
		})
	}
}

func TestSPIUsers(t *testing.T) {
	const device = "->/dev/spidev0.0"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  Result
		text  string
	}{
		{"nobody", map[string]string{"proc/7/fd/1": "->/dev/null", "proc/7/comm": "sh\n", "proc/stat": ""}, OK, "nobody"},
		{"the counter", map[string]string{"proc/7/fd/5": device, "proc/7/comm": "fridaycounter\n"}, OK, "it is open in fridaycounter (process 7)"},
		{"two counters", map[string]string{"proc/7/fd/5": device, "proc/7/comm": "fridaycounter\n", "proc/8/fd/5": device, "proc/8/comm": "fridaycounter\n"}, Fail, "it is open in fridaycounter (process 7), fridaycounter (process 8)"},
		{"the old script", map[string]string{"proc/9/fd/3": device, "proc/9/comm": "python3\n"}, Fail, "python3 (process 9)"},
		{"another port", map[string]string{"proc/9/fd/3": "->/dev/spidev0.1", "proc/9/comm": "python3\n"}, OK, "nobody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := doctorOf(t, fakeMachine(tree(c.files)), nil)
			d.device = "/dev/spidev0.0"
			wantFinding(t, d.checkSPIUsers(t.Context()), c.want, c.text)
		})
	}
}

// hidingFS is a /proc of which some directories may not be read.
type hidingFS struct{ fstest.MapFS }

func (s hidingFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "proc/9/fd" {
		return nil, errors.New("permission denied")
	}
	return s.MapFS.ReadDir(name)
}

func TestSPIUsersHidden(t *testing.T) {
	files := tree(map[string]string{"proc/9/fd/3": "->/dev/spidev0.0", "proc/9/comm": "python3\n"})
	d := doctorOf(t, fakeMachine(hidingFS{files}), nil)
	d.device = "/dev/spidev0.0"
	wantFinding(t, d.checkSPIUsers(t.Context()), Skip, "run doctor as root")
}

// The service runs and has not opened its port.
func TestSPIUnusedByTheService(t *testing.T) {
	for _, c := range []struct {
		name, path, unit, state string
		want                    Result
	}{
		{"the service's policy", state.SystemConfig + "/counter.cue", "usr/lib/systemd/system/fridaycounter.service", "active", Fail},
		{"it does not run", state.SystemConfig + "/counter.cue", "usr/lib/systemd/system/fridaycounter.service", "inactive", OK},
		{"it is not installed", state.SystemConfig + "/counter.cue", "x", "active", OK},
		{"another policy", "/home/pi/counter.cue", "usr/lib/systemd/system/fridaycounter.service", "active", OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fakeMachine(tree(map[string]string{c.unit: "[Service]\n"}))
			m.service = func(context.Context) (string, error) { return c.state, nil }
			d := doctorOf(t, m, nil)
			d.Policy = c.path
			d.device = "/dev/spidev0.0"
			wantFinding(t, d.checkSPIUsers(t.Context()), c.want, "nobody has it open")
		})
	}
}

// What is behind a port that is not there is skipped.
func TestSPIWithoutPort(t *testing.T) {
	config := &schema.Config{Display: schema.Display{Columns: 2, Rows: 1, MAX7219: &schema.MAX7219{Port: "SPI0.0"}}}
	d := doctorOf(t, fakeMachine(tree(nil)), config)
	var got []string
	for _, f := range findings(t, groupWith(d, "spi")) {
		got = append(got, f.Check+" "+string(f.Result))
	}
	want := []string{"spi skip", "spi access skip", "spi speed skip", "spi message skip", "spi users skip"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPower(t *testing.T) {
	for _, c := range []struct {
		modules, most int
		want          Result
		text          string
	}{
		{1, 0, OK, "all LEDs of 1 module at level 15"},
		{2, 0, OK, "about 636 mA at worst"},
		{2, 0, OK, `165 mA when it shows "88" at level 8`},
		{3, 0, Warn, "may feed 2 modules, 636 mA -> give them a 5 V supply of their own, and connect the grounds"},
		{4, 0, Warn, `set max_current: "636mA" beside port`},
		{4, 600, OK, "keeps it to 600 mA"},
		{4, 800, Warn, "keeps it to 800 mA"},
		{8, 1500, Warn, "keeps it to 1500 mA"},
		{36, 0, Warn, "a 5 V supply of their own, and connect the grounds"},
	} {
		config := &schema.Config{
			Brightness: []schema.Brightness{{Level: 1}, {Level: 8}},
			Display:    schema.Display{Columns: c.modules, Rows: 1, MAX7219: &schema.MAX7219{Port: "SPI0.0", MaxCurrent: c.most}},
		}
		wantFinding(t, doctorOf(t, fakeMachine(tree(nil)), config).checkPower(t.Context()), c.want, c.text)
	}
}
