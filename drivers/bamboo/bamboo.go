// Package bamboo reads deployments from Atlassian Bamboo over its REST API.
//
// Start at [Client.Poll]. It finds the selected environments (catalog.go), and asks each for
// the newest page of its results (results.go, pages.go). On first contact it reads back to a
// horizon, one page of each environment a poll. What it could not read is an error, with
// an answer that has the rest.
//
// The package holds no state but a client's, and sends nothing but GET, by way of package
// rest. The peculiarities of Bamboo's JSON are all in wire.go.
package bamboo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// apiPath is where Bamboo's REST API begins below the base URL.
const apiPath = "rest/api/latest/"

// pastedAPI is the end of a base URL that was copied from the API's address.
var pastedAPI = regexp.MustCompile(`/rest/api(/[^/]*)?$`)

// maxPages bounds the pages read of one environment in one poll, and those on first contact:
// 200 of 25 results at least are ten deployments every workday for two years.
const maxPages = 200

// A Client reads from one Bamboo. One goroutine at a time may use it. It needs no closing.
type Client struct {
	*rest.Client
	catalog      catalog
	maxPages     int             // see the constant; tests have less
	pages        map[string]int  // read on first contact, or deeper, by environment id
	finished     map[string]bool // environment ids whose list was read to the horizon, its end or maxPages
	askedVersion bool            // the version was asked for
	server       string          // "Bamboo" and its version; "" before it said
}

// New returns a client. It sends and reads nothing. If all environments of the selection are
// ids, the list of every project, slow on a large server, is not asked for.
func New(o rest.Opts) (*Client, error) {
	o.Pasted = pastedAPI
	o.BasicQuery = url.Values{"os_authType": {"basic"}} // Atlassian's documentation wants it
	o.Refusal = refusal
	client, err := rest.New(o)
	if err != nil {
		return nil, err
	}
	return &Client{Client: client, maxPages: maxPages, pages: map[string]int{}, finished: map[string]bool{}}, nil
}

// refusal reads what Seraph, Atlassian's login filter, says of a login. A call that is open
// to anonymous users is answered with 200 even after a failed login.
func refusal(status int, h http.Header) int {
	reason := h.Get("X-Seraph-LoginReason")
	switch {
	case status >= 400 && (reason == "AUTHENTICATION_DENIED" || strings.Contains(h.Get("X-Authentication-Denied-Reason"), "CAPTCHA")):
		return http.StatusForbidden
	case reason == "AUTHENTICATED_FAILED":
		return http.StatusUnauthorized
	}
	return 0
}

// infoTimeout bounds the request for the version, for which a poll waits.
const infoTimeout = 5 * time.Second

// Info is what a Bamboo says of itself. Fields that it leaves out are "".
type Info struct {
	Version string `json:"version"`
	State   string `json:"state"` // RUNNING, PAUSED, STARTING and others
}

// Info asks for the version as an anonymous user, so that no login is at risk. The date is
// the server's, also with an error, or zero if the server did not say. The errors are those
// of [rest.Session.Get].
func (c *Client) Info(ctx context.Context) (Info, time.Time, error) {
	s, err := c.OpenAnonymous()
	if err != nil {
		return Info{}, time.Time{}, err
	}
	defer s.Close()
	info, err := c.getInfo(ctx, s)
	return info, s.FirstDate, err
}

// Environments returns the selected environments, as a poll at now would find them. It sends
// the login, unless that is locked out. The errors are those of [Client.Poll]. With an error
// of kind [source.Missing] it returns those that are there.
func (c *Client) Environments(ctx context.Context, now time.Time) ([]rules.Environment, error) {
	p, err := c.begin(nil, now)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	list := p.selected(ctx)
	return list, errors.Join(p.Errs...)
}

func (c *Client) getInfo(ctx context.Context, s *rest.Session) (Info, error) {
	var info Info
	if err := s.Get(ctx, apiPath+"info", nil, &info); err != nil {
		return Info{}, err
	}
	info = Info{Version: s.TextOf(info.Version, maxWord), State: s.TextOf(info.State, maxWord)}
	if info.Version == "" {
		return Info{}, fmt.Errorf("GET %s: the answer names no version", c.URL(apiPath+"info"))
	}
	c.server = "Bamboo " + info.Version
	return info, nil
}

// askVersion asks for the version once, after a poll without errors. It is no error that a
// server does not say its version, but a refused login is one.
func (p *poll) askVersion(ctx context.Context) {
	c := p.client
	if c.askedVersion || len(p.Errs) > 0 || len(p.Answer.Environments) == 0 || ctx.Err() != nil {
		return
	}
	c.askedVersion = true
	ctx, cancel := context.WithTimeout(ctx, infoTimeout)
	defer cancel()
	_, err := c.getInfo(ctx, p.Session)
	if e := rest.Cause(err, ""); err != nil && e.Kind == source.Login && p.Over(ctx) {
		p.Errs = append(p.Errs, e)
	}
}
