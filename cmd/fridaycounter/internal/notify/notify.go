// Package notify tells webhooks of events: a breach, a record, a stale number, a window that is
// to begin. What it owes is stored before it is sent, and marked after the receiver took it: so an
// event is told once over restarts, and twice only where the program ends in between.
package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/oncelog"
	"github.com/fridaycounter/fridaycounter/schema"
)

const (
	giveUp     = day       // after which an event is not sent any more
	giveUpSoon = time.Hour // if the receiver refuses it
	maxOwed    = 200       // events
	maxRetry   = time.Hour
	storeRetry = 5 * time.Second
)

// Options are the parts of a Notifier.
type Options struct {
	Store  *state.Store
	Secret func(schema.Credential) (string, error) // reads a URL; called for each try
	Now    func() time.Time                        // with a monotonic reading: what happened when, the status says
	Log    *slog.Logger
}

// A Notifier tells the webhooks of the policy in force.
type Notifier struct {
	o         Options
	log       *oncelog.Log
	transport http.RoundTripper
	last      atomic.Pointer[engine.Status]
	changed   chan struct{}

	// What follows belongs to Run's goroutine.
	saved *history.Notices // as the history has marks and owed; nil: not loaded yet
	marks marks
	owed  []history.Owed
	since time.Time // when the number became stale; zero: it is not
	hooks map[string]*hook
}

// A hook is a webhook that is told.
type hook struct {
	url   schema.Credential
	tries int       // that failed in a row
	next  time.Time // not before
}

// New returns a notifier. Its Run tells.
func New(o Options) *Notifier {
	n := &Notifier{o: o, log: oncelog.New(o.Log), transport: rest.PostTransport(http.ProxyFromEnvironment), changed: make(chan struct{}, 1)}
	n.last.Store(&engine.Status{})
	return n
}

// Update takes a new status of the loop. It does not wait.
func (n *Notifier) Update(status engine.Status) {
	n.last.Store(&status)
	select {
	case n.changed <- struct{}{}:
	default:
	}
}

// Run tells webhooks until ctx ends.
func (n *Notifier) Run(ctx context.Context) {
	for ctx.Err() == nil {
		wait := n.step(ctx)
		select {
		case <-ctx.Done():
		case <-n.changed:
		case <-time.After(wait):
		}
	}
}

// step does all that is due, and returns when to look again unless there is a new status.
func (n *Notifier) step(ctx context.Context) time.Duration {
	s := n.last.Load()
	if s.Policy == nil || len(s.Policy.Config.Notify) == 0 {
		return maxRetry
	}
	err := n.load(ctx)
	if err == nil {
		n.note(s)
		err = n.save(ctx)
	}
	n.log.Trouble("history", "webhooks are told nothing, since the history cannot note it; it is tried again", "webhooks are told again", err)
	if err != nil {
		return storeRetry
	}
	return n.deliver(ctx)
}

// load reads what was told before the start.
func (n *Notifier) load(ctx context.Context) error {
	if n.saved != nil {
		return nil
	}
	stored, err := n.o.Store.Notices(ctx)
	if err != nil {
		return err
	}
	if stored.Marks != "" {
		if err := json.Unmarshal([]byte(stored.Marks), &n.marks); err != nil {
			n.o.Log.Warn("what webhooks were told cannot be read; they may be told once more", "error", err)
			n.marks = marks{}
		}
	}
	n.owed, n.saved = slices.Clone(stored.Owed), &stored
	return nil
}

// save stores what is told and owed, if that changed.
func (n *Notifier) save(ctx context.Context) error {
	data, err := json.Marshal(n.marks)
	if err != nil {
		return err
	}
	now := history.Notices{Marks: string(data), Owed: slices.Clone(n.owed)}
	if reflect.DeepEqual(now, *n.saved) {
		return nil
	}
	if err := n.o.Store.SaveNotices(context.WithoutCancel(ctx), now); err != nil {
		return err
	}
	n.saved = &now
	return nil
}

// note notes the events of a status for the webhooks that want them.
func (n *Notifier) note(s *engine.Status) {
	now := n.o.Now()
	if !s.Stale {
		n.since = time.Time{}
	} else if n.since.IsZero() {
		n.since = now
	}
	list := s.Policy.Config.Notify
	var befores []time.Duration
	for _, w := range list {
		if slices.Contains(w.On, window) && !slices.Contains(befores, w.Before) {
			befores = append(befores, w.Before)
		}
	}
	var events []event
	events, n.marks = due(s, n.marks, now.Sub(n.since), befores)
	hooks := map[string]*hook{}
	for _, w := range list {
		name := Place(w.Webhook.URL)
		hooks[name] = cmp.Or(hooks[name], n.hooks[name])
		if hooks[name] == nil {
			hooks[name] = &hook{url: w.Webhook.URL}
			n.told(name, Check(w.Webhook.URL, n.o.Secret)) // rather than at the first event, weeks later
		}
		for _, e := range events {
			if slices.Contains(w.On, e.kind) && (e.kind != window || e.before == w.Before) {
				n.owe(s, e, name)
			}
		}
	}
	n.hooks = hooks
	n.drop(s)
}

// owe adds an event to what is owed to a webhook, if it is not there yet.
func (n *Notifier) owe(s *engine.Status, e event, webhook string) {
	text, err := body(s, e)
	if err != nil {
		n.o.Log.Warn("a webhook cannot be told", "event", e.kind, "error", err)
		return
	}
	o := history.Owed{Webhook: webhook, Event: e.kind, Due: s.Verdict.At, Until: s.Verdict.At.Add(giveUp), Body: text}
	if !e.until.IsZero() && e.until.Before(o.Until) {
		o.Until = e.until
	}
	if s.Clock != engine.ClockTrusted {
		o.Until = time.Time{} // see drop
	}
	if !slices.ContainsFunc(n.owed, func(was history.Owed) bool { return was.Webhook == o.Webhook && was.Body == o.Body }) {
		n.owed = append(n.owed, o)
	}
}

// drop gives up what is too old by a trusted clock, too much, or owed to a webhook that is gone from
// the policy. What was noticed by another clock becomes old from now on.
func (n *Notifier) drop(s *engine.Status) {
	for i := range n.owed {
		if o := &n.owed[i]; o.Until.IsZero() && s.Clock == engine.ClockTrusted {
			o.Due, o.Until = s.Verdict.At, s.Verdict.At.Add(giveUp)
		}
	}
	excess := len(n.owed) - maxOwed
	n.owed = slices.DeleteFunc(n.owed, func(o history.Owed) bool {
		excess--
		if n.hooks[o.Webhook] != nil && excess < 0 && (s.Clock != engine.ClockTrusted || s.Verdict.At.Before(o.Until)) {
			return false
		}
		n.o.Log.Warn("a webhook was not told, and will not be", "webhook", o.Webhook, "event", o.Event, "due", o.Due.Format(time.RFC3339))
		return true
	})
}

// deliver sends what is owed and due, and returns when to go on.
func (n *Notifier) deliver(ctx context.Context) time.Duration {
	wait := maxRetry
	for name, h := range n.hooks {
		for ctx.Err() == nil {
			i := slices.IndexFunc(n.owed, func(o history.Owed) bool { return o.Webhook == name })
			if i < 0 {
				break
			}
			if rest := h.next.Sub(n.o.Now()); rest > 0 {
				wait = min(wait, rest)
				break
			}
			n.send(ctx, name, h, i)
			if n.save(ctx) != nil { // which the next step tells
				return 0
			}
		}
	}
	return wait
}

// send tries to tell a webhook what it is owed at i.
func (n *Notifier) send(ctx context.Context, name string, h *hook, i int) {
	o := n.owed[i]
	secret, err := n.o.Secret(h.url)
	var wait time.Duration
	if err == nil {
		wait, err = post(ctx, n.transport, secret, o.Body)
	}
	if err != nil && ctx.Err() != nil {
		return // the program ends
	}
	n.told(name, err)
	if err == nil {
		n.o.Log.Info("a webhook was told", "webhook", name, "event", o.Event)
		n.owed, h.tries = slices.Delete(n.owed, i, i+1), 0
		return
	}
	h.tries++
	h.next = n.o.Now().Add(max(wait, retry(h.tries)))
	if _, ok := errors.AsType[*refusal](err); ok { // others may be taken
		if soon := o.Due.Add(giveUpSoon); soon.Before(o.Until) {
			o.Until = soon
		}
		n.owed = append(slices.Delete(n.owed, i, i+1), o)
	}
}

// Check returns why a webhook cannot be told, as far as that is known without telling it. secret reads
// its URL.
func Check(c schema.Credential, secret func(schema.Credential) (string, error)) error {
	address, err := secret(c)
	if err == nil {
		_, err = parseURL(address)
	}
	return err
}

// told logs whether a webhook can be told.
func (n *Notifier) told(name string, err error) {
	n.log.Trouble(name, "a webhook cannot be told; it is tried again", "the webhook can be told again", err, "webhook", name)
}

// retry is how long to wait after so many tries that failed. The first two retries begin within 30 s,
// also where each try takes as long as it may.
func retry(tries int) time.Duration {
	switch tries {
	case 1:
		return 2 * time.Second
	case 2:
		return 5 * time.Second
	}
	return min(30*time.Second<<min(tries-3, 10), maxRetry)
}

// Place names a webhook by the place of its URL.
func Place(c schema.Credential) string {
	switch {
	case c.Credential != "":
		return "credential " + c.Credential
	case c.File != "":
		return "file " + c.File
	}
	return "env " + c.Env
}
