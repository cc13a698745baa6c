package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// node is the port that the policy names.
const node = "/dev/spidev0.0"

// devices is what the kernel has of character devices.
type devices struct {
	names map[int]string // by major, as in /proc/devices
	node  int            // the major of node
}

// readDevices reads "MAJOR /dev/spidev0.0" and then /proc/devices, where the same numbers
// mean something else for block devices.
func readDevices(lines []string) (devices, error) {
	d := devices{names: map[int]string{}}
	characters := false
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasSuffix(line, ":") {
			characters = line == "Character devices:"
			continue
		}
		number, name, _ := strings.Cut(line, " ")
		major, err := strconv.Atoi(number)
		switch {
		case err != nil:
			return devices{}, fmt.Errorf("%q: want a major and a name", line)
		case i == 0 && name == node:
			d.node = major
		case characters:
			d.names[major] = name
		}
	}
	if d.node == 0 || len(d.names) == 0 {
		return devices{}, fmt.Errorf("the board did not tell the major of %s, or no /proc/devices", node)
	}
	return d, nil
}

// find returns the major that systemd allows for char-WHAT: a number as it is, and else
// that of the name in /proc/devices.
func (d devices) find(what string) (major int, ok bool) {
	if n, err := strconv.Atoi(what); err == nil {
		_, ok := d.names[n]
		return n, ok
	}
	for major, name := range d.names {
		if name == what {
			return major, true
		}
	}
	return 0, false
}

var allowedDevice = regexp.MustCompile(`(?m)^DeviceAllow=char-(\S+) rw$`)

// unit judges whether the installed service may use the port.
func (j *judge) unit(text string, d devices) {
	m := allowedDevice.FindStringSubmatch(text)
	if m == nil {
		j.faultf("the unit has no line like %s", allowedDevice)
		return
	}
	switch major, ok := d.find(m[1]); {
	case !ok:
		j.faultf("the unit allows char-%s, which /proc/devices does not have: %s has major %d, %q", m[1], node, d.node, d.names[d.node])
	case major != d.node:
		j.faultf("the unit allows char-%s, major %d %q: %s has major %d, %q", m[1], major, d.names[major], node, d.node, d.names[d.node])
	}
}
