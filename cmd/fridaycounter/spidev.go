package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/host/v3/sysfs"
)

// A spidev opens the SPI ports of Linux. It looks at each try: periph's host.Init looks
// once for each process, and a port may come later.
type spidev struct {
	root string // of /dev, /sys and /boot
	open func(bus, chipSelect int) (spi.PortCloser, error)
}

// newSpidev returns that of this machine.
func newSpidev() spidev {
	return spidev{root: "/", open: func(bus, chipSelect int) (spi.PortCloser, error) {
		port, err := sysfs.NewSPI(bus, chipSelect)
		if err != nil {
			return nil, err // not the port, which would be a nil that is none
		}
		return port, nil
	}}
}

// port opens and claims a port by its name, SPI0.0 or /dev/spidev0.0.
func (s spidev) port(name string) (spi.PortCloser, error) {
	bus, chipSelect, err := parsePort(name)
	if err != nil {
		return nil, err
	}
	claim, err := claimFile(filepath.Join(s.root, fmt.Sprintf("dev/spidev%d.%d", bus, chipSelect)))
	if err != nil {
		return nil, fmt.Errorf("SPI port %s: %w", name, s.explain(fmt.Sprintf("SPI%d.%d", bus, chipSelect), err))
	}
	port, err := s.open(bus, chipSelect)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("SPI port %s: %w", name, s.explain(fmt.Sprintf("SPI%d.%d", bus, chipSelect), err)), claim.Close())
	}
	return claimedPort{port, claim, s.bufsiz()}, nil
}

// parsePort takes a port's name apart.
func parsePort(name string) (bus, chipSelect int, err error) {
	m := spiNode.FindStringSubmatch(name)
	if m == nil {
		return 0, 0, fmt.Errorf("SPI port %q: want SPI0.0 or /dev/spidev0.0", name)
	}
	first, second, _ := strings.Cut(m[1], ".")
	if bus, err = strconv.Atoi(first); err == nil {
		chipSelect, err = strconv.Atoi(second)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("SPI port %q: %w", name, err)
	}
	return bus, chipSelect, nil
}

// bufsiz returns the bytes that spidev takes as one message; 0: it does not tell. With
// host.Init the port itself would know it.
func (s spidev) bufsiz() int {
	n, _ := strconv.Atoi(s.system().read("/sys/module/spidev/parameters/bufsiz"))
	return n
}

func (s spidev) system() *system { return &system{root: os.DirFS(s.root)} }

// explain says what can be done about a device that cannot be opened.
func (s spidev) explain(port string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.missing(port)
	case errors.Is(err, unix.EPERM): // from the device cgroup
		hint = "a service of systemd needs DeviceAllow=char-153 rw"
	case errors.Is(err, fs.ErrPermission):
		hint = "be in the group spi"
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV): // a name without a driver behind it
		hint = "sudo modprobe spidev, with dtparam=spi=on in /boot/firmware/config.txt"
	default:
		return err
	}
	return fmt.Errorf("%w (hint: %s)", err, hint)
}

// missing says why there is no device, as doctor does.
func (s spidev) missing(port string) error {
	found, _ := s.system().spiPort(port)
	switch found.State {
	case condFail:
		return fmt.Errorf("%s (hint: %s)", found.Found, found.Hint)
	case condSkip: // no board, as far as can be seen
		return errors.New("there is no /dev/spidev* (hint: on a Pi, put dtparam=spi=on into /boot/firmware/config.txt and reboot)")
	default:
		return errors.New("it has just come (hint: wait for the next try)")
	}
}

// A claimedPort is an SPI port that no other counter drives meanwhile: spidev lets any
// number of programs open it, and two pictures would take turns on the chips.
type claimedPort struct {
	spi.PortCloser
	claim *os.File
	most  int // bytes of a message; 0: that is not known
}

// claimFile claims a device until the file is closed.
func claimFile(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.New("another counter drives it (hint: systemctl stop fridaycounter, or name another port)")
		}
		return nil, fmt.Errorf("claim %s: %w", path, err)
	}
	return file, nil
}

// MaxTxSize implements conn.Limits.
func (p claimedPort) MaxTxSize() int { return p.most }

// Close closes the port and gives up the claim.
func (p claimedPort) Close() error { return errors.Join(p.PortCloser.Close(), p.claim.Close()) }
