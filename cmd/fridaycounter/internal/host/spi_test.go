package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// fakeSPI are the SPI ports of a machine that is made up, with one chain behind all.
type fakeSPI struct {
	SPI
	t    *testing.T
	host *chainsim.Host
	last string // port that was opened
}

// newFakeSPI returns a machine without a port.
func newFakeSPI(t *testing.T, host *chainsim.Host) *fakeSPI {
	m := &fakeSPI{t: t, host: host}
	m.SPI = SPI{Root: t.TempDir(), Device: func(bus, chipSelect int) (spi.PortCloser, error) {
		m.last = fmt.Sprintf("%d.%d", bus, chipSelect)
		return m.host.Open()
	}}
	return m
}

// write writes a file of the machine.
func (m *fakeSPI) write(path, text string) {
	m.t.Helper()
	path = filepath.Join(m.Root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// attach makes a port appear, as when spidev is loaded.
func (m *fakeSPI) attach(device string) { m.write("dev/"+device, "") }

// A smaller message of spidev than the usual is kept to, and a larger one is used.
func TestPortTellsItsMessageSize(t *testing.T) {
	for _, c := range []struct {
		bufsiz string
		ioctls int // of the start: 14 frames, each 128 bytes of spidev's buffer
	}{{"256\n", 7}, {"1792\n", 1}, {"1791\n", 2}, {"", 1}, {"much\n", 1}} {
		host := &chainsim.Host{Chain: chainsim.NewChain(4), Align: 128}
		m := newFakeSPI(t, host)
		m.attach("spidev0.0")
		if c.bufsiz != "" {
			m.write("sys/module/spidev/parameters/bufsiz", c.bufsiz)
		}
		d, err := max7219.New(func() (spi.PortCloser, error) { return m.Open("SPI0.0") }, max7219.Opts{Columns: 4, Wiring: max7219.FC16})
		if err != nil {
			t.Fatal(err)
		}
		if host.Ioctls != c.ioctls {
			t.Errorf("bufsiz %q: got %d ioctls, want %d", c.bufsiz, host.Ioctls, c.ioctls)
		}
		if err := d.Halt(); err != nil {
			t.Error(err)
		}
	}
}

// What keeps a port shut is told with what to do about it.
func TestPortHints(t *testing.T) {
	on, off := "boot/firmware/config.txt=dtparam=spi=on\n", "boot/firmware/config.txt=#dtparam=spi=on\n"
	for _, c := range []struct {
		name, port string
		file       string // of the machine: path=text
		err        error  // of the device; nil: it is not there
		want       string
	}{
		{"no name", "", "", nil, `SPI port "": want SPI0.0 or /dev/spidev0.0`},
		{"a wrong name", "spi0.0", "", nil, `SPI port "spi0.0": want SPI0.0 or /dev/spidev0.0`},
		{"a number too large", "SPI0.99999999999999999999", "", nil, `SPI port "SPI0.99999999999999999999": want SPI0.0 or /dev/spidev0.0`},
		{"a laptop", "SPI0.0", "", nil, "SPI port SPI0.0: there is no /dev/spidev* (hint: on a Pi, put dtparam=spi=on into /boot/firmware/config.txt and reboot)"},
		{"off", "/dev/spidev0.0", off, nil, "SPI port /dev/spidev0.0: SPI is off: there is no /dev/spidev* (hint: put dtparam=spi=on into /boot/firmware/config.txt and reboot)"},
		{"on, not rebooted", "SPI0.0", on, nil, "SPI port SPI0.0: there is no /dev/spidev*, and /boot/firmware/config.txt:1 turns SPI on (hint: sudo reboot; if that does not help: sudo modprobe spidev)"},
		{"another", "SPI0.0", "dev/spidev10.0=", nil, "SPI port SPI0.0: there is no /dev/spidev0.0; there is SPI10.0 (hint: name one of them in counter.cue: display: max7219: port)"},
		{"not in the group", "SPI0.0", "", syscall.EACCES, "permission denied (hint: be in the group spi)"},
		{"not in the cgroup", "SPI0.0", "", syscall.EPERM, "operation not permitted (hint: a service of systemd needs DeviceAllow=char-153 rw)"},
		{"without a driver", "SPI0.0", "", syscall.ENXIO, "no such device or address (hint: sudo modprobe spidev, with dtparam=spi=on in /boot/firmware/config.txt)"},
		{"unplugged", "SPI0.0", "", syscall.ENODEV, "no such device (hint: sudo modprobe spidev, with dtparam=spi=on in /boot/firmware/config.txt)"},
		{"something else", "SPI0.0", "", syscall.EMFILE, "too many open files"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newFakeSPI(t, &chainsim.Host{Chain: chainsim.NewChain(1)})
			if path, text, ok := strings.Cut(c.file, "="); ok {
				m.write(path, text)
			}
			var err error
			if c.err == nil {
				_, err = m.Open(c.port)
			} else {
				err = m.explain(c.port, c.err)
				if !errors.Is(err, c.err) {
					t.Errorf("got %v, which is not %v", err, c.err)
				}
			}
			if got := fmt.Sprint(err); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// The port of this machine is one of periph, or an error and no port at all.
func TestPortOfThisMachine(t *testing.T) {
	port, err := NewSPI().Device(999, 99)
	if err == nil || port != nil {
		t.Errorf("got %v and %v, want an error alone", port, err)
	}
}

// The port may refuse what its device has let through: that is explained too.
func TestPortHintOfTheDriver(t *testing.T) {
	m := newFakeSPI(t, &chainsim.Host{Chain: chainsim.NewChain(1), Fail: func(string) (int, error) { return 0, syscall.EACCES }})
	m.attach("spidev0.0")
	if _, err := m.Open("SPI0.0"); !errors.Is(err, syscall.EACCES) || !strings.Contains(err.Error(), "(hint: be in the group spi)") {
		t.Errorf("got %v", err)
	}
}

// A second counter is told that the port is another's, until that closes it.
func TestPortIsLocked(t *testing.T) {
	m := newFakeSPI(t, &chainsim.Host{Chain: chainsim.NewChain(1)})
	if _, err := m.Open("SPI0.0"); err == nil {
		t.Fatal("a port without a device opens")
	}
	m.attach("spidev0.0")
	m.attach("spidev0.1")
	open := func(name, failure string) spi.PortCloser {
		t.Helper()
		port, err := m.Open(name)
		switch {
		case failure == "" && err != nil:
			t.Fatalf("%s: got %v", name, err)
		case failure != "" && (err == nil || !strings.Contains(err.Error(), failure)):
			t.Fatalf("%s: got %v, want %s", name, err, failure)
		}
		return port
	}
	first := open("SPI0.0", "")
	open("SPI0.0", "systemctl stop fridaycounter")
	open("/dev/spidev0.0", "systemctl stop fridaycounter") // the same
	if err := open("SPI0.1", "").Close(); err != nil {     // nobody's
		t.Fatal(err)
	}
	if m.last != "0.1" {
		t.Errorf("SPI0.1: got %s", m.last)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	m.host.Fail = func(string) (int, error) { return 0, os.ErrDeadlineExceeded }
	open("SPI0.0", os.ErrDeadlineExceeded.Error())
	m.host.Fail = nil
	second := open("/dev/spidev0.0", "") // neither holds it any more
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestFindPort(t *testing.T) {
	const pi = "Raspberry Pi 4 Model B Rev 1.4\x00"
	type files = map[string]string
	for _, c := range []struct {
		name       string
		files      files
		port, want string // the device, or a part of the error
	}{
		{"there", files{"dev/spidev0.0": ""}, "SPI0.0", "/dev/spidev0.0"},
		{"by its path", files{"dev/spidev10.1": ""}, "/dev/spidev10.1", "/dev/spidev10.1"},
		{"no name", files{"dev/spidev0.0": ""}, "spi0.0", "spi0.0 is not the name of a port (hint: want SPI0.0)"},
		{"another", files{"dev/spidev10.0": ""}, "SPI0.0", "there is SPI10.0"},
		{"off", files{"proc/device-tree/model": pi, "boot/firmware/config.txt": "#dtparam=spi=on\n"}, "SPI0.0", "into /boot/firmware/config.txt"},
		{"off, old place", files{"proc/device-tree/model": pi, "boot/config.txt": "x=1\n"}, "SPI0.0", "into /boot/config.txt"},
		{"both places", files{"boot/config.txt": "moved", "boot/firmware/config.txt": ""}, "SPI0.0", "into /boot/firmware/config.txt"},
		{"on, not rebooted", files{"boot/firmware/config.txt": "\n[all]\ndtparam=i2c=on,spi=on\n"}, "SPI0.0", "config.txt:3 turns SPI on"},
		{"turned off again", files{"boot/firmware/config.txt": "dtparam=spi=on\ndtparam=spi=off\n"}, "SPI0.0", "SPI is off"},
		{"twice on one line", files{"boot/firmware/config.txt": "dtparam=spi=on,spi=off,i2c\n"}, "SPI0.0", "SPI is off"},
		{"another board", files{"proc/device-tree/model": "Banana"}, "SPI0.0", "board's manual"},
		{"a laptop", nil, "SPI0.0", "on a Pi, put dtparam=spi=on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fstest.MapFS{}
			for path, text := range c.files {
				m[path] = &fstest.MapFile{Data: []byte(text)}
			}
			got, missing := FindPort(Files{m}, c.port)
			if missing != nil {
				got = missing.Error()
			}
			if !strings.Contains(got, c.want) || (missing == nil) != strings.HasPrefix(c.want, "/dev/") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if missing != nil && missing.NoBoard != (c.name == "a laptop") {
				t.Errorf("no board: got %v", missing.NoBoard)
			}
		})
	}
}
