package mqtt_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// leader is a client that publishes two topics.
func leader(t testing.TB, addr string) *client {
	t.Helper()
	c := run(t, mqtt.Opts{
		Broker: "mqtt://" + addr, ClientID: "counter", Will: mqtt.Message{Topic: "shop/leader", Payload: []byte("offline"), Retain: true, QoS: 1},
	})
	c.Set(mqtt.Message{Topic: "shop/leader", Payload: []byte("online"), Retain: true, QoS: 1})
	c.Set(mqtt.Message{Topic: "shop/state", Payload: []byte("0"), Retain: true, QoS: 1})
	return c
}

func (c *client) state(text string) {
	c.Set(mqtt.Message{Topic: "shop/state", Payload: []byte(text), Retain: true, QoS: 1})
}

func wall(t testing.TB, addr string) *client {
	t.Helper()
	return run(t, mqtt.Opts{Broker: "mqtt://" + addr, ClientID: "wall", Subscribe: []mqtt.Subscription{{Filter: "shop/state"}}})
}

// While there is no connection only the newest message of a topic waits.
func TestNewestOnly(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	p := newProxy(t, b.addr)
	c := leader(t, p.addr)
	eventually(t, 3*time.Second, "0", func() string { return b.retained("shop/state") })
	p.cut()
	eventually(t, 3*time.Second, "false", func() string { return fmt.Sprint(c.Err() == nil) })
	for i := range 1000 {
		c.state(fmt.Sprint("burst", i))
	}
	p.heal()
	eventually(t, 3*time.Second, "burst999", func() string { return b.retained("shop/state") })
	eventually(t, time.Second, "<nil>", func() string { return fmt.Sprint(c.Err()) })
	if got, want := b.payloads("shop/state"), "0 burst999"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A broker that was killed and has lost everything has it again within 3 s.
func TestBrokerLosesAll(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	p := newProxy(t, b.addr)
	from, to := leader(t, p.addr), wall(t, p.addr)
	eventually(t, 3*time.Second, "0", to.last)
	p.cut()
	b.stop()
	time.Sleep(1200 * time.Millisecond) // two attempts
	from.state("1")
	b2 := newBroker(t, listen(t))
	p.mu.Lock()
	p.target = b2.addr
	p.mu.Unlock()
	p.heal()
	eventually(t, 3*time.Second, "online 1", func() string { return b2.retained("shop/leader") + " " + b2.retained("shop/state") })
	eventually(t, 3*time.Second, "1", to.last)
}

// A message that is published again is not younger than it is, and an expired one is not published.
func TestExpiry(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	p := newProxy(t, b.addr)
	var later atomic.Int64
	c := run(t, mqtt.Opts{Broker: "mqtt://" + p.addr, Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
	for _, m := range []mqtt.Message{
		{Topic: "hour", Payload: []byte("x"), QoS: 1, Expiry: time.Hour},
		{Topic: "minute", Payload: []byte("x"), QoS: 1, Expiry: time.Minute},
		{Topic: "never", Payload: []byte("x"), QoS: 1},
	} {
		c.Set(m)
		eventually(t, 3*time.Second, "x", func() string { return b.payloads(m.Topic) })
	}
	later.Store(int64(50 * time.Minute))
	p.cut()
	p.heal()
	eventually(t, 3*time.Second, "x x", func() string { return b.payloads("never") })
	b.mu.Lock()
	defer b.mu.Unlock()
	var got []string
	for _, m := range b.seen {
		got = append(got, m.Topic+" "+m.Expiry.Round(10*time.Second).String())
	}
	if got, want := strings.Join(got, ", "), "hour 1h0m0s, minute 1m0s, never 0s, hour 10m0s, never 0s"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever a network does, 3 s after it is well a wall has the newest message.
func TestHeals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		hurt func(near, far *proxy)
		ill  time.Duration // a stand-in for 30 s
	}{
		{"cut", func(near, far *proxy) { near.cut(); far.cut() }, 3 * time.Second},
		{"stalled", func(near, far *proxy) { near.stall(); far.stall() }, 3 * time.Second},
		{"dropped", func(near, far *proxy) { near.drop(); far.stall() }, 13 * time.Second}, // longer than a ping takes to be missed
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t, listen(t))
			near, far := newProxy(t, b.addr), newProxy(t, b.addr)
			from, to := leader(t, near.addr), wall(t, far.addr)
			eventually(t, 3*time.Second, "0", to.last)
			c.hurt(near, far)
			time.Sleep(c.ill / 2)
			from.state("1")
			time.Sleep(c.ill / 2)
			if c.ill > 12*time.Second && from.Err() == nil {
				t.Error("no error after a ping was missed")
			}
			near.heal()
			far.heal()
			eventually(t, 3*time.Second, "1", to.last)
			eventually(t, 3*time.Second, "<nil> <nil>", func() string { return fmt.Sprint(from.Err(), " ", to.Err()) })
		})
	}
}

// A line that is slow, and brings single bytes, changes nothing.
func TestSlowLine(t *testing.T) {
	t.Parallel()
	b := newBroker(t, listen(t))
	p := newProxy(t, b.addr)
	p.set(func() { p.delay, p.pieces = time.Millisecond, 1 })
	from, to := leader(t, p.addr), wall(t, p.addr)
	eventually(t, 5*time.Second, "0", to.last)
	p.set(func() { p.delay, p.pieces = 200*time.Millisecond, 0 })
	long := strings.Repeat("x", 60000)
	from.state(long)
	eventually(t, 5*time.Second, long, to.last)
	if got, want := from.said()+to.said(), "okok"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Run ends within about a second, whatever the broker does.
func TestEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		hurt func(*proxy)
	}{
		{"connected", func(*proxy) {}},
		{"stalled", (*proxy).stall},
		{"dropped", (*proxy).drop},
		{"cut", (*proxy).cut},
	} {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, early), func(t *testing.T) {
				t.Parallel()
				b := newBroker(t, listen(t))
				p := newProxy(t, b.addr)
				if early {
					c.hurt(p)
				}
				from := leader(t, p.addr)
				if !early {
					eventually(t, 3*time.Second, "0", func() string { return b.retained("shop/state") })
					c.hurt(p)
				} else {
					time.Sleep(100 * time.Millisecond)
				}
				// More than the buffers on the way take: even writing waits.
				for i := range 100 {
					from.Set(mqtt.Message{Topic: fmt.Sprint("shop/", i), Payload: bytes.Repeat([]byte("x"), 100_000)})
				}
				time.Sleep(100 * time.Millisecond)
				from.state("last")
				start := time.Now()
				from.stop()
				if d := time.Since(start); d > 1500*time.Millisecond {
					t.Errorf("it took %v", d)
				}
				if c.name == "connected" {
					eventually(t, time.Second, "offline last", func() string { return b.retained("shop/leader") + " " + b.retained("shop/state") })
				}
			})
		}
	}
}
