package main

import (
	"context"
	"path"
	"strings"
)

// A machine is what the program runs on.
type machine struct {
	board   string // model of a board with a device tree: Raspberry Pi Zero W Rev 1.1
	virtual string // what the machine is made of: docker, QEMU; "": hardware
}

func (h *system) machine() machine {
	return machine{board: h.read("/proc/device-tree/model"), virtual: h.virtual()}
}

// virtual names the container or the virtual machine.
func (h *system) virtual() string {
	switch {
	case h.exists("/run/systemd/container"):
		return "container " + h.read("/run/systemd/container")
	case h.exists("/.dockerenv"):
		return "container docker"
	case h.exists("/run/.containerenv"):
		return "container podman"
	}
	for variable := range strings.SplitSeq(h.read("/proc/1/environ"), "\x00") {
		if name, ok := strings.CutPrefix(variable, "container="); ok {
			return "container " + name
		}
	}
	for line := range strings.Lines(h.read("/proc/cpuinfo")) {
		if key, flags, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "flags" && strings.Contains(flags+" ", " hypervisor ") {
			return strings.TrimSpace("virtual machine " + h.read("/sys/class/dmi/id/sys_vendor"))
		}
	}
	return ""
}

// running names the processes of these names that can be seen.
func (h *system) running(names ...string) (found []string) {
	for _, pid := range h.processes() {
		comm := h.read(path.Join("/proc", pid, "comm"))
		for _, name := range names {
			// The kernel keeps 15 bytes of a name.
			if comm == name[:min(len(name), 15)] {
				found = append(found, name)
			}
		}
	}
	return found
}

// lookAtMachine says what the program runs on.
func (d *doctor) lookAtMachine(context.Context) []finding {
	m := d.host.machine()
	switch {
	case m.virtual != "":
		return []finding{okay("machine", "%s", m.virtual)}
	case m.board != "":
		return []finding{okay("machine", "%s", m.board)}
	}
	return []finding{okay("machine", "no board that is known, and no container")}
}
