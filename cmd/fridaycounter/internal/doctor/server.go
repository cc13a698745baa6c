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
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/httpjson"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A target is a source that is looked at, and what is known of it so far.
type target struct {
	*doctor
	source *schema.Source
	open   sources.Opener // for a poll

	lockouts rest.Lockouts
	client   *rest.Client
	bamboo   *bamboo.Client   // nil: see json
	json     *httpjson.Client // nil: see bamboo
	tls      *tls.Config
	unsent   string   // why the login is not to be sent; "": nothing is against it
	next     *url.URL // the first host on the way: the proxy, if there is one
	proxied  bool
	conn     net.Conn  // to next
	date     time.Time // what its clock says; zero: not known

	environments []rules.Environment
	err          error // why they are not all
}

func (d *doctor) target(s *schema.Source) *target {
	t := &target{doctor: d, source: s}
	t.open = sources.Opener{
		Dir: filepath.Dir(d.Policy), Getenv: d.Getenv, Lockouts: &t.lockouts, ServiceCredential: d.Machine.unit.Credential,
	}
	return t
}

// checks lists the checks of the source. They may wait for the network, and follow a server from
// the credential to the answers, as a poll does.
func (t *target) checks() []check {
	kind := t.source.Kind
	if kind == "file" {
		return []check{{"file", "", t.checkFile}}
	}
	way := []check{
		{"credential", "", t.checkCredential},
		{kind, "", t.checkClient},
		{"proxy", kind, t.checkProxy},
		{"dns", "proxy", t.checkDNS},
		{"tcp", "dns", t.checkTCP},
		{"tls", "tcp", t.checkTLS},
	}
	if kind != "bamboo" {
		return append(way, check{"login", "tls", t.checkLogin}, check{"server clock", "login", t.checkServerClock})
	}
	return append(way, []check{
		{"http", "tls", t.checkHTTP},
		{"server clock", "tls", t.checkServerClock},
		{"login", "tls", t.checkLogin},
		{"environments", "login", t.checkEnvironments},
	}...)
}

// place names a field of the source in hints.
func (t *target) place(field string) string {
	if t.source.Named {
		return "sources: " + t.source.Name + ": " + t.source.Kind + ": " + field
	}
	return "source: " + t.source.Kind + ": " + field
}

// maxSkew is how far the server's clock may be off, as in a poll.
const maxSkew = 5 * time.Minute

// checkClient makes the client that a poll would use.
func (t *target) checkClient(context.Context) Finding {
	opened, err := t.open.Open(t.policy.Config, t.source.Name)
	if err == nil {
		switch c := opened.(type) {
		case *bamboo.Client:
			t.bamboo, t.client = c, c.Client
		case *httpjson.Client:
			t.json, t.client = c, c.Client
		}
		t.tls, err = t.client.TLS() // reads ca_file
	}
	if err != nil {
		return failure("correct "+t.place("url")+" in counter.cue", "%v", err).skipping("there is no server to ask")
	}
	return Finding{}
}

// checkHTTP asks for the version, without the login.
func (t *target) checkHTTP(ctx context.Context) Finding {
	info, date, err := t.bamboo.Info(ctx)
	t.date = date
	if refused, ok := errors.AsType[*rest.LoginError](err); ok {
		return okay("%d %s: it tells its version only after a login", refused.Status, http.StatusText(refused.Status))
	}
	if err != nil {
		t.unsent = "it does not answer like Bamboo"
	}
	status, isStatus := errors.AsType[*rest.StatusError](err)
	hint := "is it Bamboo that answers at this url?"
	switch {
	case err == nil && info.State != "" && info.State != "RUNNING":
		return warning("its administrator has paused it, or it is starting", "200 OK, Bamboo %s, which is %s", info.Version, info.State)
	case err == nil:
		return okay("200 OK, Bamboo %s", info.Version)
	case isStatus && status.Limited:
		return warning("try again later, and poll less often", "%v", err)
	case isStatus && status.Status/100 == 3:
		hint = "correct " + t.place("url") + " in counter.cue"
	case isStatus && status.Status >= http.StatusInternalServerError:
		hint = "the server is down or starting: try again later, or ask its administrator"
	case isStatus:
		hint = "is " + t.place("url") + " in counter.cue the base URL, with its context path?"
	}
	return failure(hint, "%v", err)
}

// checkServerClock compares the server's Date with this machine's clock.
func (t *target) checkServerClock(context.Context) Finding {
	skew := t.date.Sub(t.Machine.now()).Round(time.Second)
	switch {
	case t.date.IsZero():
		return skipped("the server sends no date")
	case skew.Abs() > maxSkew:
		return warning("set the clock that is wrong: see clock", "the server's clock is %v off this machine's", skew)
	}
	return okay("it agrees with this machine's clock within %v", max(skew.Abs(), time.Second))
}

// checkLogin asks with the login, a Bamboo for the environments and any other server for the newest
// page of each list. It sends no login that was refused before, nor one of which that is not known.
// One that is refused now is stored.
func (t *target) checkLogin(ctx context.Context) Finding {
	lockouts, err := state.Lockouts(ctx, t.History)
	isWanted := sources.SecretOf(t.source.Auth) != nil
	if t.unsent == "" && isWanted && err != nil {
		t.unsent = "not sent: whether it was refused before is not known, see history"
	}
	if t.unsent != "" {
		return skipped("%s", t.unsent).skipping(t.unsent)
	}
	t.lockouts.Restore(lockouts)
	before, records := t.lockouts.Snapshot(), 0
	if t.json != nil {
		records, t.date, t.err = t.json.Check(ctx, t.Machine.now())
	} else {
		t.environments, t.err = t.bamboo.Environments(ctx, t.Machine.now())
	}
	refused, isRefused := errors.AsType[*rest.LoginError](t.err)
	switch {
	case isRefused:
		hint := t.loginHint(refused)
		if err := state.SaveLockouts(ctx, t.History, before, t.lockouts.Snapshot()); err != nil {
			hint += fmt.Sprintf("; do that before you ask again: that it was refused could not be stored (%v)", err)
		}
		return failure(hint, "%v", refused).skipping("the login is refused")
	case t.json != nil && t.err != nil:
		return failure("fridaycounter source try "+t.source.Name+" shows what the server's records become", "%v", t.err)
	case t.json != nil:
		return okay("%s on the newest pages", report.Plural(records, "deployment"))
	case t.err != nil && source.KindOf(t.err) != source.Missing:
		return skipped("the server did not list its environments")
	case !isWanted:
		return okay("none is wanted")
	}
	return okay("accepted")
}

// loginHint says what to do about a login that was refused.
func (t *target) loginHint(refused *rest.LoginError) string {
	switch {
	case refused.Status == 0:
		return "see credential"
	case refused.Locked:
		return "change it; if it was right: fridaycounter history forget-login"
	case refused.Anonymous:
		return "set " + t.place("auth") + " in counter.cue"
	case refused.Captcha:
		return "log in once in a browser as this user, then: fridaycounter history forget-login"
	case refused.Status == http.StatusForbidden:
		return "let this user view what is to be read"
	}
	return "make a new token at the server, and put it where counter.cue says"
}

// checkEnvironments says which of those that the policy names are there.
func (t *target) checkEnvironments(context.Context) Finding {
	err := t.err
	switch {
	case err != nil && source.KindOf(err) == source.Missing:
		return failure("correct "+t.place("environments")+" in counter.cue, or let the login view them", "%v", err)
	case err != nil:
		return failure("ask Bamboo's administrator, or name environments by id: that is faster", "%v", err)
	}
	var names []string
	for _, e := range t.environments {
		names = append(names, fmt.Sprintf("%s of %s (%s)", e.Name, e.Project, e.ID))
	}
	return okay("%d: %s", len(names), list(names, 6, ", "))
}

// certificateDays is how many days before its end a certificate is worth a warning.
const certificateDays = 14

// checkProxy finds the first host on the way to the server.
func (t *target) checkProxy(context.Context) Finding {
	proxy, err := t.client.Proxy()
	if err != nil {
		return failure("correct HTTPS_PROXY, HTTP_PROXY or NO_PROXY", "%v", err).skipping("the proxy is not known")
	}
	if proxy == nil {
		t.next = t.client.URL("/")
		return okay("none is used")
	}
	t.next, t.proxied = proxy, true
	return okay("requests go through %s, from HTTPS_PROXY or HTTP_PROXY", proxy)
}

// checkDNS resolves the name of the first host on the way.
func (t *target) checkDNS(ctx context.Context) Finding {
	host := t.next.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return okay("%s is an address", host)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	addresses, err := t.Machine.resolve(ctx, host)
	if err != nil {
		return failure("getent hosts "+host+"; is the name right in counter.cue, and the nameserver in /etc/resolv.conf?", "%v", err).skipping("there is no address")
	}
	return okay("%s is %s", host, list(addresses, 4, ", "))
}

// checkTCP connects to the first host on the way.
func (t *target) checkTCP(ctx context.Context) Finding {
	to := t.next
	port := cmp.Or(to.Port(), map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[to.Scheme])
	began := time.Now()
	conn, err := t.Machine.dial(ctx, "tcp", net.JoinHostPort(to.Hostname(), port))
	if err == nil {
		t.conn = conn
		return okay("connected to %s in %v", conn.RemoteAddr(), time.Since(began).Round(100*time.Microsecond))
	}
	hint := "is there a route, and does a firewall on the way let it through?"
	if errors.Is(err, syscall.ECONNREFUSED) {
		hint = "nobody listens there: is the server up, and the port in counter.cue right?"
	}
	return failure(hint, "%v", err).skipping("there is no connection")
}

// checkTLS shakes hands as the client does, and looks at the certificate.
func (t *target) checkTLS(ctx context.Context) Finding {
	defer t.conn.Close()
	address := t.client.URL("/")
	switch {
	case address.Scheme == "http" && source.IsLoopback(address.Hostname()):
		return skipped("the url is http, on this machine")
	case address.Scheme == "http":
		return warning("use https in "+t.place("url"), "the url is http: whoever is on the way can read the login")
	case t.proxied:
		return skipped("behind the proxy: see http")
	}
	t.tls.ServerName = address.Hostname()
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn := tls.Client(t.conn, t.tls)
	if err := conn.HandshakeContext(ctx); err != nil {
		return failure(t.tlsHint(err), "%v", err).skipping("the server is not reached")
	}
	defer conn.Close()
	state := conn.ConnectionState()
	leaf := state.PeerCertificates[0]
	issuer := cmp.Or(leaf.Issuer.CommonName, strings.Join(leaf.Issuer.Organization, " "))
	days := int(leaf.NotAfter.Sub(t.Machine.now()) / (24 * time.Hour))
	text := fmt.Sprintf("%s, certificate by %q, ends in %s", tls.VersionName(state.Version), issuer, report.Plural(days, "day"))
	if file := t.source.CAFile; file != "" {
		text += ", with ca_file " + file
	}
	if days < certificateDays {
		return warning("the server's administrator has to renew the certificate", "%s", text)
	}
	return okay("%s", text)
}

// tlsHint says what to do after a handshake that failed.
func (t *target) tlsHint(err error) string {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case unknown && t.source.CAFile != "":
		return "ca_file in counter.cue is not the CA of this server"
	case unknown:
		return "a private CA needs " + t.place("ca_file")
	case name:
		return "the name in url has to be one of the certificate's"
	case isInvalid && invalid.Reason == x509.Expired:
		return "is this machine's clock right? If so, the server's certificate has to be renewed"
	}
	return "does the port of url speak TLS 1.2 or later?"
}
