package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/host/v3/sysfs"
)

// SPI opens the SPI ports of Linux. It looks for the device at each try: periph's host.Init
// looks once for each process, and a port may come later.
type SPI struct {
	Root   string // of /dev, /sys and /boot
	Device func(bus, chipSelect int) (spi.PortCloser, error)
}

// NewSPI returns the ports of this machine.
func NewSPI() *SPI {
	return &SPI{Root: "/", Device: func(bus, chipSelect int) (spi.PortCloser, error) {
		port, err := sysfs.NewSPI(bus, chipSelect)
		if err != nil {
			return nil, err // not port, which would be an interface with a nil in it
		}
		return port, nil
	}}
}

// Open opens a port by its name, SPI0.0 or /dev/spidev0.0, and locks it until it is closed.
func (s *SPI) Open(name string) (spi.PortCloser, error) {
	bus, chipSelect, err := parsePort(name)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(s.Root, fmt.Sprintf("dev/spidev%d.%d", bus, chipSelect)))
	if err != nil {
		return nil, fmt.Errorf("SPI port %s: %w", name, s.explain(fmt.Sprintf("SPI%d.%d", bus, chipSelect), err))
	}
	port, err := s.Device(bus, chipSelect)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("SPI port %s: %w", name, s.explain(fmt.Sprintf("SPI%d.%d", bus, chipSelect), err)), lock.Close())
	}
	// With host.Init the port itself would know the size of a message.
	bufsiz, _ := strconv.Atoi(s.files().Read("/sys/module/spidev/parameters/bufsiz"))
	return lockedPort{port, lock, bufsiz}, nil
}

// portName matches the name of a port and that of its device.
var portName = regexp.MustCompile(`^(?:SPI|/dev/spidev)([0-9]+\.[0-9]+)$`)

// parsePort takes the name of a port apart.
func parsePort(name string) (bus, chipSelect int, err error) {
	m := portName.FindStringSubmatch(name)
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

func (s *SPI) files() Files { return Files{os.DirFS(s.Root)} }

// explain adds what can be done about a device that cannot be opened.
func (s *SPI) explain(port string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, missing := FindPort(s.files(), port); missing != nil {
			return missing
		}
		return errors.New("it has just come (hint: wait for the next try)")
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

// A lockedPort is an SPI port that no other counter drives meanwhile. Linux lets any number of
// programs open one, and two pictures would take turns on the chips.
type lockedPort struct {
	spi.PortCloser
	lock      *os.File
	maxTxSize int // bytes; 0: not known
}

// MaxTxSize implements conn.Limits.
func (p lockedPort) MaxTxSize() int { return p.maxTxSize }

// Close closes the port and unlocks it.
func (p lockedPort) Close() error { return errors.Join(p.PortCloser.Close(), p.lock.Close()) }

// lockFile locks a device until the returned file is closed.
func lockFile(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.New("another counter drives it (hint: systemctl stop fridaycounter, or name another port)")
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return file, nil
}
