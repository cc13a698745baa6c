// Package mqtt keeps a connection to an MQTT 5 broker: it publishes the newest message of
// each topic, again at every connect, and hands on what it is subscribed to. Start at
// [Conn.Run].
//
// It keeps no session at the broker, which would only bring old messages. And it publishes
// everything again, since a broker that is killed loses what it retained.
package mqtt

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

const (
	maxPayload = 64 << 10 // bytes of a message; one more is handed on of what is longer
	lastTime   = time.Second
)

// Opts say which broker to talk to, and about what.
type Opts struct {
	Broker   string // mqtts://host:8883 or mqtt://host:1883, as the schema permits it
	ClientID string
	CAFile   string // PEM file of certificates trusted beside the system's, read at each connect; "": none
	// Login is called for each connection, so that a rotated secret is seen. Nil is anonymous.
	Login func() (username, password string, err error)
	// Will is what the broker publishes when the connection is lost, and at a clean end of
	// Run. Without a topic there is none.
	Will      Message
	Subscribe []Subscription
	// Received is called for each message, from one goroutine at a time. It must not wait.
	Received func(Message)
	// Changed is called with what [Conn.Err] says from now on: at the first connect, after the
	// subscriptions, and whenever it changes. It must not wait.
	Changed func(error)
	// Now tells the time. A message that is published again has only what is left of its Expiry.
	Now func() time.Time
}

// A Subscription is to the topics that a filter matches.
type Subscription struct {
	Filter  string
	NoLocal bool // without what this connection published
}

// A Message is published or received.
type Message struct {
	Topic   string
	Payload []byte // a received one is cut after 64 KiB and one byte
	Retain  bool
	QoS     byte          // 0 or 1; only of 1 a broker says that it is refused
	Expiry  time.Duration // after which the broker forgets it; of a received one, what is left; 0: never
}

// A Conn is a connection to a broker, which is made anew when it is lost.
type Conn struct {
	opts    Opts
	broker  *url.URL
	wake    chan struct{} // something waits
	telling sync.Mutex    // held while Changed is called

	mu      sync.Mutex // guards what follows
	newest  map[string]kept
	topics  []string         // in the order in which they were first set
	waiting []string         // topics whose newest message was not published on this connection
	broken  error            // why there is no connection, or none that lasts
	refused map[string]error // by topic or filter, on this connection
	told    string           // what Changed was last called with; "-": it was not called
}

// kept is a message, and when it expires; zero: never.
type kept struct {
	Message
	until time.Time
}

// New returns a connection that [Conn.Run] makes. It sends and reads nothing.
func New(o Opts) *Conn {
	u, _ := url.Parse(o.Broker) // the schema has checked it
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), map[string]string{"mqtt": "1883", "mqtts": "8883"}[u.Scheme])
	}
	return &Conn{
		opts: o, broker: u, wake: make(chan struct{}, 1), told: "-",
		newest: map[string]kept{}, refused: map[string]error{},
	}
}

// Set keeps m as the newest message of its topic. It is published now if there is a
// connection, and again at every connect, in the order of the topics' first Set. Set never waits.
func (c *Conn) Set(m Message) {
	k := kept{Message: m}
	if m.Expiry > 0 {
		k.until = c.opts.Now().Add(m.Expiry)
	}
	c.mu.Lock()
	if _, ok := c.newest[m.Topic]; !ok {
		c.topics = append(c.topics, m.Topic)
	}
	c.newest[m.Topic] = k
	c.mu.Unlock()
	c.wait(m.Topic)
}

// wait has the newest message of a topic published.
func (c *Conn) wait(topic string) {
	c.mu.Lock()
	if !slices.Contains(c.waiting, topic) {
		c.waiting = append(c.waiting, topic)
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Err returns why there is no connection, or what the broker refused on it; nil while all is
// well. A topic that was refused is well when it is accepted, and at the next connect.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.broken
	if err == nil && len(c.refused) > 0 {
		err = c.refused[slices.Min(slices.Collect(maps.Keys(c.refused)))]
	}
	if err != nil {
		err = fmt.Errorf("broker %s: %w", c.broker.Host, err)
	}
	return err
}

// Run connects, again and again, until ctx ends. Then it publishes what waits, and disconnects
// with the will, within about a second. It may be called once.
func (c *Conn) Run(ctx context.Context) {
	var p pauses
	for {
		err := c.session(ctx, &p)
		if ctx.Err() != nil {
			return
		}
		c.note(func() { c.broken = err })
		select {
		case <-ctx.Done():
			return
		case <-time.After(p.next()):
		}
	}
}

// session makes a connection, publishes until it is lost or ctx ends, and returns why it ended.
func (c *Conn) session(ctx context.Context, p *pauses) error {
	l, err := c.connect(ctx)
	p.failed(err)
	if err != nil {
		return err
	}
	defer l.lose(nil)
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastTime, l.hangUp) })() // if the broker hangs
	c.mu.Lock()
	clear(c.refused)
	c.waiting = slices.Clone(c.topics)
	c.mu.Unlock()
	c.subscribe(l)
	if l.ctx.Err() == nil && p.short < manyShort {
		c.note(func() { c.broken = nil })
	}
	c.publish(l.ctx, l)
	lasted, long := false, time.After(p.long())
	for l.ctx.Err() == nil {
		select {
		case <-l.ctx.Done():
		case <-long:
			lasted, *p = true, pauses{}
			c.note(func() { c.broken = nil })
		case <-c.wake:
			c.publish(l.ctx, l)
		}
	}
	if ctx.Err() != nil {
		c.end(l)
		return ctx.Err()
	}
	l.hangUp()
	<-l.client.Done()
	err = context.Cause(l.ctx)
	p.ended(lasted)
	return c.lostError(err, p.short >= manyShort)
}

// end publishes what waits, and disconnects.
func (c *Conn) end(l *link) {
	ctx, cancel := context.WithTimeout(context.Background(), lastTime*3/4)
	defer cancel()
	c.publish(ctx, l)
	l.client.Disconnect(&paho.Disconnect{ReasonCode: withWill})
}

// publish publishes what waits, as far as the link is of use.
func (c *Conn) publish(ctx context.Context, l *link) {
	for ok := true; ok; {
		c.mu.Lock()
		if len(c.waiting) == 0 {
			c.mu.Unlock()
			return
		}
		m := c.newest[c.waiting[0]]
		c.waiting = c.waiting[1:]
		c.mu.Unlock()
		if m.Expiry > 0 {
			if m.Expiry = m.until.Sub(c.opts.Now()); m.Expiry <= 0 {
				continue // the broker has forgotten it, and what is old does not come back
			}
		}
		var refusal error
		if refusal, ok = l.publish(ctx, m.Message); ok {
			c.refuse(m.Topic, refusal)
		} else {
			c.wait(m.Topic)
		}
	}
}

// received hands a message on.
func (c *Conn) received(p paho.PublishReceived) (bool, error) {
	payload := p.Packet.Payload
	m := Message{Topic: source.Text(p.Packet.Topic), Payload: payload[:min(len(payload), maxPayload+1)], Retain: p.Packet.Retain, QoS: p.Packet.QoS}
	if expiry := p.Packet.Properties.MessageExpiry; expiry != nil {
		m.Expiry = max(1, time.Duration(*expiry)*time.Second) // in its last second it has 0 left
	}
	if c.opts.Received != nil {
		c.opts.Received(m)
	}
	return true, nil
}

// refuse notes why a topic does not work; nil: it does.
func (c *Conn) refuse(topic string, why error) {
	c.note(func() {
		if why == nil {
			delete(c.refused, topic)
		} else {
			c.refused[topic] = why
		}
	})
}

// note changes what [Conn.Err] goes by, and tells it if that says something else then.
func (c *Conn) note(change func()) {
	c.telling.Lock()
	defer c.telling.Unlock()
	c.mu.Lock()
	change()
	c.mu.Unlock()
	if err := c.Err(); c.opts.Changed != nil && fmt.Sprint(err) != c.told {
		c.told = fmt.Sprint(err)
		c.opts.Changed(err)
	}
}
