package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/httpjson"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A server is what the checks have found out about a source so far.
type server struct {
	source   *schema.Source
	client   *rest.Client
	bamboo   *bamboo.Client   // nil: see json
	json     *httpjson.Client // nil: see bamboo
	lockouts *rest.Lockouts
	tls      *tls.Config
	readable bool     // the login can be read, or none is wanted
	next     *url.URL // the first host on the way: the proxy, if there is one
	proxied  bool
	conn     net.Conn  // to next
	answered bool      // it is Bamboo, although it may want a login even for its version
	date     time.Time // what its clock says; zero: not known

	environments []rules.Environment
	err          error // why they are not all
}

// maxSkew is how far the server's clock may be off, as in a poll.
const maxSkew = 5 * time.Minute

// checkClient makes the client that a poll would use.
func (d *doctor) checkClient(context.Context) Finding {
	s := &d.server
	var err error
	s.lockouts = new(rest.Lockouts)
	if s.source.Kind == "bamboo" {
		if s.bamboo, err = d.opener().Bamboo(d.config, s.source.Name); err == nil {
			s.client = s.bamboo.Client
		}
	} else if s.json, err = d.opener().HTTP(d.config, s.source.Name); err == nil {
		s.client = s.json.Client
	}
	if err == nil {
		s.tls, err = s.client.TLS() // reads ca_file
	}
	if err != nil {
		d.skipRest("there is no server to ask")
		return failure("correct "+d.place("url")+" in counter.cue", "%v", err)
	}
	return Finding{}
}

// checkHTTP asks for the version, without the login.
func (d *doctor) checkHTTP(ctx context.Context) Finding {
	s := &d.server
	info, date, err := s.bamboo.Info(ctx)
	s.date = date
	if refused, ok := errors.AsType[*rest.LoginError](err); ok {
		s.answered = true
		return okay("%d %s: it tells its version only after a login", refused.Status, http.StatusText(refused.Status))
	}
	status, isStatus := errors.AsType[*rest.StatusError](err)
	switch {
	case isStatus && status.Status < http.StatusBadRequest && status.Status >= http.StatusMultipleChoices:
		return failure("correct "+d.place("url")+" in counter.cue", "%v", err)
	case isStatus && status.Limited:
		return warning("try again later, and poll less often", "%v", err)
	case isStatus && status.Status >= http.StatusInternalServerError:
		return failure("the server is down or starting: try again later, or ask its administrator", "%v", err)
	case isStatus:
		return failure("is "+d.place("url")+" in counter.cue the base URL, with its context path?", "%v", err)
	case err != nil:
		return failure("is it Bamboo that answers at this url?", "%v", err)
	}
	s.answered = true
	if info.State != "" && info.State != "RUNNING" {
		return warning("its administrator has paused it, or it is starting", "200 OK, Bamboo %s, which is %s", info.Version, info.State)
	}
	return okay("200 OK, Bamboo %s", info.Version)
}

// checkServerClock compares the server's Date with this machine's clock.
func (d *doctor) checkServerClock(context.Context) Finding {
	skew := d.server.date.Sub(d.Machine.now()).Round(time.Second)
	switch {
	case d.server.date.IsZero():
		return skipped("the server sends no date")
	case skew.Abs() > maxSkew:
		return warning("set the clock that is wrong: see clock", "the server's clock is %v off this machine's", skew)
	}
	return okay("it agrees with this machine's clock within %v", max(skew.Abs(), time.Second))
}

// checkLogin asks for the environments with the login. It sends no login that was refused before,
// nor one of which that is not known. One that is refused now is stored.
func (d *doctor) checkLogin(ctx context.Context) Finding {
	s := &d.server
	if !s.answered {
		return d.skipRest("it does not answer like Bamboo")
	}
	wanted, skip := d.restoreLockouts(ctx)
	if skip != nil {
		return *skip
	}
	before := s.lockouts.Snapshot()
	s.environments, s.err = s.bamboo.Environments(ctx, d.Machine.now())
	refused, isRefused := errors.AsType[*rest.LoginError](s.err)
	switch {
	case isRefused:
		d.skipRest("the login is refused")
		return failure(d.loginHint(refused)+d.storeLockouts(ctx, before), "%v", refused)
	case s.err != nil && source.KindOf(s.err) != source.Missing:
		return skipped("the server did not list its environments")
	case !wanted:
		return okay("none is wanted")
	}
	return okay("accepted")
}

// restoreLockouts reads which logins were refused before. It reports whether a login is wanted,
// and why nothing is sent.
func (d *doctor) restoreLockouts(ctx context.Context) (wanted bool, skip *Finding) {
	err := state.Read(ctx, d.historyPath(), func(file *history.Store) error {
		lockouts, err := file.Lockouts(ctx)
		d.server.lockouts.Restore(lockouts)
		return err
	})
	_, wanted = secretOf(d.server.source.Auth)
	switch {
	case !d.server.readable:
		d.skipRest("without the credential nothing is sent")
	case wanted && err != nil && !state.Is(err, history.Missing):
		d.skipRest("not sent: whether it was refused before is not known, see history")
	}
	return wanted, d.rest
}

// checkLists asks for the newest page of each list, with the login.
func (d *doctor) checkLists(ctx context.Context) Finding {
	s := &d.server
	if _, skip := d.restoreLockouts(ctx); skip != nil {
		return *skip
	}
	before := s.lockouts.Snapshot()
	records, date, err := s.json.Check(ctx, d.Machine.now())
	s.date = date
	refused, isRefused := errors.AsType[*rest.LoginError](err)
	switch {
	case isRefused:
		d.skipRest("the login is refused")
		return failure(d.loginHint(refused)+d.storeLockouts(ctx, before), "%v", refused)
	case err != nil:
		return failure("fridaycounter source try "+s.source.Name+" shows what the server's records become", "%v", err)
	}
	return okay("%s on the newest pages", report.Plural(records, "deployment"))
}

// loginHint says what to do about a login that was refused.
func (d *doctor) loginHint(refused *rest.LoginError) string {
	switch {
	case refused.Status == 0:
		return "see credential"
	case refused.Locked:
		return "change it; if it was right: fridaycounter history forget-login"
	case refused.Anonymous:
		return "set " + d.place("auth") + " in counter.cue"
	case refused.Captcha:
		return "log in once in a browser as this user, then: fridaycounter history forget-login"
	case refused.Status == http.StatusForbidden:
		return "let this user view what is to be read"
	}
	return "make a new token at the server, and put it where counter.cue says"
}

// storeLockouts stores the logins that were refused since before, so that no command sends them
// again. It returns an addition to the hint: why it cannot.
func (d *doctor) storeLockouts(ctx context.Context, before []source.Lockout) string {
	now := d.server.lockouts.Snapshot()
	if slices.Equal(before, now) {
		return ""
	}
	err := state.Write(ctx, d.historyPath(), func(file *history.Store) error { return file.SaveLockouts(ctx, now) })
	if err != nil {
		return fmt.Sprintf("; do that before you ask again: that it was refused could not be stored (%v)", err)
	}
	return ""
}

// checkEnvironments says which of those that the policy names are there.
func (d *doctor) checkEnvironments(context.Context) Finding {
	err := d.server.err
	switch {
	case err != nil && source.KindOf(err) == source.Missing:
		return failure("correct "+d.place("environments")+" in counter.cue, or let the login view them", "%v", err)
	case err != nil:
		return failure("ask Bamboo's administrator, or name environments by id: that is faster", "%v", err)
	}
	var names []string
	for _, e := range d.server.environments {
		names = append(names, fmt.Sprintf("%s of %s (%s)", e.Name, e.Project, e.ID))
	}
	return okay("%d: %s", len(names), list(names, 6, ", "))
}

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
		return warning("use https in "+d.place("url"), "the url is http: whoever is on the way can read the login")
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
	if file := d.server.source.CAFile; file != "" {
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
	case unknown && d.server.source.CAFile != "":
		return "ca_file in counter.cue is not the CA of this server"
	case unknown:
		return "a private CA needs " + d.place("ca_file")
	case name:
		return "the name in url has to be one of the certificate's"
	case isInvalid && invalid.Reason == x509.Expired:
		return "is this machine's clock right? If so, the server's certificate has to be renewed"
	}
	return "does the port of url speak TLS 1.2 or later?"
}
