package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// spidevs are the SPI ports of a machine that is made up, with one chain behind all.
type spidevs struct {
	spidev
	t    *testing.T
	host *chainsim.Host
	mu   sync.Mutex // over the chain
	last string     // port that was opened
}

// newSpidevs returns a machine without a port.
func newSpidevs(t *testing.T, host *chainsim.Host) *spidevs {
	m := &spidevs{t: t, host: host}
	m.spidev = spidev{root: t.TempDir(), open: func(bus, chipSelect int) (spi.PortCloser, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.last = fmt.Sprintf("%d.%d", bus, chipSelect)
		port, err := m.host.Open()
		if err != nil {
			return nil, err
		}
		return lockedPort{port, &m.mu}, nil
	}}
	return m
}

// write writes a file of the machine.
func (m *spidevs) write(path, text string) {
	m.t.Helper()
	path = filepath.Join(m.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// attach makes a port appear, as when spidev is loaded.
func (m *spidevs) attach(device string) { m.write("dev/"+device, "") }

// A port that appears after the start is found by the next try.
func TestRunFindsALatePort(t *testing.T) {
	wall := chainsim.NewWall(chainsim.Boards()["fc16"], chainsim.Row(2))
	m := newSpidevs(t, &chainsim.Host{Chain: wall.Chain})
	dir := t.TempDir()
	path := filepath.Join(dir, "counter.cue")
	days := deployAgo(t, dir, 22)
	policy := strings.Replace(dayPolicy(days[0]), "terminal: {}", `max7219: {port: "SPI0.0", wiring: "fc16"}`, 1)
	if err := os.WriteFile(path, []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	log := new(lockedText)
	ctx, stop := context.WithCancel(t.Context())
	p := &program{name: "fridaycounter", stdin: strings.NewReader(""), stdout: io.Discard, stderr: log, getenv: func(string) string { return "" }, state: filepath.Join(dir, "state"), spidev: &m.spidev}
	done := make(chan error, 1)
	go func() { done <- p.run(ctx, path, true) }()
	wait := func(what string, reached func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !reached(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s; log:\n%s", what, log)
			}
		}
	}
	wait("the port is not missed", func() bool { return strings.Contains(log.String(), "there is no /dev/spidev*") })
	m.attach("spidev0.0")
	wait("the wall stays dark", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return wall.Glass().String() == glass(t, "3") && wall.Level(0) == 8
	})
	probe := (&program{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, spidev: &m.spidev}).command()
	probe.SetArgs([]string{"probe", "--modules", "2"})
	if err := probe.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "another counter drives it") {
		t.Errorf("probe beside the counter: got %v", err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if wall.Level(0) != led.Off {
		t.Error("the end leaves the wall lit")
	}
}

// lockedText is a log that is read while it is written.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A smaller message of spidev than the usual is kept to, and a larger one is used.
func TestPortTellsItsMessageSize(t *testing.T) {
	for _, c := range []struct {
		bufsiz string
		ioctls int // of the start: 14 frames, each 128 bytes of spidev's buffer
	}{{"256\n", 7}, {"1792\n", 1}, {"1791\n", 2}, {"", 1}, {"much\n", 1}} {
		host := &chainsim.Host{Chain: chainsim.NewChain(4), Align: 128}
		m := newSpidevs(t, host)
		m.attach("spidev0.0")
		if c.bufsiz != "" {
			m.write("sys/module/spidev/parameters/bufsiz", c.bufsiz)
		}
		d, err := max7219.New(func() (spi.PortCloser, error) { return m.port("SPI0.0") }, max7219.Opts{Columns: 4, Wiring: max7219.FC16})
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
		{"a number too large", "SPI0.99999999999999999999", "", nil, `SPI port "SPI0.99999999999999999999": strconv.Atoi: parsing "99999999999999999999": value out of range`},
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
			m := newSpidevs(t, &chainsim.Host{Chain: chainsim.NewChain(1)})
			if path, text, ok := strings.Cut(c.file, "="); ok {
				m.write(path, text)
			}
			var err error
			if c.err == nil {
				_, err = m.port(c.port)
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
func TestNewSpidev(t *testing.T) {
	port, err := newSpidev().open(999, 99)
	if err == nil || port != nil {
		t.Errorf("got %v and %v, want an error alone", port, err)
	}
}

// The port may refuse what its device has let through: that is explained too.
func TestPortHintOfTheDriver(t *testing.T) {
	m := newSpidevs(t, &chainsim.Host{Chain: chainsim.NewChain(1), Fail: func(string) (int, error) { return 0, syscall.EACCES }})
	m.attach("spidev0.0")
	if _, err := m.port("SPI0.0"); !errors.Is(err, syscall.EACCES) || !strings.Contains(err.Error(), "(hint: be in the group spi)") {
		t.Errorf("got %v", err)
	}
}
