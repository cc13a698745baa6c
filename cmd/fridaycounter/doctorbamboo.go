package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// The checks of a Bamboo, in their order: those of the network, then those that ask it.
const (
	checkCredential   = "credential"
	checkProxy        = "proxy"
	checkDNS          = "dns"
	checkTCP          = "tcp"
	checkTLS          = "tls"
	checkHTTP         = "http"
	checkLogin        = "login"
	checkEnvironments = "environments"
	checkServerClock  = "server clock"
)

// maxServerSkew is how far the server's clock may be off, as a poll has it.
const maxServerSkew = 5 * time.Minute

// lookAtBamboo goes from the credential to the answers, as a poll does. What comes
// behind a check that failed is skipped.
func (d *doctor) lookAtBamboo(ctx context.Context) []finding {
	credential, auth := d.credential(*d.config.Source.Bamboo)
	latches, unknown := d.latches(ctx)
	client, err := d.client(auth, latches)
	if err != nil {
		return append([]finding{credential, failure("bamboo", "source: bamboo in counter.cue", "%v", err)},
			skipAll("there is nobody to ask", checkProxy, checkDNS, checkTCP, checkTLS, checkHTTP, checkLogin, checkEnvironments, checkServerClock)...)
	}
	found, reached := d.network(ctx, client)
	found = append([]finding{credential}, found...)
	if !reached {
		return append(found, skipAll("the server is not reached", checkHTTP, checkLogin, checkEnvironments, checkServerClock)...)
	}
	greeting, answered, date := d.greet(ctx, client)
	found = append(found, greeting)
	switch {
	case !answered:
		found = append(found, skipAll("it does not answer as Bamboo", checkLogin, checkEnvironments)...)
	case credential.State != condOK:
		found = append(found, skipAll("without the credential nothing is asked", checkLogin, checkEnvironments)...)
	case unknown != nil && authPlace(&auth.auth) != nil:
		found = append(found, skipAll("not sent: whether it was refused before is not known, see history", checkLogin, checkEnvironments)...)
	default:
		found = append(found, d.look(ctx, client, latches)...)
	}
	return append(found, d.serverClock(date))
}

// client makes the client that a poll would use.
func (d *doctor) client(b bambooAuth, latches *bamboo.Latches) (*bamboo.Client, error) {
	config := *d.config
	server := *config.Source.Bamboo
	server.Auth, config.Source.Bamboo = b.auth, &server
	open := opener{dir: d.dir(), getenv: b.getenv, latches: latches}
	source, err := open.source(&config)
	if err != nil {
		return nil, err
	}
	return source.(*bambooSource).client, nil
}

// latches returns the logins that were refused, as they are stored. Where it cannot be
// known whether one was, the error says why.
func (d *doctor) latches(ctx context.Context) (*bamboo.Latches, error) {
	latches := new(bamboo.Latches)
	path, err := d.historyPath()
	if err != nil {
		return latches, err
	}
	file, err := history.OpenRead(ctx, path, history.Opts{Wait: doctorWait})
	if isKind(err, history.Missing) {
		return latches, nil
	}
	if err != nil {
		return latches, err
	}
	defer file.Close()
	return latches, loadLatches(ctx, file, latches)
}

// greet asks for the version, without the login. answered says that it is a Bamboo, or
// one that wants a login even for that.
func (d *doctor) greet(ctx context.Context, client *bamboo.Client) (found finding, answered bool, date time.Time) {
	info, date, err := client.Greet(ctx)
	refused, isRefused := errors.AsType[*bamboo.AuthError](err)
	var moved *bamboo.RedirectError
	var limited *bamboo.RateLimitError
	var status *bamboo.StatusError
	switch {
	case isRefused:
		return okay(checkHTTP, "%d %s: it tells its version only to a login", refused.Status, http.StatusText(refused.Status)), true, date
	case errors.As(err, &moved):
		return failure(checkHTTP, "source: bamboo: url in counter.cue", "%v", err), false, date
	case errors.As(err, &limited):
		return warning(checkHTTP, "ask again later, and poll less often", "%v", err), false, date
	case errors.As(err, &status) && status.Status >= http.StatusInternalServerError:
		return failure(checkHTTP, "the server is down or starting: ask again, or its administrator", "%v", err), false, date
	case errors.As(err, &status):
		return failure(checkHTTP, "is source: bamboo: url in counter.cue the base URL, with its context path?", "%v", err), false, date
	case err != nil:
		return failure(checkHTTP, "is it Bamboo that answers at this url?", "%v", err), false, date
	case info.State != "" && info.State != "RUNNING":
		return warning(checkHTTP, "its administrator has paused it, or it starts", "200 OK, Bamboo %s, which is %s", info.Version, info.State), true, date
	}
	return okay(checkHTTP, "200 OK, Bamboo %s", info.Version), true, date
}

// look asks with the login which environments there are. A refused login is kept.
func (d *doctor) look(ctx context.Context, client *bamboo.Client, latches *bamboo.Latches) []finding {
	before, _ := json.Marshal(latches) // their JSON has no errors
	environments, err := client.Look(ctx, d.host.now())
	after, _ := json.Marshal(latches)
	refused, isRefused := errors.AsType[*bamboo.AuthError](err)
	if !isRefused {
		return d.environments(environments, err)
	}
	hint := "make a new token in Bamboo, and put it where counter.cue says"
	switch {
	case refused.Status == 0:
		hint = "see credential"
	case refused.Latched:
		hint = "change it; where it was right: fridaycounter history forget-login"
	case refused.Anonymous:
		hint = "source: bamboo: auth in counter.cue"
	case refused.Captcha:
		hint = "log in once in a browser as this user, then: fridaycounter history forget-login"
	case refused.Status == http.StatusForbidden:
		hint = "let this user view the deployment projects"
	}
	if string(before) != string(after) {
		if err := d.keepLatches(ctx, latches); err != nil {
			hint += fmt.Sprintf("; do not ask again before: that it was refused could not be kept (%v)", err)
		}
	}
	return append([]finding{failure(checkLogin, hint, "%v", refused)}, skipAll("the login is refused", checkEnvironments)...)
}

// keepLatches keeps refused logins for everybody who asks later.
func (d *doctor) keepLatches(ctx context.Context, latches *bamboo.Latches) error {
	path, err := d.historyPath()
	if err != nil {
		return err
	}
	file, err := history.Open(ctx, path, history.Opts{Wait: doctorWait})
	if err != nil {
		return err
	}
	disk := &diskStore{file: file, path: path, now: d.host.now}
	return errors.Join(disk.saveLatches(ctx, latches), disk.close())
}

// environments says which of those that the policy names are there.
func (d *doctor) environments(have []rules.Environment, err error) []finding {
	login := okay(checkLogin, "accepted")
	if a := d.config.Source.Bamboo.Auth; a.Token == nil && a.Basic == nil {
		login = okay(checkLogin, "none is wanted")
	}
	const most = 6
	var names []string
	for _, e := range have[:min(most, len(have))] {
		names = append(names, fmt.Sprintf("%s of %s (%s)", e.Name, e.Project, e.ID))
	}
	if more := len(have) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	text := fmt.Sprintf("%d: %s", len(have), strings.Join(names, ", "))
	_, missing := errors.AsType[*bamboo.MissingError](err)
	switch {
	case missing:
		return []finding{login, failure(checkEnvironments, "source: bamboo: environments in counter.cue, or let the login view them", "%v", err)}
	case err != nil:
		return append(skipAll("the list did not come", checkLogin), failure(checkEnvironments, "ask Bamboo's administrator, or name environments by id: that is faster", "%v", err))
	}
	return []finding{login, okay(checkEnvironments, "%s", text)}
}

// serverClock compares the server's Date with this machine's clock.
func (d *doctor) serverClock(date time.Time) finding {
	if date.IsZero() {
		return skipped(checkServerClock, "the server tells no time")
	}
	skew := date.Sub(d.host.now()).Round(time.Second)
	if skew.Abs() > maxServerSkew {
		return warning(checkServerClock, "set the clock that is wrong: see clock", "it is %v off this machine's", skew)
	}
	return okay(checkServerClock, "it agrees with this machine's within %v", max(skew.Abs(), time.Second))
}
