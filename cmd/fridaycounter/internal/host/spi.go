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

// portName matches the name of a port and that of its device, as the schema does.
var portName = regexp.MustCompile(`^(?:SPI|/dev/spidev)([0-9]{1,3})\.([0-9]{1,3})$`)

// Open opens a port by its name, SPI0.0 or /dev/spidev0.0, and locks it until it is closed.
func (s *SPI) Open(name string) (spi.PortCloser, error) {
	m := portName.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Errorf("SPI port %q: want SPI0.0 or /dev/spidev0.0", name)
	}
	lock, err := lockFile(filepath.Join(s.Root, "dev/spidev"+m[1]+"."+m[2]))
	if err != nil {
		return nil, fmt.Errorf("SPI port %s: %w", name, s.explain(name, err))
	}
	bus, _ := strconv.Atoi(m[1]) // the pattern holds them to three digits
	chipSelect, _ := strconv.Atoi(m[2])
	port, err := s.Device(bus, chipSelect)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("SPI port %s: %w", name, s.explain(name, err)), lock.Close())
	}
	// With host.Init the port itself would know the size of a message.
	bufsiz, _ := strconv.Atoi(s.files().Read("/sys/module/spidev/parameters/bufsiz"))
	return lockedPort{port, lock, bufsiz}, nil
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

// A PortError says why an SPI port is not there.
type PortError struct {
	Reason, Hint string
	NoBoard      bool // as far as can be seen, this is no board that could have one
}

func (e *PortError) Error() string { return fmt.Sprintf("%s (hint: %s)", e.Reason, e.Hint) }

// FindPort returns the device of a port that is named as in the policy.
func FindPort(f Files, name string) (device string, missing *PortError) {
	m := portName.FindStringSubmatch(name)
	if m == nil {
		return "", &PortError{Reason: name + " is not the name of a port", Hint: "want SPI0.0"}
	}
	device = "/dev/spidev" + m[1] + "." + m[2]
	if f.Exists(device) {
		return device, nil
	}
	reason, hint := "there is no /dev/spidev*", "turn SPI on as the board's manual says, with spidev"
	have, _ := fs.Glob(f.FS, "dev/spidev*") // the pattern is valid
	config := "/boot/firmware/config.txt"
	if !f.Exists(config) {
		config = "/boot/config.txt" // until 2023
	}
	line := spiOn(f.Read(config))
	switch {
	case len(have) > 0:
		ports := strings.ReplaceAll(strings.Join(have, ", "), "dev/spidev", "SPI")
		reason = fmt.Sprintf("there is no %s; there is %s", device, ports)
		hint = "name one of them in counter.cue: display: max7219: port"
	case line > 0:
		reason += fmt.Sprintf(", and %s:%d turns SPI on", config, line)
		hint = "sudo reboot; if that does not help: sudo modprobe spidev"
	case f.Exists(config):
		reason = "SPI is off: " + reason
		hint = fmt.Sprintf("put dtparam=spi=on into %s and reboot", config)
	case f.Read("/proc/device-tree/model") == "":
		hint = "on a Pi, put dtparam=spi=on into /boot/firmware/config.txt and reboot"
		return "", &PortError{reason, hint, true}
	}
	return "", &PortError{reason, hint, false}
}

// spiSetting matches a line of config.txt that turns SPI on, or off by the word in the group.
var spiSetting = regexp.MustCompile(`^\s*dtparam=(?:.*,)?\s*spi(?:=(?:on|true|yes|1|(off|false|no|0)))?\s*(?:,|$)`)

// spiOn returns the line of config.txt that turns SPI on; 0: none does.
func spiOn(text string) (line int) {
	for i, l := range strings.Split(text, "\n") {
		if m := spiSetting.FindStringSubmatch(l); m != nil && m[1] != "" {
			line = 0
		} else if m != nil {
			line = i + 1
		}
	}
	return line
}
