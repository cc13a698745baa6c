package host

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// A PortError says why an SPI port is not there.
type PortError struct {
	Reason, Hint string
	NoBoard      bool // as far as can be seen, this is no board that could have one
}

func (e *PortError) Error() string { return fmt.Sprintf("%s (hint: %s)", e.Reason, e.Hint) }

// FindPort returns the device of a port, which is named as in the policy, or a [PortError].
func FindPort(f Files, name string) (device string, err error) {
	m := portName.FindStringSubmatch(name)
	if m == nil {
		return "", &PortError{Reason: name + " is not the name of a port", Hint: "want SPI0.0"}
	}
	device = "/dev/spidev" + m[1]
	if f.Exists(device) {
		return device, nil
	}
	have, _ := fs.Glob(f.FS, "dev/spidev*") // the pattern is valid
	if len(have) == 0 {
		return "", noPort(f)
	}
	return "", &PortError{
		Reason: fmt.Sprintf("there is no %s; there is %s", device, strings.ReplaceAll(strings.Join(have, ", "), "dev/spidev", "SPI")),
		Hint:   "name one of them in counter.cue: display: max7219: port",
	}
}

// noPort says why there is no port at all.
func noPort(f Files) *PortError {
	const none = "there is no /dev/spidev*"
	for _, file := range []string{"/boot/firmware/config.txt", "/boot/config.txt"} { // the current place first
		if !f.Exists(file) {
			continue
		}
		if line := spiOn(f.Read(file)); line > 0 {
			return &PortError{Reason: fmt.Sprintf("%s, and %s:%d turns SPI on", none, file, line), Hint: "sudo reboot; if that does not help: sudo modprobe spidev"}
		}
		return &PortError{Reason: "SPI is off: " + none, Hint: fmt.Sprintf("put dtparam=spi=on into %s and reboot", file)}
	}
	if f.Read("/proc/device-tree/model") == "" {
		return &PortError{Reason: none, Hint: "on a Pi, put dtparam=spi=on into /boot/firmware/config.txt and reboot", NoBoard: true}
	}
	return &PortError{Reason: none, Hint: "turn SPI on as the board's manual says, with spidev"}
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
