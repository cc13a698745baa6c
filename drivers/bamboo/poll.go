package bamboo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// maxSkew is how far the server's clock may be from ours before a note says so.
const maxSkew = 5 * time.Minute

// Poll reads the environments. With known coverage it sends one request for each,
// and more only until a known result is met; without, it pages back to the
// horizon, and jumps over what an interrupted poll has read. A nil known knows
// nothing; progress may be nil and is called from Poll's goroutine. now is the
// instant of the poll.
//
// Answer and error may both be there: the environments that were read, and, as
// one joined error, why others were not: *EnvironmentError around *AuthError,
// *MissingError, *RateLimitError, *StatusError, *RedirectError or *RecordError.
// After a refused login, a second 403 in a row, a rate limit or a server that does
// not answer the rest is not asked. An environment that was read may have an error too: a running
// result that could not be read again, and so is stale.
func (c *Client) Poll(ctx context.Context, known Known, now time.Time, progress func(Progress)) (Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.closeIdle()
	if known == nil {
		known = nothingKnown{}
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	s, err := c.newSession(now)
	if err != nil {
		return Answer{}, err
	}
	p := &poll{session: s, known: known, progress: progress}
	err = p.run(ctx)
	s.holdIfForbidden()
	p.answer.Server = c.version
	p.answer.ServerDate = s.told // a login page or a proxy's error may be anybody's
	if skew := s.told.Sub(now); !s.told.IsZero() && skew.Abs() > maxSkew {
		p.note(Note{NoteClock, "", fmt.Sprintf("the server's clock is %v off ours", skew.Round(time.Second))})
	}
	return p.answer, err
}

// poll is one call of Poll.
type poll struct {
	*session
	known    Known
	progress func(Progress)
	answer   Answer
	errs     []error
}

// note adds a note, once, without secrets.
func (p *poll) note(n Note) {
	n.Subject, n.Text = p.login.scrub(n.Subject), p.login.scrub(n.Text)
	for _, have := range p.answer.Notes {
		if have.Kind == n.Kind && have.Subject == n.Subject {
			return
		}
	}
	p.answer.Notes = append(p.answer.Notes, n)
}

func (p *poll) fail(env rules.Environment, err error) {
	p.errs = append(p.errs, &EnvironmentError{env.ID, p.login.scrub(env.Name), err})
}

func (p *poll) run(ctx context.Context) error {
	environments, err := p.discover(ctx)
	if err != nil {
		p.errs = append(p.errs, err)
		if p.stops(ctx, err) {
			return errors.Join(p.errs...)
		}
	}
	for i, env := range environments {
		if p.environment(ctx, env, i, len(environments)) {
			continue
		}
		if rest := len(environments) - i - 1; rest > 0 {
			p.errs = append(p.errs, fmt.Errorf("bamboo: %d more environments were not asked", rest))
		}
		return errors.Join(p.errs...)
	}
	if err := p.askServer(ctx); err != nil {
		p.errs = append(p.errs, err)
	}
	return errors.Join(p.errs...)
}

// environment reads one environment into the answer. It reports whether the
// next one is to be asked.
func (p *poll) environment(ctx context.Context, env rules.Environment, index, total int) bool {
	if at, ok := p.client.denied["environment "+env.ID]; ok && isHeld(at, p.now) {
		p.fail(env, p.stillForbidden(at))
		return true
	}
	delete(p.client.denied, "environment "+env.ID)
	r := &reading{poll: p, env: env, index: index, total: total}
	if err := r.run(ctx); err != nil {
		if cut, ok := r.interrupted(); ok {
			p.answer.Interrupted = append(p.answer.Interrupted, cut)
			p.answer.Deployments = append(p.answer.Deployments, r.found...)
		}
		p.fail(env, p.classify(env, err))
		return !p.stops(ctx, err)
	}
	p.answer.Deployments = append(p.answer.Deployments, r.found...)
	if r.more {
		cut, _ := r.interrupted()
		p.answer.Interrupted, p.answer.More = append(p.answer.Interrupted, cut), true
		return true
	}
	p.answer.Environments = append(p.answer.Environments, r.env)
	return !r.stopped
}

// classify notes what an environment's failure means for later polls.
func (p *poll) classify(env rules.Environment, err error) error {
	if isForbidden(err) {
		p.client.denied["environment "+env.ID] = p.now
		return err
	}
	var answer *StatusError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		p.client.catalog.stale = true
		return &MissingError{Environments: []string{p.login.scrub(env.Name)}, Err: err}
	}
	return err
}

// stops reports whether an error means that asking on is of no use, or does harm.
func (p *poll) stops(ctx context.Context, err error) bool {
	var limit *RateLimitError
	var silent *noAnswer
	return ctx.Err() != nil || p.halted || errors.As(err, &limit) || errors.As(err, &silent)
}
