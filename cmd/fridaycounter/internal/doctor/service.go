package doctor

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// checkService asks systemd whether the service runs.
func (d *doctor) checkService(ctx context.Context) Finding {
	state, err := d.Machine.service(ctx)
	switch {
	case !d.Machine.Exists("/run/systemd/system"):
		return skipped("systemd does not run here")
	case d.Machine.unit.Path == "":
		return skipped("fridaycounter.service is not installed")
	case err != nil:
		return skipped("systemctl: %v", err)
	}
	text := d.Machine.unit.Path + " is " + state
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

// checkWeb looks at whether the page can be served, or is.
func (d *doctor) checkWeb(ctx context.Context) Finding {
	if d.config.Display.Web == nil {
		return Finding{}
	}
	address := d.config.Display.Web.Listen
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

// healthy asks whoever listens at an address for /healthz, as only a counter answers it.
func (m *Machine) healthy(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	transport := http.Transport{DialContext: m.dial, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	health := url.URL{Scheme: "http", Host: address, Path: "/healthz"}
	// A counter answers for the name localhost whatever it is asked by.
	response, err := transport.RoundTrip((&http.Request{URL: &health, Host: "localhost", Header: http.Header{}}).WithContext(ctx))
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64))
	return err == nil && response.StatusCode == http.StatusOK && strings.TrimSpace(string(body)) == "ok"
}
