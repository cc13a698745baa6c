package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A server is what the checks have found out about Bamboo so far.
type server struct {
	client   *bamboo.Client
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
	if s.client, err = d.opener().Bamboo(d.config); err == nil {
		s.tls, err = s.client.TLS() // reads ca_file
	}
	if err != nil {
		d.skipRest("there is no server to ask")
		return failure("correct source: bamboo in counter.cue", "%v", err)
	}
	return Finding{}
}

// checkHTTP asks for the version, without the login.
func (d *doctor) checkHTTP(ctx context.Context) Finding {
	s := &d.server
	info, date, err := s.client.Info(ctx)
	s.date = date
	if refused, ok := errors.AsType[*rest.LoginError](err); ok {
		s.answered = true
		return okay("%d %s: it tells its version only after a login", refused.Status, http.StatusText(refused.Status))
	}
	status, isStatus := errors.AsType[*rest.StatusError](err)
	switch {
	case isStatus && status.Status < http.StatusBadRequest && status.Status >= http.StatusMultipleChoices:
		return failure("correct source: bamboo: url in counter.cue", "%v", err)
	case isStatus && status.Limited:
		return warning("try again later, and poll less often", "%v", err)
	case isStatus && status.Status >= http.StatusInternalServerError:
		return failure("the server is down or starting: try again later, or ask its administrator", "%v", err)
	case isStatus:
		return failure("is source: bamboo: url in counter.cue the base URL, with its context path?", "%v", err)
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
	err := state.Read(ctx, d.historyPath(), func(file *history.Store) error {
		lockouts, err := file.Lockouts(ctx)
		s.lockouts.Restore(lockouts)
		return err
	})
	_, wanted := secretOf(d.config.Source.Bamboo.Auth)
	switch {
	case !s.answered:
		return d.skipRest("it does not answer like Bamboo")
	case !s.readable:
		return d.skipRest("without the credential nothing is sent")
	case wanted && err != nil && !state.Is(err, history.Missing):
		return d.skipRest("not sent: whether it was refused before is not known, see history")
	}
	before := s.lockouts.Snapshot()
	s.environments, s.err = s.client.Environments(ctx, d.Machine.now())
	refused, isRefused := errors.AsType[*rest.LoginError](s.err)
	switch {
	case isRefused:
		d.skipRest("the login is refused")
		return failure(loginHint(refused)+d.storeLockouts(ctx, before), "%v", refused)
	case s.err != nil && source.KindOf(s.err) != source.Missing:
		return skipped("the server did not list its environments")
	case !wanted:
		return okay("none is wanted")
	}
	return okay("accepted")
}

// loginHint says what to do about a login that was refused.
func loginHint(refused *rest.LoginError) string {
	switch {
	case refused.Status == 0:
		return "see credential"
	case refused.Locked:
		return "change it; if it was right: fridaycounter history forget-login"
	case refused.Anonymous:
		return "set source: bamboo: auth in counter.cue"
	case refused.Captcha:
		return "log in once in a browser as this user, then: fridaycounter history forget-login"
	case refused.Status == http.StatusForbidden:
		return "let this user view the deployment projects"
	}
	return "make a new token in Bamboo, and put it where counter.cue says"
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
		return failure("correct source: bamboo: environments in counter.cue, or let the login view them", "%v", err)
	case err != nil:
		return failure("ask Bamboo's administrator, or name environments by id: that is faster", "%v", err)
	}
	var names []string
	for _, e := range d.server.environments {
		names = append(names, fmt.Sprintf("%s of %s (%s)", e.Name, e.Project, e.ID))
	}
	return okay("%d: %s", len(names), list(names, 6, ", "))
}
