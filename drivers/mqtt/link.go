package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

const (
	connectTime = 2 * time.Second // for TCP, TLS and CONNECT; a lost SYN is sent again after 1 s
	ackTime     = 5 * time.Second
	keepAlive   = 5  // seconds
	receiveMax  = 64 // messages that the broker sends before the first is acknowledged
)

// A link is one connection that the broker accepted.
type link struct {
	client *paho.Client
	conn   net.Conn   // TCP
	lost   chan error // why it was lost, at most once
}

// connect makes a link.
func (c *Conn) connect(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	packet, err := c.opts.connectPacket()
	if err != nil {
		return nil, err
	}
	tcp, err := new(net.Dialer).DialContext(ctx, "tcp", c.broker.Host)
	if err != nil {
		return nil, dialError(err)
	}
	b := &bounded{Conn: tcp}
	if c.broker.Scheme == "mqtts" {
		roots, err := rest.Roots(c.opts.CAFile)
		if err != nil {
			tcp.Close()
			return nil, err
		}
		secure := tls.Client(tcp, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: c.broker.Hostname()})
		if err := secure.HandshakeContext(ctx); err != nil {
			tcp.Close()
			return nil, c.opts.tlsError(err)
		}
		b.Conn = secure
	}
	l := &link{conn: tcp, lost: make(chan error, 1)}
	l.client = paho.NewClient(paho.ClientConfig{
		ClientID: c.opts.ClientID, Conn: b, PacketTimeout: ackTime,
		OnPublishReceived:  []func(paho.PublishReceived) (bool, error){c.received},
		OnClientError:      l.lose,
		OnServerDisconnect: func(d *paho.Disconnect) { l.lose(disconnected(d.ReasonCode)) },
	})
	ack, err := l.client.Connect(ctx, packet)
	if ack != nil && ack.ReasonCode >= 0x80 {
		return nil, refusedLogin(ack.ReasonCode)
	}
	if err != nil {
		return nil, b.noAnswer(err)
	}
	return l, nil
}

func (o *Opts) connectPacket() (*paho.Connect, error) {
	size, window := uint32(maxPacket), uint16(receiveMax)
	p := &paho.Connect{
		ClientID: o.ClientID, CleanStart: true, KeepAlive: keepAlive,
		Properties: &paho.ConnectProperties{MaximumPacketSize: &size, ReceiveMaximum: &window, RequestProblemInfo: true},
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

// lose notes why the link was lost. The first reason counts.
func (l *link) lose(err error) {
	select {
	case l.lost <- err:
	default:
	}
}

// hangUp ends the link without another word. Closing what lies over TCP could wait.
func (l *link) hangUp() { l.conn.Close() }

// publish sends a message. It returns why the broker refused it, or why the link is of no more use.
func (l *link) publish(ctx context.Context, m Message) (refusal, err error) {
	p := &paho.Publish{Topic: m.Topic, Payload: m.Payload, Retain: m.Retain, QoS: m.QoS}
	if m.Expiry > 0 {
		seconds := uint32((m.Expiry + time.Second - 1) / time.Second)
		p.Properties = &paho.PublishProperties{MessageExpiry: &seconds}
	}
	answer, err := l.client.Publish(ctx, p)
	switch {
	case answer != nil && answer.ReasonCode >= 0x80:
		return refusedTopic("publish", m.Topic, answer.ReasonCode), nil
	case errors.Is(err, paho.ErrInvalidArguments):
		return fmt.Errorf("publish %s: %w", m.Topic, err), nil
	case err != nil:
		return nil, l.why(ctx, err)
	}
	return nil, nil
}

// subscribe asks for topics, as publish does.
func (l *link) subscribe(ctx context.Context, s Subscription) (refusal, err error) {
	answer, err := l.client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: s.Filter, QoS: 1, NoLocal: s.NoLocal}}})
	switch {
	case answer != nil && len(answer.Reasons) == 1 && answer.Reasons[0] >= 0x80:
		return refusedTopic("subscribe to", s.Filter, answer.Reasons[0]), nil
	case errors.Is(err, paho.ErrInvalidArguments):
		return fmt.Errorf("subscribe to %s: %w", s.Filter, err), nil
	case err != nil:
		return nil, l.why(ctx, err)
	}
	return nil, nil
}

// why says why a request failed: mostly because the link was lost, for a reason of its own.
func (l *link) why(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v", ackTime)
	}
	select {
	case err = <-l.lost:
	case <-ctx.Done():
	}
	return err
}

// A bounded connection ends when a packet is longer than was agreed on: the library would
// reserve as many bytes as the header of the packet says.
type bounded struct {
	net.Conn
	sync.Mutex // the library holds it while it writes a packet

	header int // bytes of a header that were read
	left   int // bytes of the packet's body
	any    bool
}

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
	b.any = true
	if b.header++; b.header == 1 { // the packet's type
		b.left = 0
		return n, err
	}
	b.left |= int(p[0]&0x7f) << (7 * (b.header - 2))
	if b.left > maxPacket || b.header > 5 {
		return 0, fmt.Errorf("it sent a packet of more than %d KiB", maxPacket>>10)
	}
	if p[0] < 0x80 {
		b.header = 0
	}
	return n, err
}
