package doctor

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/fleet"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// checkWall reads a wall.cue as run does. For the checks after it, it is a policy without sources.
func (d *doctor) checkWall(ctx context.Context, file []byte) Finding {
	w, err := policyfile.Evaluator().Wall(ctx, d.Policy, file)
	if err == nil {
		config := &schema.Config{Timezone: w.Timezone, Display: w.Display, Brightness: w.Brightness, Package: w.Package, Hash: w.Hash}
		d.policy, err = engine.NewPolicy(config, filepath.Dir(d.Policy))
	}
	if err != nil {
		return failure("fridaycounter vet "+d.Policy, "it is refused: %v", err).skipping("there is no policy")
	}
	d.wall = w
	if f, ok := d.unreadable(d.Policy, "sudo chmod a+r %s"); ok {
		return f
	}
	return okay("%s, SHA-256 %.12s: a wall that shows what is published on %s", d.Policy, w.Hash, w.Source.Topic)
}

// brokerTime is how long a connection is watched: one that another client takes over ends earlier.
const brokerTime = 1500 * time.Millisecond

// checkBroker connects as run does, reads, and publishes what changes nothing.
func (d *doctor) checkBroker(ctx context.Context) Finding {
	var m schema.MQTT
	switch {
	case d.wall != nil:
		m = d.wall.Source.MQTT
	case d.policy != nil && d.policy.Config.Display.MQTT != nil:
		m = d.policy.Config.Display.MQTT.MQTT
	default:
		return Finding{}
	}
	t, user := d.target(&schema.Source{Kind: "mqtt"}), "everybody"
	if a := m.Auth; a != nil {
		user = a.Username
		if f := t.checkSecret(&a.Password); f.Result != OK {
			return f
		}
	}
	if d.wall != nil {
		return d.checkWallsBroker(ctx, fleet.Broker(m, &t.open), m.Topic, user)
	}
	self := fleet.Self()
	heard, err := fleet.Ask(ctx, d.policy, fleet.Options{Open: &t.open, Clock: d.Machine.now, Host: self})
	leader := mqtt.Message{Topic: m.Topic + "/leader", Payload: []byte("online"), QoS: 1}
	if heard.Counter.State == "offline" {
		leader.Payload = []byte("offline")
	}
	if err == nil {
		opts := fleet.Broker(m, &t.open)
		opts.ClientID = self.ClientID(m.Topic) + "-doctor"
		err = fleet.Talk(ctx, opts, brokerTime/3, leader)
	}
	switch {
	case err != nil:
		return failure(d.brokerHint(), "%v", err)
	case heard.Counter.State != "offline" && heard.Counter.Name != self.Name:
		return warning("give each counter a topic of its own", "a counter on %s publishes on %s of %s", heard.Counter.Name, m.Topic, m.Broker)
	}
	return okay("%s lets %s read and publish", m.Broker, user)
}

func (d *doctor) brokerHint() string {
	return "correct broker, auth or ca_file in " + filepath.Base(d.Policy) + ", or the users and the ACL of the broker"
}

// checkWallsBroker connects with the wall's own id, unless the wall runs: it would be thrown out.
func (d *doctor) checkWallsBroker(ctx context.Context, o mqtt.Opts, topic, user string) Finding {
	o.ClientID = cmp.Or(d.wall.Source.Name, fleet.Self().Name)
	o.Subscribe = []mqtt.Subscription{{Filter: topic + "/leader"}, {Filter: topic + "/state"}}
	say := []mqtt.Message{{Topic: topic + "/wall/" + o.ClientID + "/status", Payload: []byte("offline"), Retain: true, QoS: 1}}
	service, _ := d.Machine.service(ctx)
	if service == "active" {
		o.ClientID, say = o.ClientID+"-doctor", nil
	}
	err := fleet.Talk(ctx, o, brokerTime, say...)
	switch {
	case err != nil && say != nil && strings.Contains(err.Error(), "ended the connection"):
		return failure("give each wall a name: source: mqtt: name in wall.cue, or the machine's; or stop the wall that runs here",
			"another client is connected to %s with the id %s", o.Broker, o.ClientID)
	case err != nil:
		return failure(d.brokerHint(), "%v", err)
	case say == nil:
		return okay("%s lets %s read; whether it may publish, the log of the wall that runs says", o.Broker, user)
	}
	return okay("%s lets %s read and publish", o.Broker, user)
}
