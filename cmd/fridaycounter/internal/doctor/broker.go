package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/fleet"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/wall"
	"github.com/fridaycounter/fridaycounter/schema"
)

// checkWall reads a wall.cue as run does. For the checks after it, it is a policy without sources.
func (d *doctor) checkWall(ctx context.Context, file []byte) Finding {
	w, err := policyfile.Evaluator().Wall(ctx, d.Policy, file)
	if err != nil {
		return failure("fridaycounter vet "+d.Policy, "it is refused: %v", err).skipping("there is no policy")
	}
	config := &schema.Config{Timezone: w.Timezone, Display: w.Display, Brightness: w.Brightness, Package: w.Package, Hash: w.Hash}
	if d.policy, err = engine.NewPolicy(config, filepath.Dir(d.Policy)); err != nil {
		return failure("fridaycounter vet "+d.Policy, "%v", err).skipping("there is no policy")
	}
	d.wall = w
	if f, ok := d.unreadable(d.Policy, "sudo chmod a+r %s"); ok {
		return f
	}
	return okay("%s, SHA-256 %.12s: a wall that shows what is published on %s", d.Policy, w.Hash, w.Source.Topic)
}

// brokerTime is how long a connection is watched: one that another client takes over ends earlier.
const brokerTime = 1500 * time.Millisecond

// A broker is the one that the policy names, as this machine talks to it.
type broker struct {
	schema.MQTT
	id     string // of the client
	own    bool   // it is that of run: a client that is connected with it will take it back
	prove  string // topic on which publishing changes nothing; "": none
	reads  []string
	leader string // what is retained there
	host   string // of the counter that published last
}

// broker returns the broker of the policy; nil: it has none.
func (d *doctor) broker(ctx context.Context) *broker {
	self := fleet.Self()
	switch {
	case d.wall != nil:
		w := &d.wall.Source
		name := cmp.Or(w.Name, self.Name)
		b := &broker{MQTT: w.MQTT, id: name, own: true, prove: "wall/" + name + "/status", reads: []string{"leader", "state"}}
		if state, _ := d.Machine.service(ctx); state == "active" { // it would be thrown out
			b.id, b.own, b.prove = name+"-doctor", false, ""
		}
		return b
	case d.policy != nil && d.policy.Config.Display.MQTT != nil:
		m := d.policy.Config.Display.MQTT.MQTT
		return &broker{MQTT: m, id: self.ClientID(m.Topic) + "-doctor", prove: "leader", reads: []string{"leader", "state", "wall/#"}}
	}
	return nil
}

// checkBroker connects as run does, reads, and publishes what changes nothing.
func (d *doctor) checkBroker(ctx context.Context) Finding {
	b := d.broker(ctx)
	if b == nil {
		return Finding{}
	}
	t := d.target(&schema.Source{Kind: "mqtt"})
	if a := b.Auth; a != nil {
		t.source.Auth.Basic = &struct {
			Username string
			Password schema.Credential
		}{a.Username, a.Password}
		if f := t.checkCredential(ctx); f.Result != OK {
			return f
		}
	}
	file := filepath.Base(d.Policy)
	lost, err := b.try(ctx, &t.open)
	switch {
	case lost && b.own:
		return failure("give each wall a name: source: mqtt: name in wall.cue, or the machine's; or stop the wall that runs here",
			"another client is connected to %s with the id %s", b.Broker, b.id)
	case err != nil:
		return failure("correct broker, auth or ca_file in "+file+", or the users and the ACL of the broker", "%v", err)
	case d.wall == nil && b.leader == "online" && b.host != fleet.Self().Name:
		return warning("give each counter a topic of its own", "a counter on %s publishes on %s of %s", b.host, b.Topic, b.Broker)
	case b.prove == "":
		return okay("%s lets %s read; the wall that runs here is connected, and its log says whether it may publish", b.Broker, b.user())
	}
	return okay("%s lets %s read and publish", b.Broker, b.user())
}

func (b *broker) user() string {
	if b.Auth == nil {
		return "everybody"
	}
	return b.Auth.Username
}

// try connects and watches the connection. lost says that it was made, and ended.
func (b *broker) try(ctx context.Context, open *sources.Opener) (lost bool, err error) {
	ctx, stop := context.WithTimeout(ctx, 3*brokerTime)
	opts, news := fleet.Broker(b.MQTT, open), make(chan error, 16)
	opts.ClientID = b.id
	for _, name := range b.reads {
		opts.Subscribe = append(opts.Subscribe, mqtt.Subscription{Filter: b.Topic + "/" + name, NoLocal: true})
	}
	var mu sync.Mutex // over what is received
	opts.Received = func(m mqtt.Message) {
		mu.Lock()
		defer mu.Unlock()
		b.received(m)
	}
	opts.Changed = func(err error) {
		select {
		case news <- err:
		default:
		}
	}
	conn, err := mqtt.New(opts)
	if err != nil {
		stop()
		return false, err
	}
	var running sync.WaitGroup
	running.Go(func() { conn.Run(ctx) })
	defer running.Wait()
	defer stop()

	if err = <-news; err != nil { // connecting takes 2 s at most
		return false, err
	}
	heard, watched := time.After(brokerTime/3), time.After(brokerTime)
	for {
		select {
		case err = <-news:
			if err != nil {
				return strings.Contains(err.Error(), "ended the connection"), err
			}
		case <-heard:
			mu.Lock()
			payload := "offline" // so it is, or it holds something already
			if b.prove == "leader" {
				payload = cmp.Or(b.leader, payload)
			}
			mu.Unlock()
			if b.prove != "" {
				conn.Set(mqtt.Message{Topic: b.Topic + "/" + b.prove, Payload: []byte(payload), Retain: true, QoS: 1})
			}
		case <-watched:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// received takes in what is known of the counter.
func (b *broker) received(m mqtt.Message) {
	switch m.Topic {
	case b.Topic + "/leader":
		if b.leader = "offline"; string(m.Payload) == "online" {
			b.leader = "online"
		}
	case b.Topic + "/state":
		var s wall.State
		if json.Unmarshal(m.Payload, &s) == nil {
			b.host = source.TextOf(s.Host, 64)
		}
	}
}
