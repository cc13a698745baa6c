package fleet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	server "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/wall"
	"github.com/fridaycounter/fridaycounter/schema"
)

// openDoor lets everybody do everything.
type openDoor struct{ server.HookBase }

func (*openDoor) ID() string { return "test" }
func (*openDoor) Provides(h byte) bool {
	return h == server.OnConnectAuthenticate || h == server.OnACLCheck
}
func (*openDoor) OnConnectAuthenticate(*server.Client, packets.Packet) bool { return true }
func (*openDoor) OnACLCheck(*server.Client, string, bool) bool              { return true }

// serve runs a broker in this process, and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := server.New(&server.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := b.AddHook(new(openDoor), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.AddListener(listeners.NewNet("test", l)); err != nil {
		t.Fatal(err)
	}
	if err := b.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return "mqtt://" + l.Addr().String()
}

// An observer is another client of the broker.
type observer struct {
	*mqtt.Conn
	t    *testing.T
	mu   sync.Mutex
	last map[string]mqtt.Message // by topic
	n    map[string]int
}

func observe(t *testing.T, broker string) *observer {
	t.Helper()
	o := &observer{t: t, last: map[string]mqtt.Message{}, n: map[string]int{}}
	conn := mqtt.New(mqtt.Opts{Broker: broker, ClientID: "observer-" + rand.Text(), Subscribe: []mqtt.Subscription{{Filter: "#"}}, Received: o.received, Now: time.Now})
	o.Conn = conn
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { conn.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return o
}

func (o *observer) received(m mqtt.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last[m.Topic] = m
	o.n[m.Topic]++
}

// text returns the last message of a topic.
func (o *observer) text(topic string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.last[topic].Payload)
}

// count returns how many messages of a topic came.
func (o *observer) count(topic string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.n[topic]
}

func (o *observer) state() (s message) {
	_ = json.Unmarshal([]byte(o.text("shop/state")), &s) // "" is no state
	return s
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// start runs a publisher as the engine does, and returns it with its slot's display.
func start(t *testing.T, host string, o schema.Publish) (*Publisher, glass.Display) {
	t.Helper()
	p := New(Options{Open: new(sources.Opener), Clock: time.Now, Host: Host{host, "id"}})
	slots := p.Slots(schema.Display{MQTT: &o})
	display, err := slots[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	t.Cleanup(func() { _ = display.Halt(); stop(); running.Wait() })
	return p, display
}

func publish(broker string) schema.Publish {
	return schema.Publish{MQTT: schema.MQTT{Broker: broker, Topic: "shop"}, Text: true}
}

func TestPublisher(t *testing.T) {
	broker := serve(t)
	o := observe(t, broker)
	options := publish(broker)
	options.Discovery, options.Frames = new(schema.Discovery), []string{"16x8"}
	p, display := start(t, "pi", options)
	status := shop(t)
	p.Update(*status)
	eventually(t, "the state", func() bool { return o.state().Seq == 1 })
	first := o.state()
	if first.Host != "pi" || first.Policy != status.Policy.Config.Hash || len(first.Facts) != 64 || first.Boot == "" || time.Since(first.At) > time.Minute {
		t.Errorf("got %+v", first.State)
	}
	for topic, want := range map[string]string{"shop/leader": "online", "shop/text": "5"} {
		eventually(t, topic, func() bool { return o.text(topic) == want })
	}
	eventually(t, "the frame", func() bool { return strings.Contains(o.text("shop/frame/16x8"), "######") })
	count := func() int { return o.count("shop/frame/16x8") }
	before := count()
	time.Sleep(1200 * time.Millisecond)
	if count() != before {
		t.Error("the same frame is published again and again")
	}
	status.Known[0].Good = status.Known[0].Good.Add(time.Minute)
	p.Update(*status)
	eventually(t, "the same frame after a poll, before it expires", func() bool { return count() == before+1 })
	eventually(t, "discovery", func() bool { return o.text("homeassistant/binary_sensor/shop/config") != "" })
	late := observe(t, broker) // it gets what is retained
	eventually(t, "the retained state", func() bool { return late.state().Seq == 2 })
	late.mu.Lock()
	for topic, m := range late.last {
		expires := m.Expiry > 230*time.Second && m.Expiry <= 240*time.Second
		if forever := strings.HasSuffix(topic, "leader") || strings.HasSuffix(topic, "config"); !m.Retain || expires == forever {
			t.Errorf("%s: retained %v, expires in %v", topic, m.Retain, m.Expiry)
		}
	}
	late.mu.Unlock()
	if err := display.Show(led.Picture{}); err != nil {
		t.Errorf("all is well: %v", err)
	}
	if err := display.Halt(); err != nil {
		t.Error(err)
	}
	for topic, want := range map[string]string{"shop/leader": "offline", "shop/text": "5?"} {
		eventually(t, topic, func() bool { return late.text(topic) == want })
	}
	eventually(t, "the frame marked stale", func() bool {
		row, _, _ := strings.Cut(strings.TrimPrefix(late.text("shop/frame/16x8"), `{"v":1,"rows":["`), `"`)
		return len(row) == 16 && row[15] == '#'
	})
	if p.Walls() != nil {
		t.Error("it lists walls after the end")
	}
	again := p.open(options) // as after a reload
	defer again.Halt()
	eventually(t, "all of it again", func() bool { return late.state().Seq == 3 && late.text("shop/leader") == "online" })
}

// A state follows each status of the loop: after each change and each poll.
func TestPublisherRepeats(t *testing.T) {
	broker := serve(t)
	o := observe(t, broker)
	p, _ := start(t, "pi", publish(broker))
	status := shop(t)
	seq := uint64(0)
	for _, c := range []struct {
		name   string
		change func()
	}{
		{"the first", func() {}},
		{"the same", func() {}},
		{"judged again", func() { status.Verdict.At = status.Verdict.At.Add(time.Second) }},
		{"another display is broken", func() { status.Faulty = []string{"web"} }},
		{"a poll that brings nothing", func() {
			status.Known = []source.Known{{Key: status.Known[0].Key, Good: status.Known[0].Good.Add(time.Minute)}}
		}},
		{"a poll that fails", func() { k := status.Known[0]; k.Failed = k.Good.Add(time.Minute); status.Known = []source.Known{k} }},
		{"it is stale", func() { status.Stale = true }},
		{"another text", func() { status.Pages = []schema.Page{{Text: "five", For: time.Second}} }},
		{"other facts", func() { status.Environments = shop(t).Environments; status.Environments[0].Deployments[0].ID = "8" }},
		{"another interval", func() { status.Every = time.Hour }},
	} {
		before := o.state()
		c.change()
		p.Update(*status)
		seq++
		eventually(t, fmt.Sprintf("%s: seq %d", c.name, seq), func() bool { return o.state().Seq == seq })
		after := o.state()
		texts := c.name == "the first" || c.name == "another text"
		if changed := !after.ShownSince.Equal(before.ShownSince); changed && !texts {
			t.Errorf("%s: shown since %v, before %v", c.name, after.ShownSince, before.ShownSince)
		}
		facts := c.name == "the first" || c.name == "other facts"
		if changed := !after.FactsSince.Equal(before.FactsSince); changed != facts {
			t.Errorf("%s: facts since %v, before %v", c.name, after.FactsSince, before.FactsSince)
		}
	}
}

// Home Assistant forgets what it discovered when it starts again.
func TestPublisherDiscoversAgain(t *testing.T) {
	broker := serve(t)
	o := observe(t, broker)
	options := publish(broker)
	options.Discovery = new(schema.Discovery)
	p, _ := start(t, "pi", options)
	status := shop(t)
	p.Update(*status)
	const topic = "homeassistant/sensor/shop/config"
	count := func() int { return o.count(topic) }
	eventually(t, "discovery", func() bool { return count() == 1 })
	status.Stale = true
	p.Update(*status)
	eventually(t, "another state, and no discovery", func() bool { return o.state().Seq == 2 && o.text("shop/leader") != "" })
	status.Every = time.Hour // it is in the configs
	p.Update(*status)
	eventually(t, "discovery of another interval", func() bool { return count() == 2 && strings.Contains(o.text(topic), "14400") })
	o.Set(mqtt.Message{Topic: "homeassistant/status", Payload: []byte("offline")})
	o.Set(mqtt.Message{Topic: "homeassistant/status", Payload: []byte("online")})
	eventually(t, "discovery again", func() bool { return count() == 3 })
}

// Two counters on one topic name each other, until one is gone; then the other is the leader.
func TestSecondCounter(t *testing.T) {
	broker := serve(t)
	o := observe(t, broker)
	status := shop(t)
	status.Every = time.Second
	one, display := start(t, "one", publish(broker))
	one.Update(*status)
	eventually(t, "the first counter's state", func() bool { return o.state().Host == "one" })
	two, second := start(t, "two", publish(broker))
	time.Sleep(50 * time.Millisecond)
	if err := second.Show(led.Picture{}); err != nil {
		t.Errorf("a retained state may be its own of before: %v", err)
	}
	two.Update(*status)
	want := "another counter, on two, publishes on shop beside this one, on one (hint"
	eventually(t, "the first names the second", func() bool {
		err := display.Show(led.Picture{})
		return err != nil && strings.HasPrefix(err.Error(), want)
	})
	eventually(t, "the second counter's state", func() bool { return o.state().Host == "two" })
	_ = second.Halt()
	eventually(t, "the first says that it is there, after its number", func() bool {
		return o.text("shop/leader") == "online" && o.state().Host == "one" && o.text("shop/text") == "5"
	})
	eventually(t, "the first is well", func() bool { return display.Show(led.Picture{}) == nil })
}

// What is published while the display halts does not make the text fresh again.
func TestHaltWhilePublishing(t *testing.T) {
	broker := serve(t)
	o := observe(t, broker)
	var p *Publisher
	var halting atomic.Bool
	clock := func() time.Time { // what is published next waits for the halt, for a moment
		for end := time.Now().Add(20 * time.Millisecond); halting.Load() && p.link.Load() != nil && time.Now().Before(end); {
			time.Sleep(10 * time.Microsecond)
		}
		return time.Now()
	}
	p = New(Options{Open: new(sources.Opener), Clock: clock, Host: Host{"pi", "id"}})
	p.Update(*shop(t))
	for range 10 {
		display := p.open(publish(broker))
		p.publish()
		eventually(t, "the text", func() bool { return o.text("shop/leader") == "online" && o.text("shop/text") == "5" })
		halting.Store(true)
		var publishing sync.WaitGroup
		publishing.Go(p.publish)
		time.Sleep(time.Millisecond)
		_ = display.Halt()
		publishing.Wait()
		halting.Store(false)
		eventually(t, "the end", func() bool { return o.text("shop/leader") == "offline" })
		if got := o.text("shop/text"); got != "5?" {
			t.Fatalf("got text %q at the end, want 5?", got)
		}
	}
}

// What walls say is listed, and one that shows something else is an error that names both.
func TestPublisherWalls(t *testing.T) {
	broker := serve(t)
	o := observe(t, broker)
	p, display := start(t, "pi", publish(broker))
	p.Update(*shop(t))
	eventually(t, "the state", func() bool { return o.state().Seq == 1 })
	s := o.state().State
	say := func(name string, change func(*wall.Shown)) {
		shown := wall.Shown{V: 1, Boot: s.Boot, Seq: s.Seq, Policy: s.Policy, Facts: s.Facts, At: s.At, Text: "5", Since: s.At}
		change(&shown)
		data, _ := json.Marshal(shown)
		o.Set(mqtt.Message{Topic: "shop/wall/" + name + "/status", Payload: []byte("online"), Retain: true, QoS: 1})
		o.Set(mqtt.Message{Topic: "shop/wall/" + name + "/shown", Payload: data, Retain: true, QoS: 1})
	}
	states := func() (text string) {
		for _, w := range p.Walls() {
			text += w.Name + " " + w.State + "\n"
		}
		return text
	}
	say("a", func(*wall.Shown) {})
	eventually(t, "a wall", func() bool { return states() == "a online\n" })
	if err := display.Show(led.Picture{}); err != nil {
		t.Errorf("all is well: %v", err)
	}
	say("b", func(s *wall.Shown) { s.Policy = "another" })
	eventually(t, "a diverged wall", func() bool { return states() == "a online\nb diverged\n" })
	if err := display.Show(led.Picture{}); err == nil || !strings.HasPrefix(err.Error(), "wall b shows something else than this counter, on pi, published") {
		t.Errorf("got %v", err)
	}
	o.Set(mqtt.Message{Topic: "shop/wall/b/status", Retain: true, QoS: 1})
	eventually(t, "b is forgotten", func() bool { return states() == "a online\n" })
}

func TestPublisherBrokerAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, display := start(t, "pi", publish("mqtt://"+address))
	eventually(t, "an error", func() bool {
		err := display.Show(led.Picture{})
		return err != nil && strings.Contains(err.Error(), address) && strings.Contains(err.Error(), "connection refused")
	})
}

// A policy that says the same keeps the connection, and another one makes it anew.
func TestSlotKey(t *testing.T) {
	p := New(Options{})
	key := func(change func(*schema.Publish)) any {
		o := publish("mqtt://localhost")
		o.Auth = &struct {
			Username string
			Password schema.Credential
		}{"u", schema.Credential{File: "f"}}
		change(&o)
		return p.Slots(schema.Display{MQTT: &o})[0].Key
	}
	same := key(func(*schema.Publish) {})
	if key(func(*schema.Publish) {}) != same {
		t.Error("evaluated again it has another key")
	}
	for name, change := range map[string]func(*schema.Publish){
		"password": func(o *schema.Publish) { o.Auth.Password.File = "g" },
		"text":     func(o *schema.Publish) { o.Text = false },
		"frames":   func(o *schema.Publish) { o.Frames = []string{"8x8"} },
	} {
		if key(change) == same {
			t.Errorf("another %s has the same key", name)
		}
	}
	if p.Slots(schema.Display{}) != nil {
		t.Error("a slot without mqtt")
	}
}
