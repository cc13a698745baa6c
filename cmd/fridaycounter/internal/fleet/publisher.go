package fleet

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Options configure a Publisher.
type Options struct {
	Open  *sources.Opener  // reads the login and the CA file
	Clock func() time.Time // that the policy is judged by
	Host  Host
}

// A Publisher publishes what the counter decided, and knows its walls. What takes time is worked out
// by Run.
type Publisher struct {
	o       Options
	boot    string
	changed chan struct{} // there is a new status, or a new link
	last    atomic.Pointer[engine.Status]
	link    atomic.Pointer[link]    // nil while no display is open
	sent    atomic.Pointer[message] // that was published last

	// Only Run uses these.
	body   []byte // of the last state, without what each message has of its own
	polls  string
	to     *link
	at     time.Time // of this machine's clock
	facts  string    // hash of judged
	judged []rules.Environment
}

// New makes a publisher.
func New(o Options) *Publisher {
	p := &Publisher{o: o, boot: rand.Text(), changed: make(chan struct{}, 1)}
	p.last.Store(new(engine.Status))
	p.sent.Store(new(message))
	return p
}

// Update takes a new status of the loop. It does not wait.
func (p *Publisher) Update(status engine.Status) {
	p.last.Store(&status)
	p.awake()
}

func (p *Publisher) awake() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// restTimes is how many times as long as it took to publish the publisher rests then.
const restTimes = 4

// Run publishes until ctx ends.
func (p *Publisher) Run(ctx context.Context) {
	second := time.NewTicker(time.Second) // for the frames
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
			if l, status := p.link.Load(), p.last.Load(); l != nil && status.Clock != "" {
				l.publishFrames(status)
			}
			continue
		case <-p.changed:
		}
		began := time.Now()
		p.publish()
		select {
		case <-ctx.Done():
			return
		case <-time.After(restTimes * time.Since(began)):
		}
	}
}

// publish publishes the last status: if it is another one, if a poll has ended since, and at least
// once in each interval.
func (p *Publisher) publish() {
	status, l := p.last.Load(), p.link.Load()
	if l == nil || status.Clock == "" {
		return
	}
	s := newMessage(status)
	if !sameEnvironments(p.judged, status.Environments) || p.facts == "" {
		p.judged, p.facts = status.Environments, factsHash(status.Environments)
	}
	was := p.sent.Load()
	s.Facts, s.Boot, s.Host, s.ShownSince, s.FactsSince = p.facts, p.boot, p.o.Host.Name, was.ShownSince, was.FactsSince
	zone := s.Verdict.At.Location()
	now := p.o.Clock().In(zone).Truncate(time.Millisecond)
	if was.Seq == 0 || was.Known != s.Known || !slices.Equal(was.Pages, s.Pages) {
		s.ShownSince = now.Truncate(time.Second)
	}
	if was.Policy != s.Policy || was.Facts != s.Facts {
		s.FactsSince = now
	}
	body, polls := s.payload(), pollTimes(status)
	if l == p.to && bytes.Equal(body, p.body) && polls == p.polls && time.Since(p.at) < interval(status) {
		return
	}
	p.body, p.polls, p.to, p.at = body, polls, l, time.Now()
	s.Seq = was.Seq + 1
	s.At = now
	p.sent.Store(&s)
	l.publish(&s, report.Bare(status))
}

// sameEnvironments reports whether two lists are one: the loop makes another when anything of it
// changes.
func sameEnvironments(a, b []rules.Environment) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// pollTimes says when the sources were polled last.
func pollTimes(status *engine.Status) string {
	var b strings.Builder
	for _, k := range status.Known {
		fmt.Fprint(&b, k.Good.UnixNano(), k.Failed.UnixNano(), " ")
	}
	return b.String()
}

// Walls returns the walls by name; nil: the policy publishes nothing.
func (p *Publisher) Walls() []report.Wall {
	l, sent := p.link.Load(), p.sent.Load()
	if l == nil {
		return nil
	}
	return l.walls.list(sent, p.o.Clock(), sent.At.Location())
}

// Slots lists the broker, if a policy has one.
func (p *Publisher) Slots(display schema.Display) []engine.Slot {
	if display.MQTT == nil {
		return nil
	}
	o := *display.MQTT
	key, err := json.Marshal(o)
	if err != nil {
		panic(err) // a policy can be encoded
	}
	return []engine.Slot{{
		Name:    "mqtt " + o.Topic,
		Key:     struct{ mqtt string }{string(key)},
		Open:    func() (engine.Display, error) { return p.open(o) },
		Refresh: 5 * time.Second, // Show tells how it goes
	}}
}
