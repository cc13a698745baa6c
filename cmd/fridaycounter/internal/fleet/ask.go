package fleet

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/wall"
)

const (
	quiet   = 500 * time.Millisecond // after the last message all retained ones were heard
	maxWait = 5 * time.Second
)

// Ask asks the broker of a policy for the counter and its walls.
func Ask(ctx context.Context, policy *engine.Policy, o Options) (report.Fleet, error) {
	m := policy.Config.Display.MQTT
	if m == nil {
		return report.Fleet{}, errors.New(`the policy publishes nothing, so it has no walls (hint: display: mqtt: {broker: "mqtts://mqtt.example.com:8883", topic: "fridaycounter/shop"})`)
	}
	a := answers{topic: m.Topic}
	opts := Broker(m.MQTT, o.Open)
	opts.ClientID, opts.Received = o.Host.ClientID(m.Topic)+"-fleet-"+rand.Text()[:8], a.received
	for _, name := range []string{"leader", "state", "wall/#"} {
		opts.Subscribe = append(opts.Subscribe, mqtt.Subscription{Filter: m.Topic + "/" + name})
	}
	if err := Talk(ctx, opts, quiet); err != nil {
		return report.Fleet{}, err
	}
	return a.fleet(o.Clock(), policy.Zone)
}

// Talk connects to a broker, says something, and listens until nothing was heard for a while, but
// not for long. It returns the first error of the connection, or of what was said.
func Talk(ctx context.Context, o mqtt.Opts, rest time.Duration, say ...mqtt.Message) error {
	silence := time.NewTimer(maxWait)
	defer silence.Stop()
	failed, received := make(chan error, 1), o.Received
	o.Received = func(m mqtt.Message) {
		if silence.Reset(rest); received != nil {
			received(m)
		}
	}
	o.Changed = func(err error) {
		if silence.Reset(rest); err != nil {
			select {
			case failed <- err:
			default: // it is not the first
			}
		}
	}
	conn := mqtt.New(o)
	for _, m := range say {
		conn.Set(m)
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { conn.Run(ctx) })
	defer running.Wait()
	defer stop()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-silence.C:
	case <-time.After(maxWait): // walls say something all the time
	}
	return conn.Err()
}

// Answers are what is heard of a topic.
type answers struct {
	topic string
	walls walls

	mu     sync.Mutex
	leader string
	state  message
	bad    error // why it cannot be read
}

func (a *answers) received(m mqtt.Message) {
	name := strings.TrimPrefix(m.Topic, a.topic+"/")
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case name == "leader":
		a.leader = string(m.Payload)
	case name == "state":
		a.state, a.bad = message{}, nil
		if err := cmp.Or(wall.Check(m.Payload), json.Unmarshal(m.Payload, &a.state)); err != nil {
			a.state, a.bad = message{}, fmt.Errorf("%s: %w", m.Topic, err)
		}
	default:
		a.walls.receive(strings.TrimPrefix(name, "wall/"), m.Payload)
	}
}

// fleet returns what was heard, as of now.
func (a *answers) fleet(now time.Time, zone *time.Location) (report.Fleet, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.bad != nil {
		return report.Fleet{}, a.bad
	}
	s := &a.state
	var texts []string
	for _, p := range s.Pages {
		texts = append(texts, p.Text)
	}
	counter := report.Wall{
		Name: source.TextOf(s.Host, maxName), State: "online", Text: cmp.Or(source.TextOf(strings.Join(texts, ", then "), maxText), "--"),
		Since: instant(s.ShownSince, zone), Version: source.TextOf(s.Version, maxText),
	}
	switch {
	case a.leader != "online" || s.Boot == "":
		counter.State = "offline"
	case s.Stale || now.Sub(s.At) > 2*time.Duration(s.Every)*time.Second:
		counter.State = "stale"
	}
	return report.Fleet{Topic: a.topic, Counter: counter, Walls: a.walls.list(s, now, zone)}, nil
}
