package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/engine"
)

// checkClock says what the clock says, and whether something has set it.
func (d *doctor) checkClock(context.Context) Finding {
	now := d.Machine.now()
	text := now.Format(time.RFC3339)
	switch d.Machine.clock(now).State {
	case engine.ClockBehind:
		return failure("sudo timedatectl set-ntp true, and wait for the network",
			"%s, which is before this program was built, %s", text, build.Time().Format(time.DateOnly))
	case engine.ClockTrusted:
		return okay("%s; the kernel or systemd-timesyncd says that it is synchronised", text)
	}
	text += "; neither the kernel nor systemd-timesyncd says that it is synchronised"
	if d.Machine.virtual() != "" {
		return warning("if the host keeps it right: fridaycounter run --trust-clock", "%s", text)
	}
	return warning("sudo timedatectl set-ntp true; until then Bamboo's clock decides", "%s", text)
}

// checkTimeServer says which program sets the clock, if one can be seen.
func (d *doctor) checkTimeServer(context.Context) Finding {
	var running []string
	processes := slices.Collect(maps.Values(d.Machine.processes()))
	for _, name := range []string{"chronyd", "ntpd", "openntpd", "systemd-timesyncd"} {
		if slices.Contains(processes, name[:min(len(name), 15)]) { // the kernel keeps 15 bytes of a name
			running = append(running, name)
		}
	}
	switch {
	case len(running) > 1:
		return warning("keep only one of them", "%s run at once", strings.Join(running, " and "))
	case len(running) == 1:
		return okay("%s runs", running[0])
	case d.Machine.virtual() != "":
		return skipped("none runs here; the host may set the clock")
	case d.Machine.clock(d.Machine.now()).State == engine.ClockTrusted:
		return skipped("none can be seen, but the clock is synchronised")
	}
	return warning("sudo apt install systemd-timesyncd", "neither chrony, ntpd nor systemd-timesyncd can be seen")
}

// systemZones is where Go looks for zones before it takes the program's own.
const systemZones = "/usr/share/zoneinfo/"

// checkZone compares the rules of the policy's zone that the system has with those
// that the program brings. Go takes the system's where there are some.
func (d *doctor) checkZone(context.Context) Finding {
	name := d.policy.Config.Timezone
	own, err := d.Machine.zone(name)
	if err != nil {
		return skipped("%s: the program's own rules cannot be read: %v", name, err)
	}
	now := d.Machine.now()
	text := fmt.Sprintf("%s, now %s", name, now.In(own).Format("15:04 MST"))
	data, err := fs.ReadFile(d.Machine.FS, host.Rooted(systemZones+name))
	if errors.Is(err, fs.ErrNotExist) {
		return okay("%s, by the program's own rules: the system has none", text)
	}
	theirs := own
	if err == nil {
		theirs, err = time.LoadLocationFromTZData(name, data)
	}
	if err != nil {
		return warning("sudo apt install --reinstall tzdata",
			"%s, by the program's own rules: the system's cannot be read from %s: %v", text, systemZones, err)
	}
	end := now.AddDate(2, 0, 0)
	for at := now.Truncate(15 * time.Minute); at.Before(end); at = at.Add(15 * time.Minute) {
		_, ours := at.In(own).Zone()
		if _, offset := at.In(theirs).Zone(); offset != ours {
			return warning("sudo apt install --only-upgrade tzdata, or a newer fridaycounter: the older one is wrong",
				"%s: the system's rules, which count here, say %s where the program's own say %s", name,
				at.In(theirs).Format("2006-01-02 15:04 MST"), at.In(own).Format("15:04 MST"))
		}
	}
	return okay("%s; the system's rules and the program's own agree for two years", text)
}

// embeddedZone loads a zone from the program's own database. Package time has no way to
// ask for it while the system's can be opened, so for that moment no file can: nothing
// else may open one meanwhile.
func embeddedZone(name string) (zone *time.Location, err error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, err
	}
	none := limit
	none.Cur = 0
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)) }()
	return time.LoadLocation(name)
}
