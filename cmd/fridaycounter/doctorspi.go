package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/physic"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/schema"
)

// spiChecks are those of the chain's port, in their order.
var spiChecks = [...]string{"spi", "spi access", "spi speed", "spi message", "spi users"}

// lookAtSPI looks at the port of the chain.
func (d *doctor) lookAtSPI(ctx context.Context) []finding {
	if d.config == nil {
		return skipAll(noPolicy, spiChecks[:]...)
	}
	chain := d.config.Display.MAX7219
	if chain == nil {
		return skipAll("the policy lights no max7219", spiChecks[:1]...)
	}
	found, device := d.host.spiPort(chain.Port)
	if found.State != condOK {
		return append([]finding{found}, skipAll("there is no port", spiChecks[1:]...)...)
	}
	return []finding{
		found,
		d.spiAccess(device),
		d.host.spiSpeed(chain, device),
		d.host.spiMessage(d.config.Display),
		d.spiUsers(ctx, device),
	}
}

// spiNode matches a port's name, and the device's.
var spiNode = regexp.MustCompile(`^(?:SPI|/dev/spidev)([0-9]+\.[0-9]+)$`)

// spiPort finds the device of a port that the policy names.
func (h *system) spiPort(port string) (found finding, device string) {
	const check = "spi"
	m := spiNode.FindStringSubmatch(port)
	if m == nil {
		return failure(check, "want SPI0.0", "%s is not the name of a port", port), ""
	}
	device = "/dev/spidev" + m[1]
	if h.exists(device) {
		return okay(check, "%s is %s", port, device), device
	}
	have := h.glob("/dev/spidev*")
	if len(have) > 0 {
		names := make([]string, len(have))
		for i, path := range have {
			names[i] = "SPI" + strings.TrimPrefix(path, "dev/spidev")
		}
		return failure(check, "name one of them in counter.cue: display: max7219: port", "there is no %s; there is %s", device, strings.Join(names, ", ")), ""
	}
	return h.noSPI(), ""
}

// bootFiles are where the firmware's settings are, the current place first.
var bootFiles = [...]string{"/boot/firmware/config.txt", "/boot/config.txt"}

// noSPI says why there is no port at all.
func (h *system) noSPI() finding {
	const check = "spi"
	for _, file := range bootFiles {
		if !h.exists(file) {
			continue
		}
		if line := spiOn(h.read(file)); line > 0 {
			return failure(check, "sudo reboot; if that does not help: sudo modprobe spidev", "there is no /dev/spidev*, and %s:%d turns SPI on", file, line)
		}
		return failure(check, fmt.Sprintf("put dtparam=spi=on into %s and reboot", file), "SPI is off: there is no /dev/spidev*")
	}
	if h.read("/proc/device-tree/model") == "" {
		return skipped(check, "this is no board and has no /dev/spidev*: ask on the Pi")
	}
	return failure(check, "turn SPI on as the board's manual says, with spidev", "there is no /dev/spidev*")
}

// spiOn returns the line of config.txt that turns SPI on; 0: none does.
func spiOn(text string) (line int) {
	n := 0
	for l := range strings.Lines(text) {
		n++
		value, ok := strings.CutPrefix(strings.TrimSpace(l), "dtparam=")
		if !ok {
			continue
		}
		for setting := range strings.SplitSeq(value, ",") {
			switch strings.TrimSpace(setting) {
			case "spi", "spi=on", "spi=true", "spi=yes", "spi=1":
				line = n
			case "spi=off", "spi=false", "spi=no", "spi=0":
				line = 0
			}
		}
	}
	return line
}

// spiAccess looks at whether the subject may use the device, and by which group.
func (d *doctor) spiAccess(device string) finding {
	const check = "spi access"
	info, err := d.host.stat(device)
	if err != nil {
		return failure(check, "", "%v", err)
	}
	_, gid := owner(info)
	name := d.host.groupName(gid)
	if d.user.uid == 0 {
		return warning(check, d.asUser(), "root may use it; that says nothing of another user, and there is no user %s", serviceUser)
	}
	if d.user.allows(info, mayRead|mayWrite) {
		return okay(check, "%s may use it (group %s, %04o)", d.user.name, name, info.Mode().Perm())
	}
	hint := fmt.Sprintf("sudo usermod -aG %s %s, and log in again", name, d.user.name)
	if gid == 0 || info.Mode().Perm()&0o060 != 0o060 {
		hint = fmt.Sprintf("sudo chgrp spi %s && sudo chmod g+rw %[1]s, for good by a udev rule", device)
	} else if d.user.other {
		hint = fmt.Sprintf("sudo usermod -aG %s %s, and restart the service", name, d.user.name)
	}
	return failure(check, hint, "%s may not use it: it is of group %s, %04o", d.user.name, name, info.Mode().Perm())
}

// spiSpeed compares the policy's speed with what the device tree permits.
func (h *system) spiSpeed(chain *schema.MAX7219, device string) finding {
	const check = "spi speed"
	speed := physic.Frequency(chain.Speed) * physic.Hertz
	node := "/sys/bus/spi/devices/spi" + strings.TrimPrefix(device, "/dev/spidev") + "/of_node/spi-max-frequency"
	text, err := fs.ReadFile(h.root, rooted(node))
	if err != nil || len(text) != 4 {
		return okay(check, "%s, of at most 10 MHz that the chips take; the port does not tell its limit", speed)
	}
	limit := int64(binary.BigEndian.Uint32(text))
	if chain.Speed > limit {
		return failure(check, fmt.Sprintf("display: max7219: speed in counter.cue: at most %v", physic.Frequency(limit)*physic.Hertz),
			"%s is more than the port takes, %s", speed, physic.Frequency(limit)*physic.Hertz)
	}
	return okay(check, "%s; the port takes %s, the chips 10 MHz", speed, physic.Frequency(limit)*physic.Hertz)
}

// usualBufsiz is spidev's bufsiz where nobody changed it.
const usualBufsiz = 4096

// spiMessage compares a refresh of the chain with what one message takes.
func (h *system) spiMessage(d schema.Display) finding {
	const check = "spi message"
	limit, told := usualBufsiz, ""
	if n, err := strconv.Atoi(h.read("/sys/module/spidev/parameters/bufsiz")); err == nil && n > 0 {
		limit = n
	} else {
		told = " (supposed: bufsiz cannot be read)"
	}
	frame, needs := max7219.MessageSize(d.Columns * d.Rows)
	hint := fmt.Sprintf("put spidev.bufsiz=%d into cmdline.txt beside config.txt and reboot", (needs+4095)/4096*4096)
	switch {
	case frame > limit:
		return failure(check, hint, "a register of %d modules is %d bytes, and a message takes %d%s", d.Columns*d.Rows, frame, limit, told)
	case needs > limit:
		return warning(check, hint, "a refresh of %d modules takes %d bytes of buffer and a message %d%s: it is sent in parts", d.Columns*d.Rows, needs, limit, told)
	}
	return okay(check, "a refresh takes %d of %d bytes%s", needs, limit, told)
}

// spiUsers finds who has the device open. Two writers spoil each other's picture.
func (d *doctor) spiUsers(ctx context.Context, device string) finding {
	const check = "spi users"
	h := d.host
	var own, others []string
	hidden := 0
	for _, pid := range h.processes() {
		open, err := h.opens(pid, device)
		if err != nil {
			hidden++
			continue
		}
		if !open {
			continue
		}
		comm := h.read(path.Join("/proc", pid, "comm"))
		if comm == "fridaycounter" {
			own = append(own, pid)
		} else {
			others = append(others, fmt.Sprintf("%s (process %s)", comm, pid))
		}
	}
	slices.Sort(others)
	unseen := ""
	if hidden > 0 {
		unseen = fmt.Sprintf("; %s may not be looked into: ask as root", plural(hidden, "process"))
	}
	switch {
	case len(others) > 0:
		return failure(check, "stop it: two programs spoil each other's picture", "%s has it open too", strings.Join(others, ", "))
	case len(own) > 1:
		return failure(check, "stop one", "%d counters have it open: processes %s", len(own), strings.Join(own, ", "))
	case len(own) == 1:
		return okay(check, "the running counter, process %s%s", own[0], unseen)
	case hidden > 0:
		return skipped(check, "none that can be seen%s", unseen)
	}
	if state, err := d.serviceState(ctx); err == nil && state == "active" && d.isInstalled() {
		return failure(check, "journalctl -u fridaycounter -n 20", "nobody has it open, although the service is active and this is its policy")
	}
	return okay(check, "nobody has it open")
}

// opens reports whether a process has a device open.
func (h *system) opens(pid, device string) (bool, error) {
	dir := path.Join("proc", pid, "fd")
	entries, err := fs.ReadDir(h.root, dir)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		// A file that is closed by now is not open.
		if target, err := fs.ReadLink(h.root, path.Join(dir, e.Name())); err == nil && target == device {
			return true, nil
		}
	}
	return false, nil
}
