package fleet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
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
	sending sync.Mutex              // held while something is published, so that nothing follows what is said at the end
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

// Run publishes until ctx ends.
func (p *Publisher) Run(ctx context.Context) {
	second := time.NewTicker(time.Second) // for the frames
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
			p.publishFrames()
		case <-p.changed:
			p.publish()
		}
	}
}

// publish publishes the last status. There is one after each poll and each change, and twice a
// minute.
func (p *Publisher) publish() {
	p.sending.Lock()
	defer p.sending.Unlock()
	status, l := p.last.Load(), p.link.Load()
	if l == nil || status.Clock == "" {
		return
	}
	s, was := newMessage(status), p.sent.Load()
	s.At = p.o.Clock().In(s.Verdict.At.Location()).Truncate(time.Millisecond)
	s.Seq, s.Boot, s.Host, s.Facts = was.Seq+1, p.boot, p.o.Host.Name, factsHash(status.Environments)
	s.ShownSince, s.FactsSince = was.ShownSince, was.FactsSince
	if was.Seq == 0 || was.Known != s.Known || !slices.Equal(was.Pages, s.Pages) {
		s.ShownSince = s.At.Truncate(time.Second)
	}
	if was.Policy != s.Policy || was.Facts != s.Facts {
		s.FactsSince = s.At
	}
	p.sent.Store(&s)
	l.publish(&s, report.Bare(status))
}

func (p *Publisher) publishFrames() {
	p.sending.Lock()
	defer p.sending.Unlock()
	if l, status := p.link.Load(), p.last.Load(); l != nil && status.Clock != "" {
		l.publishFrames(status)
	}
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
func (p *Publisher) Slots(display schema.Display) []glass.Slot {
	if display.MQTT == nil {
		return nil
	}
	o := *display.MQTT
	key, err := json.Marshal(o)
	if err != nil {
		panic(err) // a policy can be encoded
	}
	return []glass.Slot{{
		Name:    "mqtt " + o.Topic,
		Key:     struct{ mqtt string }{string(key)},
		Open:    func() (glass.Display, error) { return p.open(o), nil },
		Refresh: 5 * time.Second, // Show tells how it goes
	}}
}
