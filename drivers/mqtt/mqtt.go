// Package mqtt keeps a connection to an MQTT 5 broker: it publishes the newest message of
// each topic, again at every connect, and hands on what it is subscribed to. Start at
// [Conn.Run].
//
// It keeps no session and no queue at the broker: those would only bring old messages. And
// it publishes everything again, since retained messages do not survive every end of a broker.
package mqtt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

const (
	maxPayload = 64 << 10  // bytes of a message
	maxPacket  = 128 << 10 // bytes: the broker is told to drop what is larger
	lastTime   = time.Second
)

// Opts say which broker to talk to, and about what.
type Opts struct {
	Broker   string // mqtts://host:8883, or mqtt://host:1883 for a loopback address
	ClientID string
	CAFile   string // PEM file of certificates trusted beside the system's, read at each connect; "": none
	Insecure bool   // permits mqtt:// to another host; never skips TLS checks
	// Login is called for each connection, so that a rotated secret is seen. Nil is anonymous.
	Login func() (username, password string, err error)
	// Will is what the broker publishes when the connection is lost. A clean end of Run
	// publishes it too. Without a topic there is none.
	Will      Message
	Subscribe []Subscription
	// Received is called for each message, from one goroutine at a time. It must not wait.
	Received func(Message)
	// Changed is called with what [Conn.Err] says from now on: at the first connect, and when it
	// changes. It must not wait.
	Changed func(error)
}

// A Subscription is to the topics that a filter matches.
type Subscription struct {
	Filter  string
	NoLocal bool // without what this connection published
}

// A Message is published or received.
type Message struct {
	Topic   string
	Payload []byte
	Retain  bool
	QoS     byte          // 0 or 1
	Expiry  time.Duration // after which the broker forgets it; of a received one, what is left; 0: never
}

// A Conn is a connection to a broker, which is made anew when it is lost.
type Conn struct {
	opts    Opts
	broker  *url.URL
	wake    chan struct{} // there is something to publish
	telling sync.Mutex    // held while Changed is called

	mu      sync.Mutex // guards what follows
	newest  map[string]Message
	waiting []string         // topics whose newest message is not published on this connection
	broken  error            // why there is no connection, or none that lasts
	refused map[string]error // by topic or filter, since the connect
	told    string           // what Changed was last called with; "-": nothing
}

// New returns a connection that [Conn.Run] makes. It sends and reads nothing.
func New(o Opts) (*Conn, error) {
	u, err := url.Parse(o.Broker)
	if strings.Contains(o.Broker, "@") {
		return nil, errors.New("broker: holds user info, which would end up in logs (hint: use auth instead)")
	}
	if err != nil || u.Scheme != "mqtt" && u.Scheme != "mqtts" || u.Hostname() == "" || u.String() != u.Scheme+"://"+u.Host {
		return nil, fmt.Errorf("broker %q: want mqtts://host:8883", source.Text(o.Broker))
	}
	if u.Scheme == "mqtt" && !o.Insecure && !source.IsLoopback(u.Hostname()) {
		return nil, fmt.Errorf("broker %q: mqtt would send the login in clear text (hint: use mqtts, or insecure: true)", o.Broker)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), map[string]string{"mqtt": "1883", "mqtts": "8883"}[u.Scheme])
	}
	if o.Received == nil {
		o.Received = func(Message) {}
	}
	if o.Changed == nil {
		o.Changed = func(error) {}
	}
	return &Conn{
		opts: o, broker: u, wake: make(chan struct{}, 1), told: "-",
		newest: map[string]Message{}, refused: map[string]error{},
	}, nil
}

// Set keeps m as the newest message of its topic. It is published now if there is a
// connection, and again at every connect. Set never waits.
func (c *Conn) Set(m Message) {
	c.mu.Lock()
	c.newest[m.Topic] = m
	if !slices.Contains(c.waiting, m.Topic) {
		c.waiting = append(c.waiting, m.Topic)
	}
	c.mu.Unlock()
	c.awake()
}

// Err returns why there is no connection, or what the broker refused of what was last
// published or subscribed to on it; nil while all is well.
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

// Run connects, again and again, until ctx ends. Then it publishes the will and disconnects,
// within about a second. It may be called once.
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
	hung := time.AfterFunc(time.Hour, l.hangUp) // set when ctx ends
	defer hung.Stop()
	defer context.AfterFunc(ctx, func() { hung.Reset(lastTime) })()
	c.note(func() {
		if !p.restless() {
			c.broken = nil
		}
		clear(c.refused)
		c.waiting = slices.Sorted(maps.Keys(c.newest))
	})
	c.awake()
	lasted, long := false, time.After(p.long())
	err = c.subscribe(ctx, l)
	for err == nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case err = <-l.lost:
		case <-long:
			lasted, *p = true, pauses{}
			c.note(func() { c.broken = nil })
		case <-c.wake:
			err = c.publishAll(ctx, l)
		}
	}
	if ctx.Err() != nil {
		c.end(l)
		return ctx.Err()
	}
	l.hangUp()
	<-l.client.Done()
	p.ended(err, lasted)
	return c.lostError(err, p.restless())
}

// end publishes the will and disconnects.
func (c *Conn) end(l *link) {
	ctx, cancel := context.WithTimeout(context.Background(), lastTime*3/4)
	defer cancel()
	if c.opts.Will.Topic != "" {
		l.publish(ctx, c.opts.Will) // nobody is left to hear of an error
	}
	l.client.Disconnect(&paho.Disconnect{})
}

func (c *Conn) subscribe(ctx context.Context, l *link) error {
	for _, s := range c.opts.Subscribe {
		refusal, err := l.subscribe(ctx, s)
		if err != nil {
			return err
		}
		if refusal != nil {
			c.note(func() { c.refused[s.Filter] = refusal })
		}
	}
	return nil
}

// publishAll publishes what waits. It returns an error if the connection is of no more use.
func (c *Conn) publishAll(ctx context.Context, l *link) error {
	for {
		c.mu.Lock()
		if len(c.waiting) == 0 {
			c.mu.Unlock()
			return nil
		}
		m := c.newest[c.waiting[0]]
		c.waiting = c.waiting[1:]
		c.mu.Unlock()
		refusal, err := l.publish(ctx, m)
		if err != nil {
			return err // it is published again at the next connect
		}
		c.refuse(m.Topic, refusal)
	}
}

// received hands a message on.
func (c *Conn) received(p paho.PublishReceived) (bool, error) {
	m := Message{Topic: source.Text(p.Packet.Topic), Payload: p.Packet.Payload, Retain: p.Packet.Retain, QoS: p.Packet.QoS}
	if expiry := p.Packet.Properties.MessageExpiry; expiry != nil {
		m.Expiry = time.Duration(*expiry) * time.Second
	}
	var refusal error
	if len(m.Payload) > maxPayload {
		refusal = fmt.Errorf("message of %s: it has %d bytes: want at most 64 KiB", m.Topic, len(m.Payload))
	} else {
		c.opts.Received(m)
	}
	c.refuse("message of "+m.Topic, refusal)
	return true, nil
}

// refuse notes why a topic does not work; nil: it does.
func (c *Conn) refuse(topic string, why error) {
	c.note(func() {
		if why == nil {
			delete(c.refused, topic)
		} else if len(c.refused) < 100 {
			c.refused[topic] = why
		}
	})
}

// note changes what [Conn.Err] goes by, and tells if it says something else then.
func (c *Conn) note(change func()) {
	c.telling.Lock()
	defer c.telling.Unlock()
	c.mu.Lock()
	change()
	c.mu.Unlock()
	err, text := c.Err(), ""
	if err != nil {
		text = err.Error()
	}
	if text != c.told {
		c.told = text
		c.opts.Changed(err)
	}
}

func (c *Conn) awake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
