package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
)

// certificateDays is how many days before its end a certificate is worth a warning.
const certificateDays = 14

// network looks at the way to the server, step by step. reached says that it can be
// asked.
func (d *doctor) network(ctx context.Context, client *bamboo.Client) (found []finding, reached bool) {
	address := client.Address()
	next := address // the first host on the way
	proxy, err := client.Proxy()
	switch {
	case err != nil:
		return append([]finding{failure(checkProxy, "correct HTTPS_PROXY, HTTP_PROXY or NO_PROXY", "%v", err)},
			skipAll("the proxy is not known", checkDNS, checkTCP, checkTLS)...), false
	case proxy != nil:
		next = proxy
		found = append(found, okay(checkProxy, "requests go by %s, as HTTPS_PROXY or HTTP_PROXY says", proxy))
	default:
		found = append(found, okay(checkProxy, "none is used"))
	}
	name, ok := d.dns(ctx, next.Hostname())
	if found = append(found, name); !ok {
		return append(found, skipAll("there is no address", checkTCP, checkTLS)...), false
	}
	connected, conn := d.tcp(ctx, next)
	if found = append(found, connected); conn == nil {
		return append(found, skipAll("there is no connection", checkTLS)...), false
	}
	defer conn.Close()
	switch {
	case address.Scheme == "http":
		return append(found, d.clear(address)), true
	case proxy != nil:
		return append(found, skipped(checkTLS, "behind the proxy: see http")), true
	}
	secured, ok := d.tls(ctx, conn, address.Hostname(), client.TLS())
	return append(found, secured), ok
}

// clear judges a url without TLS.
func (d *doctor) clear(address *url.URL) finding {
	ip, err := netip.ParseAddr(address.Hostname())
	if err == nil && ip.IsLoopback() || strings.EqualFold(address.Hostname(), "localhost") {
		return skipped(checkTLS, "the url is http, on this machine")
	}
	return warning(checkTLS, "https in source: bamboo: url", "the url is http: whoever is on the way can read the login")
}

// dns resolves a host's name.
func (d *doctor) dns(ctx context.Context, host string) (finding, bool) {
	if _, err := netip.ParseAddr(host); err == nil {
		return okay(checkDNS, "%s is an address", host), true
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	addresses, err := d.host.resolve(ctx, host)
	if err != nil || len(addresses) == 0 {
		err = cmp.Or(err, error(&net.DNSError{Err: "no address", Name: host}))
		return failure(checkDNS, "getent hosts "+host+"; is it right in counter.cue, and a server in /etc/resolv.conf?", "%v", err), false
	}
	const most = 4
	var texts []string
	for _, a := range addresses[:min(most, len(addresses))] {
		texts = append(texts, a.Unmap().String())
	}
	if more := len(addresses) - most; more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
	}
	return okay(checkDNS, "%s is %s", host, strings.Join(texts, ", ")), true
}

// tcp connects, and returns the connection, nil if there is none.
func (d *doctor) tcp(ctx context.Context, to *url.URL) (finding, net.Conn) {
	port := cmp.Or(to.Port(), map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[to.Scheme])
	target := net.JoinHostPort(to.Hostname(), port)
	began := time.Now()
	conn, err := d.host.dial(ctx, "tcp", target)
	if err == nil {
		return okay(checkTCP, "connected to %s in %v", conn.RemoteAddr(), time.Since(began).Round(100*time.Microsecond)), conn
	}
	hint := "is there a route, and does a firewall on the way let it through?"
	if errors.Is(err, syscall.ECONNREFUSED) {
		hint = "nobody listens there: is the server up, and the port in counter.cue right?"
	}
	return failure(checkTCP, hint, "%v", err), nil
}

// tls shakes hands as the client does, and looks at the certificate.
func (d *doctor) tls(ctx context.Context, conn net.Conn, host string, config *tls.Config) (finding, bool) {
	config.ServerName = host
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return failure(checkTLS, d.tlsHint(err), "%v", err), false
	}
	defer secure.Close()
	state := secure.ConnectionState()
	leaf := state.PeerCertificates[0]
	issuer := cmp.Or(leaf.Issuer.CommonName, strings.Join(leaf.Issuer.Organization, " "))
	days := int(leaf.NotAfter.Sub(d.host.now()) / (24 * time.Hour))
	text := fmt.Sprintf("%s, certificate by %q, ends in %s", tls.VersionName(state.Version), issuer, plural(days, "day"))
	if file := d.config.Source.Bamboo.CAFile; file != "" {
		text += ", with ca_file " + file
	}
	if days < certificateDays {
		return warning(checkTLS, "the server's administrator has to renew the certificate", "%s", text), true
	}
	return okay(checkTLS, "%s", text), true
}

// tlsHint says what to do after a handshake that failed.
func (d *doctor) tlsHint(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown) && d.config.Source.Bamboo.CAFile != "":
		return "ca_file in counter.cue is not the CA of this server"
	case errors.As(err, &unknown):
		return "a private CA needs ca_file in source: bamboo"
	case errors.As(err, &name):
		return "the name in url has to be one of the certificate's"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "is this machine's clock right? If so, the server's certificate has to be renewed"
	}
	return "does the port of url speak TLS 1.2 or later?"
}
