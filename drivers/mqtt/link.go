package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"

	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const (
	connectTime = 1500 * time.Millisecond // for TCP, TLS and CONNECT; TCP sends a lost SYN again after 1 s
	ackTime     = 5 * time.Second
	keepAlive   = 5         // seconds
	receiveMax  = 64        // messages that the library keeps room for
	maxPacket   = 128 << 10 // bytes; the broker is told to drop what is larger
)

// A link is one connection that the broker accepted.
type link struct {
	client *paho.Client
	tcp    net.Conn
	ctx    context.Context // ends with the context of Run, and when the link is lost; the cause says why
	lose   context.CancelCauseFunc
}

// connect makes a link. It uses no proxy: those of the environment are for HTTP.
func (c *Conn) connect(ctx context.Context) (*link, error) {
	connecting, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	packet, err := c.opts.connectPacket()
	if err != nil {
		return nil, err
	}
	roots, err := rest.Roots(c.opts.CAFile)
	if err != nil {
		return nil, err
	}
	tcp, err := new(net.Dialer).DialContext(connecting, "tcp", c.broker.Host)
	if err != nil {
		return nil, dialError(err)
	}
	conn := &bounded{Conn: tcp}
	if c.broker.Scheme == "mqtts" {
		secure := tls.Client(tcp, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: c.broker.Hostname()})
		if err := secure.HandshakeContext(connecting); err != nil {
			tcp.Close()
			return nil, c.tlsError(err)
		}
		conn.Conn = secure
	}
	l := &link{tcp: tcp}
	l.ctx, l.lose = context.WithCancelCause(ctx)
	l.client = paho.NewClient(paho.ClientConfig{
		ClientID: c.opts.ClientID, Conn: conn, PacketTimeout: ackTime, AuthHandler: noAuth{},
		OnPublishReceived:  []func(paho.PublishReceived) (bool, error){c.received},
		OnClientError:      l.lose,
		OnServerDisconnect: func(d *paho.Disconnect) { l.lose(disconnected(d.ReasonCode)) },
	})
	answer, err := l.client.Connect(connecting, packet)
	if answer != nil && answer.ReasonCode >= 0x80 {
		err = refusedLogin(answer.ReasonCode)
	} else if err != nil {
		err = c.answerError(err)
	}
	if err != nil {
		l.lose(err)
		return nil, err
	}
	return l, nil
}

func (o *Opts) connectPacket() (*paho.Connect, error) {
	size, window := uint32(maxPacket), uint16(receiveMax)
	p := &paho.Connect{
		ClientID: o.ClientID, CleanStart: true, KeepAlive: keepAlive,
		Properties: &paho.ConnectProperties{MaximumPacketSize: &size, ReceiveMaximum: &window},
	}
	if w := o.Will; w.Topic != "" {
		p.WillMessage = &paho.WillMessage{Topic: w.Topic, Payload: w.Payload, Retain: w.Retain, QoS: w.QoS}
		p.WillProperties = &paho.WillProperties{}
	}
	if o.Login != nil {
		username, password, err := o.Login()
		if err != nil {
			return nil, fmt.Errorf("login: %w", err)
		}
		p.Username, p.UsernameFlag, p.Password, p.PasswordFlag = username, true, []byte(password), true
	}
	return p, nil
}

// hangUp ends the link without another word: TLS might wait to say it.
func (l *link) hangUp() { l.tcp.Close() }

// publish sends a message. It returns why the broker refuses it, and false if the link is of no more use.
func (l *link) publish(ctx context.Context, m Message) (refusal error, ok bool) {
	p := &paho.Publish{Topic: m.Topic, Payload: m.Payload, Retain: m.Retain, QoS: m.QoS}
	if m.Expiry > 0 {
		seconds := uint32(max(1, m.Expiry.Round(time.Second)/time.Second))
		p.Properties = &paho.PublishProperties{MessageExpiry: &seconds}
	}
	answer, err := l.client.Publish(ctx, p)
	if answer != nil && answer.ReasonCode >= 0x80 {
		return refusedTopic("publish "+m.Topic, answer.ReasonCode), true
	}
	return l.check(err)
}

// subscribe returns why the broker refuses filters, as far as it says so.
func (c *Conn) subscribe(l *link) {
	var p paho.Subscribe
	for _, s := range c.opts.Subscribe { // QoS 0: of QoS 1 mosquitto drops what is beyond 1,000 messages; 900 walls have 1,800
		p.Subscriptions = append(p.Subscriptions, paho.SubscribeOptions{Topic: s.Filter, NoLocal: s.NoLocal})
	}
	if len(p.Subscriptions) == 0 {
		return
	}
	answer, err := l.client.Subscribe(l.ctx, &p)
	if answer == nil {
		refusal, _ := l.check(err)
		c.refuse("subscribe", refusal)
		return
	}
	for i, code := range answer.Reasons[:min(len(answer.Reasons), len(p.Subscriptions))] {
		if code >= 0x80 {
			filter := p.Subscriptions[i].Topic
			c.refuse(filter, refusedTopic("subscribe to "+filter, code))
		}
	}
}

// check says whether an error is of one request, or the link is of no more use.
func (l *link) check(err error) (refusal error, ok bool) {
	switch {
	case err == nil:
		return nil, true
	case errors.Is(err, paho.ErrInvalidArguments):
		return err, true
	case errors.Is(err, context.DeadlineExceeded):
		l.lose(fmt.Errorf("no answer within %v", ackTime))
	}
	select { // the library says why in a moment
	case <-l.ctx.Done():
	case <-time.After(connectTime):
		l.lose(err)
	}
	return nil, false
}

// A bounded connection ends when a packet is longer than was agreed on, for the library would
// reserve what the packet's header says; and when one was not asked for: some are its end.
type bounded struct {
	net.Conn
	sync.Mutex // the library holds it while it writes a packet

	header int // bytes of a header that were read: the type, then the length in sevens of bits
	left   int // bytes of the packet's body
}

// wanted are the types of packets that answer what is sent here.
const wanted = 1<<packets.CONNACK | 1<<packets.PUBLISH | 1<<packets.PUBACK | 1<<packets.SUBACK | 1<<packets.PINGRESP | 1<<packets.DISCONNECT

func (b *bounded) Read(p []byte) (int, error) {
	if b.header == 0 && b.left > 0 {
		n, err := b.Conn.Read(p[:min(len(p), b.left)])
		b.left -= n
		return n, err
	}
	n, err := b.Conn.Read(p[:min(len(p), 1)])
	if n == 0 {
		return n, err
	}
	if b.header == 0 && 1<<(p[0]>>4)&wanted == 0 {
		return 0, errors.New("it sent a packet that was not asked for")
	}
	if b.header > 0 {
		b.left |= int(p[0]&0x7f) << (7 * (b.header - 1))
	}
	b.header++
	if b.left > maxPacket || b.header > 5 {
		return 0, fmt.Errorf("it sent a packet of more than %d KiB", maxPacket>>10)
	}
	if b.header > 1 && p[0] < 0x80 {
		b.header = 0
	}
	return n, err
}

// noAuth is there since the library calls it, unasked, when a broker names a method.
type noAuth struct{}

func (noAuth) Authenticate(a *paho.Auth) *paho.Auth { return a }
func (noAuth) Authenticated()                       {}

const (
	usualPause    = time.Second / 2
	maxPause      = time.Minute // between connections that do not last
	minLoginPause = time.Minute
	maxLoginPause = 5 * time.Minute
	manyShort     = 3 // connections in a row that do not last: an error of its own
)

// pauses say how long to wait for the next connection.
type pauses struct {
	login time.Duration // after the last refused login; 0: it was not refused
	short int           // connections in a row that did not last
}

// failed takes in that no connection was made; nil: one was.
func (p *pauses) failed(err error) {
	if r, ok := err.(refusedLogin); ok && r != unavailable && r != busy {
		p.login = min(max(2*p.login, minLoginPause), maxLoginPause)
	} else {
		p.login = 0
	}
}

// ended takes in that a connection ended. Two clients with one id throw each other out: some
// brokers say so, of mosquitto 2.0.11 one sees only connections that do not last.
func (p *pauses) ended(lasted bool) {
	if !lasted {
		p.short = min(p.short+1, 10)
	}
}

func (p *pauses) next() time.Duration {
	return max(p.login, min(usualPause<<max(p.short-1, 0), maxPause))
}

// long is how long the next connection has to last. It grows with the pause: two clients
// that wait for each other would else be taken for well.
func (p *pauses) long() time.Duration { return 2 * p.next() }
