package mqtt_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	server "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// A broker is one in this process. What its fields forbid it refuses.
type broker struct {
	*server.Server
	server.HookBase
	addr string
	stop func() // as when it is killed: nothing is kept

	mu       sync.Mutex
	password string         // that clients need; "": none
	refused  []string       // topics and filters
	seen     []mqtt.Message // what was published to it
	connects map[string]int // by client id
}

func newBroker(t testing.TB, l net.Listener) *broker {
	t.Helper()
	b := &broker{addr: l.Addr().String(), connects: map[string]int{}}
	b.Server = server.New(&server.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := b.AddHook(b, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.AddListener(listeners.NewNet("test", l)); err != nil {
		t.Fatal(err)
	}
	if err := b.Serve(); err != nil {
		t.Fatal(err)
	}
	b.stop = func() { // Server.Close of mochi has a data race with connections that begin
		l.Close()
		for _, cl := range b.Clients.GetAll() {
			cl.Stop(nil)
		}
	}
	t.Cleanup(b.stop)
	return b
}

func (b *broker) ID() string           { return "test" }
func (b *broker) Provides(h byte) bool { return h != server.OnPacketEncode }
func (b *broker) Stop() error          { return nil }

func (b *broker) OnConnectAuthenticate(cl *server.Client, pk packets.Packet) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.connects[pk.Connect.ClientIdentifier]++
	return b.password == string(pk.Connect.Password)
}

func (b *broker) OnACLCheck(cl *server.Client, topic string, write bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !slices.Contains(b.refused, topic)
}

func (b *broker) OnPublished(cl *server.Client, pk packets.Packet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, mqtt.Message{
		Topic: pk.TopicName, Payload: bytes.Clone(pk.Payload), Retain: pk.FixedHeader.Retain, QoS: pk.FixedHeader.Qos,
		Expiry: time.Duration(pk.Properties.MessageExpiryInterval) * time.Second,
	})
}

// refuse forbids topics and filters.
func (b *broker) refuse(topics ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = topics
}

// payloads lists what was published to a topic.
func (b *broker) payloads(topic string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, m := range b.seen {
		if m.Topic == topic {
			all = append(all, string(m.Payload))
		}
	}
	return strings.Join(all, " ")
}

// retained returns what the broker holds of a topic.
func (b *broker) retained(topic string) string {
	for _, p := range b.Topics.Messages(topic) {
		return string(p.Payload)
	}
	return ""
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A client is a mqtt.Conn that runs, and what it told.
type client struct {
	*mqtt.Conn
	stop func() // ends Run and waits for it

	mu       sync.Mutex
	told     []string // what Changed was called with
	received []mqtt.Message
}

// run starts a client. It ends with the test at the latest.
func run(t testing.TB, o mqtt.Opts) *client {
	t.Helper()
	c := &client{}
	o.Changed = func(err error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		text := "ok"
		if err != nil {
			text = err.Error()
		}
		c.told = append(c.told, text)
	}
	o.Received = func(m mqtt.Message) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.received = append(c.received, m)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	conn := mqtt.New(o)
	c.Conn = conn
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		conn.Run(ctx)
		close(done)
	}()
	c.stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(c.stop)
	return c
}

// said returns what Changed was called with, one call a line.
func (c *client) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.told, "\n")
}

// last returns the last payload that came.
func (c *client) last() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.received) == 0 {
		return ""
	}
	return string(c.received[len(c.received)-1].Payload)
}

// eventually waits until get returns what is wanted.
func eventually(t testing.TB, within time.Duration, want string, get func() string) {
	t.Helper()
	got := get()
	for end := time.Now().Add(within); got != want && time.Now().Before(end); got = get() {
		time.Sleep(5 * time.Millisecond)
	}
	if got != want {
		t.Fatalf("after %v: got %q, want %q", within, got, want)
	}
}
