// Package bamboo reads deployments from Atlassian Bamboo over its REST API.
//
// It only ever sends GET. [Client.Poll] finds the configured environments once
// and afterwards asks each for the newest page of its results; on first contact
// it pages back to a horizon, and goes on where it was cut off. What it could not
// read is an error beside what it could, and an environment that was not read whole
// is not among [Answer.Environments], so that a caller who keeps the last known
// facts never shows too good a number.
package bamboo

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	defaultTimeout   = 30 * time.Second
	defaultMaxPages  = 200 // of 25 results: ten deployments every workday for two years
	defaultUserAgent = "fridaycounter"
)

// Opts says which Bamboo to ask, for what, and how to log in.
type Opts struct {
	// URL is the base URL with the context path, if any. A trailing slash and a
	// pasted /rest/api/latest are taken off; user info, a query, and http:// to
	// another host are refused.
	URL string
	// Projects are deployment projects by id, name or /regexp/; nil: all.
	Projects []rules.Pattern
	// Environments are environments by id, name or /regexp/; nil: all. If all
	// are ids the list of every project, slow on a large server, is not asked for.
	Environments []rules.Pattern
	// Credential is called before each poll, so that a rotated secret is seen.
	// Nil is anonymous.
	Credential func() (Credential, error)
	// CAFile is a PEM file of certificates trusted beside the system's; "": none.
	CAFile string
	// RootCAs replaces the system's certificates and CAFile; nil: it does not.
	RootCAs *x509.CertPool
	// Insecure permits http:// to another host. It never skips TLS checks.
	Insecure bool
	// Timeout bounds one request with its whole answer; zero: 30 s.
	Timeout time.Duration
	// HistoryFrom is the instant to which first contact pages back; zero: two
	// years before the poll.
	HistoryFrom time.Time
	// MaxPages bounds the pages read of one environment in one poll, and in the
	// parts of a first reading together before the last; zero: 200.
	MaxPages int
	// Batch is after how many results of one environment a first reading is put
	// off to the next poll, so that the caller can store it in parts: see
	// [Answer.More]. Zero: it is read in one poll.
	Batch int
	// UserAgent is sent with each request; "": fridaycounter.
	UserAgent string
	// Latches remembers refused logins for all clients that share it; nil: for this
	// client alone.
	Latches *Latches
	// Transport replaces the network, for tests; CAFile and RootCAs are then not used.
	Transport http.RoundTripper
}

// A Client asks one Bamboo. Its methods may be called from any goroutine; polls
// wait for each other. It keeps no connection open between calls and needs no
// closing.
type Client struct {
	opts Opts
	base *url.URL // with a trailing slash
	// transport is used without an http.Client, which would follow redirects or
	// at least read them: to another host that drops the login, and an anonymous,
	// shorter answer would look like a good one.
	transport http.RoundTripper

	latches *Latches

	mu       sync.Mutex // held for a whole poll
	catalog  catalog
	login    string               // fingerprint of the login that was used last
	denied   map[string]time.Time // "environment" or "result" with id: when it answered 403
	turned   map[string]int       // pages of a first reading that is not at its end, by environment id
	deepened map[string]bool      // environment ids whose list was read to the horizon or the page cap
	gone     map[string]time.Time // ids of running results: when they answered 404
	asked    bool                 // for the version, by a poll
	version  string               // of the server, once it said
}

// New returns a client. It sends nothing; it reads CAFile.
func New(o Opts) (*Client, error) {
	base, err := parseBase(o.URL, o.Insecure)
	if err != nil {
		return nil, err
	}
	if o.Timeout < 0 {
		return nil, fmt.Errorf("bamboo: timeout %v is negative", o.Timeout)
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxPages <= 0 {
		o.MaxPages = defaultMaxPages
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultUserAgent
	}
	if o.Latches == nil {
		o.Latches = new(Latches)
	}
	transport := o.Transport
	if transport == nil {
		if transport, err = newTransport(o); err != nil {
			return nil, err
		}
	}
	return &Client{
		opts:      o,
		base:      base,
		transport: transport,
		latches:   o.Latches,
		denied:    map[string]time.Time{},
		deepened:  map[string]bool{},
		turned:    map[string]int{},
		gone:      map[string]time.Time{},
	}, nil
}

func newTransport(o Opts) (http.RoundTripper, error) {
	roots := o.RootCAs
	if roots == nil && o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("bamboo: CA file: %w", err)
		}
		if roots, err = x509.SystemCertPool(); err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("bamboo: CA file %s: holds no PEM certificate", o.CAFile)
		}
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}, nil
}

// closeIdle closes the connections that a poll kept for itself.
func (c *Client) closeIdle() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
