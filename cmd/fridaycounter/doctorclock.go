package main

import (
	"context"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
)

// timeServers are the programs that set a clock.
var timeServers = [...]string{"chronyd", "ntpd", "openntpd", "systemd-timesyncd"}

// syncStamp is what systemd-timesyncd makes once it has set the clock.
const syncStamp = "/run/systemd/timesync/synchronized"

// lookAtClock looks at whether the number can be judged by this machine's clock.
func (d *doctor) lookAtClock(context.Context) []finding {
	set, err := d.host.kernel()
	said := err == nil && set || d.host.exists(syncStamp)
	word := engine.ClockWord{State: engine.ClockUnsynchronised}
	if said {
		word.State = engine.ClockTrusted
	}
	guard := clockGuard{newClockGuard(false).floor, func() engine.ClockWord { return word }}
	return []finding{d.clock(guard, set, err), d.timeServer(said)}
}

// clock says what the clock says, and whether something has set it.
func (d *doctor) clock(guard clockGuard, set bool, err error) finding {
	const check = "clock"
	now := d.host.now()
	text := now.Format(time.RFC3339)
	kernel := "the kernel calls it set"
	switch {
	case err != nil:
		kernel = "the kernel may not be asked: " + err.Error()
	case !set:
		kernel = "the kernel calls it not set"
	}
	stamp := "timesyncd left no stamp"
	if d.host.exists(syncStamp) {
		stamp = "timesyncd has set it"
	}
	switch guard.state(now).State {
	case engine.ClockBehind:
		return failure(check, "sudo timedatectl set-ntp true, and wait for the network", "%s, which is before this program was made, %s", text, guard.floor.Format(time.DateOnly))
	case engine.ClockTrusted:
		return okay(check, "%s; %s, %s", text, kernel, stamp)
	}
	if d.host.virtual() != "" {
		return warning(check, "where the host keeps it right: fridaycounter run --trust-clock", "%s; %s, %s", text, kernel, stamp)
	}
	return warning(check, "sudo timedatectl set-ntp true; until then Bamboo's clock decides", "%s; %s, %s", text, kernel, stamp)
}

// timeServer says which program sets the clock, if one can be seen.
func (d *doctor) timeServer(set bool) finding {
	const check = "time server"
	running := d.host.running(timeServers[:]...)
	switch {
	case len(running) > 1:
		return warning(check, "keep one of them", "%s run at once", strings.Join(running, " and "))
	case len(running) == 1:
		return okay(check, "%s runs", running[0])
	case d.host.virtual() != "":
		return skipped(check, "none runs here; the host may keep the clock")
	case set:
		return skipped(check, "none can be seen, and yet the clock is set")
	}
	return warning(check, "sudo apt install systemd-timesyncd", "neither chrony, ntpd nor systemd-timesyncd can be seen")
}
