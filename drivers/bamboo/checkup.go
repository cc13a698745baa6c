package bamboo

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Address returns the base URL, with a trailing slash. It holds no user info.
func (c *Client) Address() *url.URL {
	address := *c.base
	return &address
}

// TLS returns a copy of what the client expects of the server's certificate; nil where
// [Opts.Transport] takes the network's place.
func (c *Client) TLS() *tls.Config {
	if t, ok := c.transport.(*http.Transport); ok {
		return t.TLSClientConfig.Clone()
	}
	return nil
}

// Proxy returns the proxy by which requests go, without user info; nil: none.
func (c *Client) Proxy() (*url.URL, error) {
	t, ok := c.transport.(*http.Transport)
	if !ok || t.Proxy == nil {
		return nil, nil
	}
	proxy, err := t.Proxy(&http.Request{URL: c.base})
	if err != nil {
		// Its text repeats the variable, which may hold a password.
		return nil, errors.New("bamboo: the proxy variable holds no address")
	}
	if proxy == nil {
		return nil, nil
	}
	return &url.URL{Scheme: proxy.Scheme, Host: proxy.Host}, nil
}

// Greet asks for the version as an anonymous user, so that no login is at risk. The
// date is the server's, zero if it told none, also beside an error.
func (c *Client) Greet(ctx context.Context) (Info, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.closeIdle()
	s := &session{client: c, login: login{kind: "anonymous"}}
	info, err := s.info(ctx)
	return info, s.date, err
}

// Look finds the environments, as the beginning of a poll at now does: with the login,
// unless that is held. The errors are those of [Client.Poll]; with a *MissingError come
// those that are there. Names hold no secret.
func (c *Client) Look(ctx context.Context, now time.Time) ([]rules.Environment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.closeIdle()
	s, err := c.newSession(now)
	if err != nil {
		return nil, err
	}
	p := &poll{session: s, known: nothingKnown{}, progress: func(Progress) {}}
	chosen, err := p.discover(ctx)
	s.holdIfForbidden()
	shown := make([]rules.Environment, len(chosen))
	for i, e := range chosen {
		e.Name, e.Project = s.login.scrub(e.Name), s.login.scrub(e.Project)
		shown[i] = e
	}
	return shown, err
}
