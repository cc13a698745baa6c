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
		return okay("%s is free for run", address)
	case !errors.Is(err, syscall.EADDRINUSE):
		return failure("display: web: listen in counter.cue: an address of this machine, and a port from 1024 on", "%v", err)
	case d.Machine.healthy(ctx, reachable(address)):
		return okay("a running counter answers at http://%s/", reachable(address))
	}
	return failure("sudo ss -ltnp says who; or another display: web: listen in counter.cue", "%s is in use, and not by a counter that is well", address)
}

// healthy asks whoever listens at an address for /healthz, as only a counter answers it.
func (m *Machine) healthy(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	transport := http.Transport{DialContext: m.dial, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
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
