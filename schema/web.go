package schema

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// web reads where the page is served. Anybody on the network can read it where it
// does not listen on loopback only, so such an address wants the hosts too: a page
// elsewhere could otherwise point a name of its own at it and read it through a
// visitor's browser (DNS rebinding).
func (f *file) web(at diagnose.Path, r *rawWeb) *Web {
	w := &Web{Listen: r.Listen, Detail: r.Detail}
	for _, h := range r.Hosts {
		w.Hosts = append(w.Hosts, strings.ToLower(h))
	}
	host, port, err := net.SplitHostPort(r.Listen)
	if err != nil {
		return w // the schema has said so
	}
	if n, err := strconv.Atoi(port); err != nil || n > 65535 {
		f.Report(at.With("listen"), fmt.Sprintf("port %s: want 1 to 65535", port), "")
	}
	address, err := netip.ParseAddr(host)
	if err != nil && host != "localhost" {
		f.Report(at.With("listen"), fmt.Sprintf("%q is not an IP address", host), "")
	}
	if err == nil && !address.IsLoopback() && len(r.Hosts) == 0 {
		f.Report(at.With("listen"), fmt.Sprintf("%s can be reached from other machines", r.Listen),
			"name the hosts that browsers may ask for: hosts: [\"wall.example.com\"]")
	}
	return w
}
