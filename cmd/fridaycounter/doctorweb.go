package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// healthTime is how long an answer may take.
const healthTime = 2 * time.Second

// lookAtWeb looks at whether the page can be served, or is.
func (d *doctor) lookAtWeb(ctx context.Context) []finding {
	const check = "web"
	if d.config == nil {
		return skipAll(noPolicy, check)
	}
	if d.config.Display.Web == nil {
		return nil // nobody wants a page
	}
	address := d.config.Display.Web.Listen
	listener, err := d.host.listen("tcp", address)
	if err == nil {
		_ = listener.Close() // run opens it again
		return []finding{okay(check, "%s is free for run", address)}
	}
	switch {
	case !errors.Is(err, syscall.EADDRINUSE):
		return []finding{failure(check, "display: web: listen in counter.cue: an address of this machine, and a port from 1024 on", "%v", err)}
	case d.host.healthy(ctx, address):
		return []finding{okay(check, "a running counter answers at http://%s/", reachable(address))}
	}
	return []finding{failure(check, "sudo ss -ltnp says who; or another display: web: listen in counter.cue", "%s is in use, and not by a counter that is well", address)}
}

// healthy asks whoever listens at an address for /healthz, as only a counter answers it.
func (h *system) healthy(ctx context.Context, address string) bool {
	conn, err := h.dial(ctx, "tcp", reachable(address))
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(healthTime)); err != nil {
		return false
	}
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		return false
	}
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, 64<<10)), nil)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return err == nil && response.StatusCode == http.StatusOK && strings.TrimSpace(string(body)) == "ok"
}

// reachable returns an address that can be asked for one that is listened on.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip.IsUnspecified()) {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
