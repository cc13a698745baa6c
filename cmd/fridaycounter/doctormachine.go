package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/engine"
)

// lookAtMachine says what the program runs on.
func (d *doctor) lookAtMachine(context.Context) finding {
	return okay("%s", cmp.Or(d.host.virtual(), d.host.Read("/proc/device-tree/model"), "no board that is known, and no container"))
}

// virtual names the container or the virtual machine; "": this is hardware.
func (h *system) virtual() string {
	switch {
	case h.Exists("/run/systemd/container"):
		return "container " + h.Read("/run/systemd/container")
	case h.Exists("/.dockerenv"):
		return "container docker"
	case h.Exists("/run/.containerenv"):
		return "container podman"
	}
	for variable := range strings.SplitSeq(h.Read("/proc/1/environ"), "\x00") {
		if name, ok := strings.CutPrefix(variable, "container="); ok {
			return "container " + name
		}
	}
	for line := range strings.Lines(h.Read("/proc/cpuinfo")) {
		if key, flags, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "flags" && strings.Contains(flags+" ", " hypervisor ") {
			return strings.TrimSpace("virtual machine " + h.Read("/sys/class/dmi/id/sys_vendor"))
		}
	}
	return ""
}

// lookAtClock says what the clock says, and whether something has set it.
func (d *doctor) lookAtClock(context.Context) finding {
	now := d.host.now()
	text := now.Format(time.RFC3339)
	switch d.host.clock(now).State {
	case engine.ClockBehind:
		return failure("sudo timedatectl set-ntp true, and wait for the network", "%s, which is before this program was made, %s", text, builtAt().Format(time.DateOnly))
	case engine.ClockTrusted:
		return okay("%s; the kernel or systemd-timesyncd calls it set", text)
	}
	text += "; neither the kernel nor systemd-timesyncd calls it set"
	if d.host.virtual() != "" {
		return warning("where the host keeps it right: fridaycounter run --trust-clock", "%s", text)
	}
	return warning("sudo timedatectl set-ntp true; until then Bamboo's clock decides", "%s", text)
}

// lookAtTimeServer says which program sets the clock, if one can be seen.
func (d *doctor) lookAtTimeServer(context.Context) finding {
	var running []string
	for _, comm := range d.host.processes() {
		for _, name := range []string{"chronyd", "ntpd", "openntpd", "systemd-timesyncd"} {
			if comm == name[:min(len(name), 15)] { // the kernel keeps 15 bytes of a name
				running = append(running, name)
			}
		}
	}
	switch {
	case len(running) > 1:
		return warning("keep one of them", "%s run at once", strings.Join(running, " and "))
	case len(running) == 1:
		return okay("%s runs", running[0])
	case d.host.virtual() != "":
		return skipped("none runs here; the host may keep the clock")
	case d.host.clock(d.host.now()).State == engine.ClockTrusted:
		return skipped("none can be seen, and yet the clock is set")
	}
	return warning("sudo apt install systemd-timesyncd", "neither chrony, ntpd nor systemd-timesyncd can be seen")
}

// systemZones is where Go looks for zones before it takes the program's own.
const systemZones = "/usr/share/zoneinfo/"

// lookAtZone compares the rules of the policy's zone that the system has with those
// that the program brings. Go takes the system's where there are some.
func (d *doctor) lookAtZone(context.Context) finding {
	const again = "sudo apt install --reinstall tzdata"
	name := d.config.Timezone
	own, err := d.host.zone(name)
	if err != nil {
		return skipped("%s: the program's own rules cannot be read: %v", name, err)
	}
	now := d.host.now()
	text := fmt.Sprintf("%s, now %s", name, now.In(own).Format("15:04 MST"))
	data, err := fs.ReadFile(d.host.FS, host.Rooted(systemZones+name))
	if errors.Is(err, fs.ErrNotExist) {
		return okay("%s, by the program's own rules: the system has none", text)
	}
	if err != nil {
		return warning(again, "%s: the system's rules cannot be read: %v", text, err)
	}
	theirs, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return failure(again, "%s: %s%s is damaged: %v", text, systemZones, name, err)
	}
	if at, ok := disagree(own, theirs, now, now.AddDate(2, 0, 0)); ok {
		return warning("sudo apt install --only-upgrade tzdata, or a newer fridaycounter: the older one is wrong",
			"%s: the system's rules, which count here, say %s where the program's own say %s", name,
			at.In(theirs).Format("2006-01-02 15:04 MST"), at.In(own).Format("15:04 MST"))
	}
	return okay("%s; the system's rules and the program's own agree for two years", text)
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

// serviceState asks systemd for it: active, failed and so on.
func (d *doctor) serviceState(ctx context.Context) (string, error) {
	return d.host.command(ctx, "systemctl", "is-active", "fridaycounter")
}

// lookAtService asks systemd whether the service runs.
func (d *doctor) lookAtService(ctx context.Context) finding {
	state, err := d.serviceState(ctx)
	switch {
	case !d.host.Exists("/run/systemd/system"):
		return skipped("systemd does not run here")
	case d.unit.Path == "":
		return skipped("fridaycounter.service is not installed")
	case err != nil:
		return skipped("systemctl: %v", err)
	}
	text := d.unit.Path + " is " + state
	const journal = "journalctl -u fridaycounter -n 50"
	switch state {
	case "active", "reloading":
		return okay("%s", text)
	case "activating": // for the first time, or again and again
		return warning(journal, "%s", text)
	case "failed":
		return failure(journal, "%s", text)
	}
	return warning("sudo systemctl enable --now fridaycounter", "%s", text)
}

// lookAtWeb looks at whether the page can be served, or is.
func (d *doctor) lookAtWeb(ctx context.Context) finding {
	if d.config.Display.Web == nil {
		return finding{}
	}
	address := d.config.Display.Web.Listen
	listener, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		_ = listener.Close() // run opens it again
		return okay("%s is free for run", address)
	case !errors.Is(err, syscall.EADDRINUSE):
		return failure("display: web: listen in counter.cue: an address of this machine, and a port from 1024 on", "%v", err)
	case d.host.healthy(ctx, reachable(address)):
		return okay("a running counter answers at http://%s/", reachable(address))
	}
	return failure("sudo ss -ltnp says who; or another display: web: listen in counter.cue", "%s is in use, and not by a counter that is well", address)
}

// healthy asks whoever listens at an address for /healthz, as only a counter answers it.
func (h *system) healthy(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	transport := http.Transport{DialContext: h.dial, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	asked := url.URL{Scheme: "http", Host: address, Path: "/healthz"}
	// A counter answers for the name localhost whatever it is asked by.
	response, err := transport.RoundTrip((&http.Request{URL: &asked, Host: "localhost", Header: http.Header{}}).WithContext(ctx))
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64))
	return err == nil && response.StatusCode == http.StatusOK && strings.TrimSpace(string(body)) == "ok"
}

// reachable returns an address that can be asked for one that is listened on.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	switch ip := net.ParseIP(host); {
	case err == nil && host == "", ip.Equal(net.IPv4zero):
		host = "127.0.0.1"
	case ip.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
