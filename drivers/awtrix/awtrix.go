// Package awtrix shows a text and three indicators on a clock with AWTRIX 3, by its HTTP API. It
// has an app of its own there, and touches no other.
//
// The clock keeps nothing over a loss of power, and cannot be asked what it shows. So all is sent
// again each 30 s. What is not sent again within its lifetime gets a red frame from the clock.
package awtrix

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const (
	// Refresh is how often [Dev.Refresh] has to be called.
	Refresh = 5 * time.Second

	again       = 6               // calls of Refresh until all is sent again
	minLifetime = time.Minute     // so that the clock takes nothing for stale that is sent each 30 s
	timeout     = 5 * time.Second // of a request
	haltTimeout = time.Second
)

// colors are those of the indicators.
var colors = [3]string{"#ff8000", "#ff0000", "#0040ff"}

// Content is what the clock is to show.
type Content struct {
	Text       string
	Lifetime   time.Duration // after which it is stale, if it is not sent again; a minute at least
	Indicators [3]bool       // which are lit
}

// Opts say which clock, and how its app looks.
type Opts struct {
	URL     string // base URL
	App     string // name of the app
	Color   string // of the text, as #ff0000; "": the clock's own
	Content func() Content
	// Context ends what Show and Refresh wait for, so that Halt has its time.
	Context context.Context
	// Transport replaces the network, for tests.
	Transport http.RoundTripper
}

// A Dev is an app on a clock.
type Dev struct {
	o         Opts
	base      *url.URL
	sent      *Content // what the clock shows; nil: not known
	refreshes int
}

// New returns the app. It sends nothing.
func New(o Opts) *Dev {
	base, _ := url.Parse(o.URL) // the schema has checked it
	if o.Transport == nil {
		o.Transport = rest.PostTransport(nil) // it is in the local network
	}
	if base.Path == "" {
		base.Path = "/"
	}
	return &Dev{o: o, base: base}
}

// Show sends what changed. The picture is for displays of pixels.
func (d *Dev) Show(led.Picture) error { return d.send(false) }

// Refresh sends all again each 30 s.
func (d *Dev) Refresh() error {
	d.refreshes++
	return d.send(d.refreshes%again == 0)
}

// send sends what differs from what the clock shows; with all also what does not. An indicator
// that stays out is left alone: another program may use it.
func (d *Dev) send(all bool) error {
	now, was := d.o.Content(), d.sent
	d.sent = nil
	if all || was == nil || now.Text != was.Text || now.Lifetime != was.Lifetime {
		app := struct {
			Text         string `json:"text"`
			Color        string `json:"color,omitempty"`
			Lifetime     int    `json:"lifetime"`     // seconds
			LifetimeMode int    `json:"lifetimeMode"` // 1: a red frame, rather than to be removed
		}{now.Text, d.o.Color, int(max(now.Lifetime, minLifetime).Seconds()), 1}
		if err := d.post(d.o.Context, "custom", app); err != nil {
			return err
		}
	}
	for i, lit := range now.Indicators {
		if was != nil && lit == was.Indicators[i] && !(all && lit) {
			continue
		}
		if err := d.indicate(d.o.Context, i, lit); err != nil {
			return err
		}
	}
	d.sent = &now
	return nil
}

// indicate lights an indicator or puts it out.
func (d *Dev) indicate(ctx context.Context, i int, lit bool) error {
	name := fmt.Sprintf("indicator%d", i+1)
	if !lit {
		return d.post(ctx, name, nil)
	}
	return d.post(ctx, name, map[string]string{"color": colors[i]})
}

// Halt removes the app and puts the indicators out. From a clock that did not answer before it
// returns no error: that one marks the text as stale.
func (d *Dev) Halt() error {
	ctx, cancel := context.WithTimeout(context.Background(), haltTimeout)
	defer cancel()
	err := d.post(ctx, "custom", nil)
	for i := range colors {
		if err == nil && (d.sent == nil || d.sent.Indicators[i]) {
			err = d.indicate(ctx, i, false)
		}
	}
	if d.sent == nil {
		return nil
	}
	return err
}

// post sends a value as JSON; nil is an empty body, which ends what the name stands for.
func (d *Dev) post(ctx context.Context, name string, value any) error {
	var body []byte
	if value != nil {
		var err error
		if body, err = json.Marshal(value); err != nil {
			return err
		}
	}
	to := d.base.JoinPath("api", name)
	if name == "custom" {
		to.RawQuery = url.Values{"name": {d.o.App}}.Encode()
	}
	answer, err := rest.Post(ctx, d.o.Transport, timeout, to.String(), "fridaycounter", body)
	where := to.Scheme + "://" + to.Host
	switch {
	case err != nil:
		return fmt.Errorf("the clock at %s gives %w", where, err)
	case answer.StatusCode == http.StatusOK:
		return nil
	case answer.StatusCode == http.StatusNotFound:
		return fmt.Errorf("there is no AWTRIX 3 at %s: it has no %s", where, to.Path)
	case answer.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("the clock at %s wants a login, which a policy has no place for (hint: switch it off on the page of the clock)", where)
	}
	return fmt.Errorf("the clock at %s answered %s with %d %s", where, to.Path, answer.StatusCode, http.StatusText(answer.StatusCode))
}
