package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// systemZones is where Go looks for zones before it takes the program's own.
const systemZones = "/usr/share/zoneinfo/"

// lookAtZone compares the rules of the policy's zone that the system has with those
// that the program brings. Go takes the system's where there are some.
func (d *doctor) lookAtZone(context.Context) []finding {
	const check = "time zone"
	if d.config == nil {
		return skipAll(noPolicy, check)
	}
	name := d.config.Timezone
	own, err := d.host.zone(name)
	if err != nil {
		return []finding{skipped(check, "%s: the program's own rules cannot be read: %v", name, err)}
	}
	now := d.host.now()
	text := fmt.Sprintf("%s, now %s", name, now.In(own).Format("15:04 MST"))
	data, err := fs.ReadFile(d.host.root, rooted(systemZones+name))
	if errors.Is(err, fs.ErrNotExist) {
		return []finding{okay(check, "%s, by the program's own rules: the system has none", text)}
	}
	if err != nil {
		return []finding{warning(check, "sudo apt install --reinstall tzdata", "%s: the system's rules cannot be read: %v", text, err)}
	}
	theirs, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return []finding{failure(check, "sudo apt install --reinstall tzdata", "%s: %s%s is damaged: %v", text, systemZones, name, err)}
	}
	if at, ok := disagree(own, theirs, now, now.AddDate(2, 0, 0)); ok {
		return []finding{warning(check, "sudo apt install --only-upgrade tzdata, or a newer fridaycounter: the older one is wrong",
			"%s: the system's rules, which count here, say %s where the program's own say %s", name,
			at.In(theirs).Format("2006-01-02 15:04 MST"), at.In(own).Format("15:04 MST"))}
	}
	return []finding{okay(check, "%s; the system's rules and the program's own agree for two years", text)}
}

// disagree returns the first quarter of an hour in which two zones' clocks differ.
func disagree(a, b *time.Location, from, until time.Time) (at time.Time, ok bool) {
	for at = from.Truncate(15 * time.Minute); at.Before(until); at = at.Add(15 * time.Minute) {
		_, x := at.In(a).Zone()
		_, y := at.In(b).Zone()
		if x != y {
			return at, true
		}
	}
	return time.Time{}, false
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
