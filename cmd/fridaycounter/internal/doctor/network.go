package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

// certificateDays is how many days before its end a certificate is worth a warning.
const certificateDays = 14

// checkProxy finds the first host on the way to the server.
func (d *doctor) checkProxy(context.Context) Finding {
	proxy, err := d.server.client.Proxy()
	if err != nil {
		d.skipRest("the proxy is not known")
		return failure("correct HTTPS_PROXY, HTTP_PROXY or NO_PROXY", "%v", err)
	}
	if proxy == nil {
		d.server.next = d.server.client.URL("/")
		return okay("none is used")
	}
	d.server.next, d.server.proxied = proxy, true
	return okay("requests go through %s, from HTTPS_PROXY or HTTP_PROXY", proxy)
}

// checkDNS resolves the name of the first host on the way.
func (d *doctor) checkDNS(ctx context.Context) Finding {
	host := d.server.next.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return okay("%s is an address", host)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	addresses, err := d.Machine.resolve(ctx, host)
	if err != nil {
		d.skipRest("there is no address")
		return failure("getent hosts "+host+"; is the name right in counter.cue, and the nameserver in /etc/resolv.conf?", "%v", err)
	}
	return okay("%s is %s", host, list(addresses, 4, ", "))
}

// checkTCP connects to the first host on the way.
func (d *doctor) checkTCP(ctx context.Context) Finding {
	to := d.server.next
	port := cmp.Or(to.Port(), map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[to.Scheme])
	began := time.Now()
	conn, err := d.Machine.dial(ctx, "tcp", net.JoinHostPort(to.Hostname(), port))
	if err == nil {
		d.server.conn = conn
		return okay("connected to %s in %v", conn.RemoteAddr(), time.Since(began).Round(100*time.Microsecond))
	}
	d.skipRest("there is no connection")
	if errors.Is(err, syscall.ECONNREFUSED) {
		return failure("nobody listens there: is the server up, and the port in counter.cue right?", "%v", err)
	}
	return failure("is there a route, and does a firewall on the way let it through?", "%v", err)
}

// checkTLS shakes hands as the client does, and looks at the certificate.
func (d *doctor) checkTLS(ctx context.Context) Finding {
	defer d.server.conn.Close()
	address := d.server.client.URL("/")
	ip, err := netip.ParseAddr(address.Hostname())
	switch {
	case address.Scheme == "http" && (err == nil && ip.IsLoopback() || strings.EqualFold(address.Hostname(), "localhost")):
		return skipped("the url is http, on this machine")
	case address.Scheme == "http":
		return warning("use https in source: bamboo: url", "the url is http: whoever is on the way can read the login")
	case d.server.proxied:
		return skipped("behind the proxy: see http")
	}
	d.server.tls.ServerName = address.Hostname()
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn := tls.Client(d.server.conn, d.server.tls)
	if err := conn.HandshakeContext(ctx); err != nil {
		d.skipRest("the server is not reached")
		return failure(d.tlsHint(err), "%v", err)
	}
	defer conn.Close()
	state := conn.ConnectionState()
	leaf := state.PeerCertificates[0]
	issuer := cmp.Or(leaf.Issuer.CommonName, strings.Join(leaf.Issuer.Organization, " "))
	days := int(leaf.NotAfter.Sub(d.Machine.now()) / (24 * time.Hour))
	text := fmt.Sprintf("%s, certificate by %q, ends in %s", tls.VersionName(state.Version), issuer, report.Plural(days, "day"))
	if file := d.config.Source.Bamboo.CAFile; file != "" {
		text += ", with ca_file " + file
	}
	if days < certificateDays {
		return warning("the server's administrator has to renew the certificate", "%s", text)
	}
	return okay("%s", text)
}

// tlsHint says what to do after a handshake that failed.
func (d *doctor) tlsHint(err error) string {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case unknown && d.config.Source.Bamboo.CAFile != "":
		return "ca_file in counter.cue is not the CA of this server"
	case unknown:
		return "a private CA needs ca_file in source: bamboo"
	case name:
		return "the name in url has to be one of the certificate's"
	case isInvalid && invalid.Reason == x509.Expired:
		return "is this machine's clock right? If so, the server's certificate has to be renewed"
	}
	return "does the port of url speak TLS 1.2 or later?"
}
