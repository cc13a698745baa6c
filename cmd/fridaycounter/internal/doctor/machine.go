package doctor

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/engine"
)

// A Machine is a machine as doctor sees it. Tests use a fake one.
type Machine struct {
	host.Files           // /dev, /proc, /sys, /boot and the rest
	user       account   // whose rights are judged
	unit       host.Unit // of the installed service

	now      func() time.Time
	clock    func(now time.Time) engine.ClockStatus
	zone     func(name string) (*time.Location, error) // from the program's own database
	readOnly func(path string) bool                    // a disk that root cannot write either
	resolve  func(ctx context.Context, host string) ([]string, error)
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	service  func(ctx context.Context) (string, error) // see serviceState
}

// dialTime bounds how long connecting may take, as in package rest.
const dialTime = 5 * time.Second

// ThisMachine returns the machine that the program runs on, with the service that has a policy.
func ThisMachine(now func() time.Time, policy string) *Machine {
	files := host.Files{FS: os.DirFS("/")}
	unit := host.FindUnit(files, state.Team(policy))
	return &Machine{
		Files: files, user: currentAccount(unit), unit: unit, now: now,
		clock: host.ClockState(build.Time(), false), zone: embeddedZone,
		readOnly: func(path string) bool { return errors.Is(unix.Access(path, unix.W_OK), unix.EROFS) },
		resolve:  net.DefaultResolver.LookupHost, dial: (&net.Dialer{Timeout: dialTime}).DialContext,
		service: func(ctx context.Context) (string, error) { return serviceState(ctx, unit.Name()) },
	}
}

// serviceState asks systemd for the state of a service: active, failed and so on.
func serviceState(ctx context.Context, name string) (string, error) {
	text, err := exec.CommandContext(ctx, "systemctl", "show", "--property=ActiveState", "--value", name).Output()
	return strings.TrimSpace(string(text)), err
}

// processes returns the short names of the processes that can be seen, by their ids.
func (m *Machine) processes() map[string]string {
	names := map[string]string{}
	paths, _ := fs.Glob(m.FS, "proc/[0-9]*/comm") // the pattern is valid
	for _, path := range paths {
		names[strings.Split(path, "/")[1]] = m.Read(path)
	}
	return names
}

// checkMachine says what the program runs on.
func (d *doctor) checkMachine(context.Context) Finding {
	model := d.Machine.Read("/proc/device-tree/model")
	return okay("%s", cmp.Or(d.Machine.virtual(), model, "no board that is known, and no container"))
}

// virtual names the container or the virtual machine; "": this is hardware.
func (m *Machine) virtual() string {
	switch {
	case m.Exists("/run/systemd/container"):
		return "container " + m.Read("/run/systemd/container")
	case m.Exists("/.dockerenv"):
		return "container docker"
	case m.Exists("/run/.containerenv"):
		return "container podman"
	}
	for variable := range strings.SplitSeq(m.Read("/proc/1/environ"), "\x00") {
		if name, ok := strings.CutPrefix(variable, "container="); ok {
			return "container " + name
		}
	}
	if regexp.MustCompile(`(?m)^flags\s*:.*\bhypervisor\b`).MatchString(m.Read("/proc/cpuinfo")) {
		return strings.TrimSpace("virtual machine " + m.Read("/sys/class/dmi/id/sys_vendor"))
	}
	return ""
}

// checkService asks systemd whether the service runs.
func (d *doctor) checkService(ctx context.Context) Finding {
	state, err := d.Machine.service(ctx)
	switch {
	case !d.Machine.Exists("/run/systemd/system"):
		return skipped("systemd does not run here")
	case d.Machine.unit.Path == "":
		return skipped("%s.service is not installed", d.Machine.unit.Name())
	case err != nil:
		return skipped("systemctl: %v", err)
	}
	text := d.Machine.unit.Path + " is " + state
	journal := "journalctl -u " + d.Machine.unit.Name() + " -n 50"
	switch state {
	case "active", "reloading":
		return okay("%s", text)
	case "activating": // for the first time, or again and again
		return warning(journal, "%s", text)
	case "failed":
		return failure(journal, "%s", text)
	}
	return warning("sudo systemctl enable --now "+d.Machine.unit.Name(), "%s", text)
}

// checkWeb looks at whether the page can be served, or is.
func (d *doctor) checkWeb(ctx context.Context) Finding {
	if d.policy.Config.Display.Web == nil {
		return Finding{}
	}
	address := d.policy.Config.Display.Web.Listen
	listener, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		_ = listener.Close() // run opens it again
		return okay("%s is free", address)
	case !errors.Is(err, syscall.EADDRINUSE):
		return failure("set display: web: listen in counter.cue to an address of this machine and a port from 1024 on", "%v", err)
	case d.Machine.healthy(ctx, address):
		return okay("a running counter answers at http://%s/", address)
	}
	return failure("sudo ss -ltnp says what; or choose another display: web: listen in counter.cue",
		"%s is in use, and what listens there does not answer like a healthy counter", address)
}

// checkAlive is a health check: it asks a counter at an address, and reads no policy.
func (d *doctor) checkAlive(ctx context.Context) Finding {
	if !d.Machine.healthy(ctx, d.Alive) {
		return failure("look at the log of fridaycounter run; counter.cue needs display: web with this port", "no healthy counter answers at http://%s/", d.Alive)
	}
	return okay("a running counter answers at http://%s/", d.Alive)
}

// healthy asks the program that listens at an address for /healthz, and reports whether it answers
// as a healthy counter.
func (m *Machine) healthy(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	transport := http.Transport{DialContext: m.dial, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	health := url.URL{Scheme: "http", Host: address, Path: "/healthz"}
	// The Host header is localhost: a counter accepts that at every address.
	response, err := transport.RoundTrip((&http.Request{URL: &health, Host: "localhost", Header: http.Header{}}).WithContext(ctx))
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64))
	return err == nil && response.StatusCode == http.StatusOK && strings.TrimSpace(string(body)) == "ok"
}
