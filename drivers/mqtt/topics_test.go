package mqtt_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// What the broker refuses stays an error until it is accepted, or until the next connect.
func TestRefusedTopic(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	p := newProxy(t, b.addr)
	b.refuse("shop/state", "shop/#")
	c := run(t, mqtt.Opts{
		Broker: "mqtt://" + p.addr, ClientID: "counter", Subscribe: []mqtt.Subscription{{Filter: "shop/#"}, {Filter: "other/#"}},
	})
	text := func() string { return strings.ReplaceAll(fmt.Sprint(c.Err()), p.addr, "ADDR") }
	subscribe, publish := "broker ADDR: not authorized to subscribe to shop/# (hint: the broker's ACL decides)", "broker ADDR: not authorized to publish shop/state (hint: the broker's ACL decides)"
	eventually(t, 3*time.Second, subscribe, text)
	c.state("1")
	c.Set(mqtt.Message{Topic: "shop/text", Payload: []byte("1"), Retain: true, QoS: 1})
	eventually(t, 3*time.Second, "1", func() string { return b.retained("shop/text") })
	b.refuse("shop/state") // the subscription is asked for again at the next connect
	eventually(t, 0, subscribe, text)
	p.cut()
	p.heal()
	eventually(t, 3*time.Second, publish, text)
	b.refuse()
	time.Sleep(50 * time.Millisecond)
	eventually(t, 0, publish, text)
	c.state("2")
	eventually(t, 3*time.Second, "<nil>", text)
	b.refuse("shop/state")
	c.state("3")
	eventually(t, 3*time.Second, publish, text)
	b.refuse()
	p.cut()
	p.heal()
	eventually(t, 3*time.Second, "3", func() string { return b.retained("shop/state") })
	eventually(t, 3*time.Second, "<nil>", text)
}

// What is received is bounded and clean.
func TestReceived(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	from := run(t, mqtt.Opts{Broker: "mqtt://" + b.addr, ClientID: "counter"})
	to := run(t, mqtt.Opts{Broker: "mqtt://" + b.addr, ClientID: "wall", Subscribe: []mqtt.Subscription{{Filter: "shop/#"}}})
	eventually(t, 3*time.Second, "okok", func() string { return from.said() + to.said() })
	from.state(strings.Repeat("x", 64<<10))
	eventually(t, 3*time.Second, fmt.Sprint(64<<10), func() string { return fmt.Sprint(len(to.last())) })
	from.state(strings.Repeat("x", 64<<10+9)) // it is cut so that who takes it sees that it is too long
	eventually(t, 3*time.Second, fmt.Sprint(64<<10+1), func() string { return fmt.Sprint(len(to.last())) })
	from.state(strings.Repeat("x", 1<<20)) // the broker does not send it
	from.Set(mqtt.Message{Topic: "shop/\u202e\x07", Payload: []byte("clean")})
	eventually(t, 3*time.Second, "clean", to.last)
	to.mu.Lock()
	if got, want := to.received[len(to.received)-1].Topic, `shop/\u202e\x07`; got != want {
		t.Errorf("topic: got %q, want %q", got, want)
	}
	to.mu.Unlock()
	from.Set(mqtt.Message{Topic: "shop/state", Payload: []byte("42"), QoS: 1, Expiry: 90 * time.Second})
	eventually(t, 3*time.Second, "42", to.last)
	eventually(t, time.Second, "<nil>", func() string { return fmt.Sprint(to.Err()) })
	to.mu.Lock()
	if got, want := to.received[len(to.received)-1].Expiry, 90*time.Second; got != want {
		t.Errorf("expiry: got %v, want %v", got, want)
	}
	to.mu.Unlock()
	if got := to.said(); strings.Contains(got, "connection") {
		t.Errorf("the connection was lost: %s", got)
	}
}

// With NoLocal a client does not hear itself, but others.
func TestNoLocal(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	o := mqtt.Opts{Broker: "mqtt://" + b.addr, ClientID: "one", Subscribe: []mqtt.Subscription{{Filter: "shop/state", NoLocal: true}}}
	one := run(t, o)
	eventually(t, 3*time.Second, "ok", one.said)
	one.state("own")
	eventually(t, 3*time.Second, "own", func() string { return b.retained("shop/state") })
	o.ClientID = "two"
	two := run(t, o)
	eventually(t, 3*time.Second, "own", two.last)
	two.state("other")
	eventually(t, 3*time.Second, "other", one.last)
	one.mu.Lock()
	defer one.mu.Unlock()
	if len(one.received) != 1 {
		t.Errorf("got %d messages, want 1", len(one.received))
	}
}

// Two clients with one id throw each other out, but less and less often, and both say why. A
// broker that does not say it is seen by connections that do not last.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	one := wall(t, b.addr)
	eventually(t, 3*time.Second, "ok", one.said)
	two := wall(t, b.addr)
	hint := `has another client the id "wall"? (hint: a copied SD card has the name of the first)`
	taken := "ok\nbroker " + b.addr + ": it ended the connection: session taken over (0x8e); " + hint
	for _, c := range []*client{one, two} {
		eventually(t, 3*time.Second, "true", func() string { return strconv.FormatBool(strings.HasPrefix(c.said(), taken)) })
	}
	time.Sleep(6 * time.Second)
	b.mu.Lock()
	if got, most := b.connects["wall"], 12; got > most {
		t.Errorf("got %d connections, want at most %d", got, most)
	}
	b.mu.Unlock()

	silent := answer(t, "\x20\x03\x00\x00\x00")
	three := run(t, mqtt.Opts{Broker: "mqtt://" + silent.Addr().String(), ClientID: "wall"})
	want := "broker " + silent.Addr().String() + ": it ended the connection"
	eventually(t, 6*time.Second, "ok\n"+want+"\nok\n"+want+"\nok\n"+want+"; "+hint, three.said)
}

// Login and CA file are read anew at each connect, and no secret is in what is told.
func TestReadAnew(t *testing.T) {
	t.Parallel()
	a := newCA(t)
	l := a.listen(t, "127.0.0.1", time.Now().AddDate(1, 0, 0))
	b := newBroker(t, l)
	b.password = "secret2"
	p := newProxy(t, b.addr)
	good, err := os.ReadFile(a.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var n atomic.Int32
	c := run(t, mqtt.Opts{Broker: "mqtts://" + p.addr, CAFile: a.file, Login: func() (string, string, error) {
		return "user1", fmt.Sprint("secret", n.Add(1)), nil
	}})
	eventually(t, 3*time.Second, "broker "+p.addr+": CA file "+a.file+": holds no PEM certificate", c.said)
	if n.Load() == 1 {
		if err := os.WriteFile(a.file, good, 0o644); err != nil {
			t.Fatal(err)
		}
		eventually(t, 3*time.Second, "<nil>", func() string { return fmt.Sprint(c.Err()) })
	}
	p.cut()
	p.heal()
	eventually(t, 3*time.Second, "true", func() string { return fmt.Sprint(strings.Contains(c.said(), "refuses the login")) })
	if got := c.said(); strings.Contains(got, "secret") || strings.Contains(got, "user1") {
		t.Errorf("a secret is told: %s", got)
	}
}

// At a connect the topics come in the order in which they were first set: what says that a state is
// good comes after the state.
func TestOrder(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	p := newProxy(t, b.addr)
	c := run(t, mqtt.Opts{Broker: "mqtt://" + p.addr, ClientID: "counter"})
	c.Set(mqtt.Message{Topic: "shop/state", QoS: 1})
	c.Set(mqtt.Message{Topic: "shop/leader", QoS: 1})
	order := func() (all string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, m := range b.seen {
			all += strings.TrimPrefix(m.Topic, "shop/") + " "
		}
		return all
	}
	eventually(t, 3*time.Second, "state leader ", order)
	p.cut()
	p.heal()
	eventually(t, 3*time.Second, "state leader state leader ", order)
}

// What is left of an expiry may be less than a second; that is not for ever.
func TestLastSecond(t *testing.T) {
	t.Parallel()
	l := answer(t, "\x20\x03\x00\x00\x00\x31\x0a\x00\x01a\x05\x02\x00\x00\x00\x00x") // CONNACK, PUBLISH
	c := run(t, mqtt.Opts{Broker: "mqtt://" + l.Addr().String(), ClientID: "wall"})
	eventually(t, 3*time.Second, "x", c.last)
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := c.received[0].Expiry; got <= 0 || got >= time.Second {
		t.Errorf("got expiry %v, want more than 0 and less than 1 s", got)
	}
}
