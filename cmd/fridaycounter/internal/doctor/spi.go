package doctor

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/physic"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// checkSPI looks at the port of the chain.
func (d *doctor) checkSPI(context.Context) Finding {
	if d.policy.Config.Display.MAX7219 == nil {
		f := skipped("the policy lights no max7219")
		f.rest = &Finding{} // that says it for all of them
		return f
	}
	port := d.policy.Config.Display.MAX7219.Port
	device, missing := host.FindPort(d.Machine.Files, port)
	if missing == nil {
		d.device = device
		return okay("%s is %s", port, device)
	}
	f := failure(missing.Hint, "%s", missing.Reason)
	if missing.NoBoard {
		f = skipped("this is no board, and %s: ask on the Pi", missing.Reason)
	}
	return f.skipping("there is no port")
}

// checkSPIAccess looks at whether the account may use the device, and by which group.
func (d *doctor) checkSPIAccess(context.Context) Finding {
	info, err := d.Machine.Stat(d.device)
	if err != nil {
		return failure(asServiceUser, "%v", err)
	}
	_, gid := owner(info)
	group, mode := groupName(gid), info.Mode().Perm()
	hint := fmt.Sprintf("sudo usermod -aG %s %s, and log in again", group, d.Machine.user.name)
	switch {
	case d.Machine.user.uid == 0:
		return warning(asServiceUser, "root may use it; that says nothing of another user, and there is no user %s", serviceUser)
	case d.Machine.user.allows(info, mayRead|mayWrite):
		return okay("%s may use it (group %s, %04o)", d.Machine.user.name, group, mode)
	case gid == 0 || mode&0o060 != 0o060:
		hint = fmt.Sprintf("sudo chgrp spi %s && sudo chmod g+rw %[1]s, for good by a udev rule", d.device)
	case d.Machine.user.other:
		hint = fmt.Sprintf("sudo usermod -aG %s %s, and restart the service", group, d.Machine.user.name)
	}
	return failure(hint, "%s may not use it: it belongs to group %s, %04o", d.Machine.user.name, group, mode)
}

// checkSPISpeed compares the policy's speed with what the device tree permits.
func (d *doctor) checkSPISpeed(context.Context) Finding {
	speed := physic.Frequency(d.policy.Config.Display.MAX7219.Speed) * physic.Hertz
	node := "/sys/bus/spi/devices/spi" + strings.TrimPrefix(d.device, "/dev/spidev") + "/of_node/spi-max-frequency"
	text, err := fs.ReadFile(d.Machine.FS, host.Rooted(node))
	if err != nil || len(text) != 4 {
		return okay("%s, of at most 10 MHz that the chips take; the port does not tell its limit", speed)
	}
	limit := physic.Frequency(binary.BigEndian.Uint32(text)) * physic.Hertz
	if speed > limit {
		hint := fmt.Sprintf("set display: max7219: speed in counter.cue to at most %v", limit)
		return failure(hint, "%s is more than the port takes, %s", speed, limit)
	}
	return okay("%s; the port takes %s, the chips 10 MHz", speed, limit)
}

// checkSPIMessage compares a refresh of the chain with what one message takes.
func (d *doctor) checkSPIMessage(context.Context) Finding {
	assumed := ""
	limit, err := strconv.Atoi(d.Machine.Read("/sys/module/spidev/parameters/bufsiz"))
	if err != nil || limit <= 0 {
		limit, assumed = 4096, " (assumed: bufsiz cannot be read)" // what it is where nobody changed it
	}
	modules := d.policy.Config.Display.Columns * d.policy.Config.Display.Rows
	frame, needs := max7219.MessageSize(modules)
	hint := fmt.Sprintf("put spidev.bufsiz=%d into cmdline.txt beside config.txt and reboot", (needs+4095)/4096*4096)
	switch {
	case frame > limit:
		return failure(hint, "a register of %d modules is %d bytes, and a message takes %d%s", modules, frame, limit, assumed)
	case needs > limit:
		return warning(hint, "a refresh of %d modules takes %d bytes and a message %d%s: it is sent in parts", modules, needs, limit, assumed)
	}
	return okay("a refresh takes %d of %d bytes%s", needs, limit, assumed)
}

// checkSPIUsers finds who has the device open. Two programs overwrite each other's picture.
func (d *doctor) checkSPIUsers(ctx context.Context) Finding {
	var users []string
	counters, hidden := 0, 0
	for pid, comm := range d.Machine.processes() {
		open, err := d.Machine.opens(pid, d.device)
		if err != nil {
			hidden++
		}
		if open {
			users = append(users, fmt.Sprintf("%s (process %s)", comm, pid))
		}
		if open && comm == "fridaycounter" {
			counters++
		}
	}
	slices.Sort(users)
	text, others := strings.Join(users, ", "), ""
	if hidden > 0 {
		others = fmt.Sprintf("; %s cannot be inspected: run doctor as root", report.Plural(hidden, "process"))
	}
	switch {
	case counters > 1 || len(users) > counters:
		return failure("leave only the counter running: two programs overwrite each other's picture", "it is open in %s", text)
	case counters == 1:
		return okay("it is open in %s%s", text, others)
	case hidden > 0:
		return skipped("no process that can be seen%s", others)
	}
	policy, err := filepath.Abs(d.Policy)
	if err == nil && state.Installed(policy) && d.Machine.unit.Path != "" {
		if state, err := d.Machine.service(ctx); err == nil && state == "active" {
			return failure("journalctl -u fridaycounter -n 20", "nobody has it open, although the service is active and this is its policy")
		}
	}
	return okay("nobody has it open")
}

// opens reports whether a process has a device open.
func (m *Machine) opens(pid, device string) (bool, error) {
	dir := path.Join("proc", pid, "fd")
	entries, err := fs.ReadDir(m.FS, dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		target, err := fs.ReadLink(m.FS, path.Join(dir, e.Name())) // fails for a file that is closed by now
		return err == nil && target == device
	}), err
}

const (
	// pinModules is how many modules README lets a Pi's 5 V pins feed. What the pins give
	// has no figure of its own: it is what the Pi and its supply leave.
	pinModules = 2
	moduleLEDs = 64
	fullLevel  = 15
)

// checkPower estimates what the modules take. Who feeds them cannot be seen.
func (d *doctor) checkPower(context.Context) Finding {
	display := d.policy.Config.Display
	if display.MAX7219 == nil {
		return Finding{}
	}
	modules := display.Columns * display.Rows
	worst := max7219.Milliamps(modules, modules*moduleLEDs, fullLevel)
	text := fmt.Sprintf("about %d mA at worst, all LEDs of %s at level %d", worst, report.Plural(modules, "module"), fullLevel)
	level := led.Off
	for _, b := range d.policy.Config.Brightness {
		level = max(level, b.Level)
	}
	frame := led.NewFrame(8*display.Columns, 8*display.Rows)
	if line, err := led.Fit("88", frame.Width(), frame.Height(), led.FontAuto, led.Saturate); err == nil && level != led.Off {
		line.Draw(frame, 0)
		lit := strings.Count(frame.String(), "#")
		text += fmt.Sprintf("; %d mA when it shows \"88\" at level %d", max7219.Milliamps(modules, lit, level), level)
	}
	if most := display.MAX7219.MaxCurrent; most > 0 && most < worst {
		text, worst = fmt.Sprintf("%s; max_current keeps it to %d mA", text, most), most
	}
	pins := max7219.Milliamps(pinModules, pinModules*moduleLEDs, fullLevel)
	text = fmt.Sprintf("%s; a Pi's 5 V pins may feed %d modules, %d mA", text, pinModules, pins)
	if worst <= pins {
		return okay("%s", text)
	}
	hint := "give them a 5 V supply of their own, and connect the grounds"
	if pins >= max7219.Milliamps(modules, modules*moduleLEDs, 0) { // the schema wants that much
		hint += fmt.Sprintf("; from the Pi, set max_current: \"%dmA\" beside port", pins)
	}
	return warning(hint, "%s", text)
}
