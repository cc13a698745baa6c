// Package rest is the HTTP client of sources that speak JSON: it bounds what an answer may
// be, keeps the login from being locked, and never shows a secret. Start at [Session]:
// [Client.Open], [Session.Get].
//
// It sends GET, and POST that only reads, and touches no file but the credential's and the CA file. An error
// never repeats what a server sent beyond status, content type and length; names that are
// kept go through [Session.Text].
package rest

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// What a server may send.
const (
	maxBody   = 8 << 20   // bytes of one answer, inflated
	maxPoll   = 32 << 20  // bytes of all answers of a session
	maxHeader = 64 << 10  // bytes of an answer's header, interim ones included
	maxCAFile = 1 << 20   // bytes
	maxType   = 80        // bytes of a content type that an error shows
	maxRetry  = time.Hour // that a server may ask to be left alone for
)

const defaultTimeout = 30 * time.Second

// Opts say which server to ask, how to log in, and what to read.
type Opts struct {
	// URL is the base URL with its path. A trailing slash is taken off; user info, a
	// query, and http:// to another host are refused.
	URL string
	// Pasted matches the end of a path that people paste with the base URL. It is taken
	// off; nil: nothing is.
	Pasted *regexp.Regexp
	// Insecure permits http:// to another host. It never skips TLS checks.
	Insecure bool

	// Credential is called for each session, so that a rotated secret is seen. Nil is
	// anonymous.
	Credential func() (Credential, error)
	// TokenHeader is the header that a token is sent in as it is; "": it goes into
	// Authorization as a bearer token.
	TokenHeader string
	// Headers are sent with each request.
	Headers map[string]string
	// FollowOnHost follows redirects on the same scheme, host and port: a repository that was
	// renamed has them.
	FollowOnHost bool
	// BasicQuery is added to each query of a login by user name and password.
	BasicQuery url.Values
	// Refusal reads from an answer's header what the status does not say about the login:
	// 401: it is wrong; 403: the account is locked until a person logs in; 0: nothing. It
	// may be nil, and is not called for anonymous requests.
	Refusal func(status int, h http.Header) int
	// Lockouts remembers refused logins for all clients that share it; nil: for this
	// client alone.
	Lockouts *Lockouts

	// CAFile is a PEM file of certificates trusted beside the system's; "": none. It is
	// read when the first session opens.
	CAFile string
	// Timeout bounds one request with its whole answer; zero: 30 s.
	Timeout time.Duration
	// UserAgent is sent with each request.
	UserAgent string
	// Transport replaces the network, for tests; CAFile is then not used.
	Transport http.RoundTripper

	// Selection is which environments to read.
	Selection source.Selection
	// HistoryFrom is the instant back to which lists are read; zero: two years before the
	// poll.
	HistoryFrom time.Time
	// Progress is called from the poll's goroutine after a page of a first reading, or of one
	// that goes deeper than before; nil: it is not.
	Progress func(source.Progress)
}

// A Client asks one server. One goroutine at a time may use it. It keeps no connection
// open between sessions and needs no closing.
type Client struct {
	opts Opts
	base *url.URL // with a trailing slash
	// transport is used without an http.Client, which would follow redirects or at
	// least read them: see [Session.redirected]. It is nil before the first session.
	transport http.RoundTripper
	denied    map[string]time.Time // when it answered 403, by login and path
}

// New returns a client. It sends and reads nothing.
func New(o Opts) (*Client, error) {
	base, err := parseBase(o.URL, o.Pasted, o.Insecure)
	if err != nil {
		return nil, err
	}
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.Lockouts = cmp.Or(o.Lockouts, new(Lockouts))
	if o.Progress == nil {
		o.Progress = func(source.Progress) {}
	}
	return &Client{opts: o, base: base, transport: o.Transport, denied: map[string]time.Time{}}, nil
}

// URL returns the address of a path below the base URL. That of "/" is the base URL with a
// trailing slash. It has no user info and no query.
func (c *Client) URL(path string) *url.URL { return c.base.JoinPath(path) }

// TLS returns what the client expects of the server's certificate; nil where
// [Opts.Transport] takes the network's place. It reads CAFile, if no session did yet.
func (c *Client) TLS() (*tls.Config, error) {
	if err := c.connect(); err != nil {
		return nil, err
	}
	if t, ok := c.transport.(*http.Transport); ok {
		return t.TLSClientConfig.Clone(), nil
	}
	return nil, nil
}

// Proxy returns the proxy by which requests go, without user info; nil: none.
func (c *Client) Proxy() (*url.URL, error) {
	if c.opts.Transport != nil {
		return nil, nil
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: c.base})
	if err != nil {
		// Its text repeats the variable, which may hold a password.
		return nil, errors.New("the proxy variable holds no address")
	}
	if proxy == nil {
		return nil, nil
	}
	return &url.URL{Scheme: proxy.Scheme, Host: proxy.Host}, nil
}

// connect makes the transport, unless there is one.
func (c *Client) connect() error {
	if c.transport != nil {
		return nil
	}
	roots, err := Roots(c.opts.CAFile)
	if err != nil {
		return err
	}
	c.transport = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
	return nil
}

// Roots reads a PEM file of certificates and returns them beside the system's; "": nil, which
// is the system's.
func Roots(caFile string) (*x509.CertPool, error) {
	if caFile == "" {
		return nil, nil
	}
	pem, err := source.ReadFile(caFile, maxCAFile)
	if err != nil {
		return nil, fmt.Errorf("CA file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("CA file %s: holds no PEM certificate", caFile)
	}
	return roots, nil
}

// parseBase checks a base URL and takes off what people paste with it. Errors never
// repeat an address that may hold a password.
func parseBase(text string, pasted *regexp.Regexp, insecure bool) (*url.URL, error) {
	if strings.Contains(text, "@") {
		return nil, errors.New("url: holds user info, which would end up in logs: use auth instead")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("url %q: want https://host or https://host/context", text)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#") {
		return nil, fmt.Errorf("url https://%s: holds a query or a fragment: want only the base URL", u.Host)
	}
	if u.Scheme == "http" && !insecure && !source.IsLoopback(u.Hostname()) {
		return nil, fmt.Errorf("url %q: http would send the login in clear text: use https, or insecure: true", text)
	}
	path := strings.TrimRight(u.JoinPath().EscapedPath(), "/") // without dots and doubled slashes
	if pasted != nil {
		path = strings.TrimRight(pasted.ReplaceAllString(path, ""), "/")
	}
	clean, err := u.Parse(path + "/")
	if err != nil {
		return nil, fmt.Errorf("url %q: want https://host or https://host/context", text)
	}
	return clean, nil
}
