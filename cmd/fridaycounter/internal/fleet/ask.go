package fleet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/wall"
)

// Self returns this machine.
func Self() Host {
	name, _ := os.Hostname()                // the topic tells counters apart, too
	id, _ := os.ReadFile("/etc/machine-id") // a container has none
	return Host{Name: name, MachineID: strings.TrimSpace(string(id))}
}

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
	a := answers{topic: m.Topic, news: make(chan error, 1)}
	opts := Broker(m.MQTT, o.Open)
	opts.ClientID = o.Host.ClientID(m.Topic) + "-fleet-" + rand.Text()[:8]
	for _, name := range []string{"leader", "state", "wall/#"} {
		opts.Subscribe = append(opts.Subscribe, mqtt.Subscription{Filter: m.Topic + "/" + name})
	}
	opts.Received, opts.Changed = a.received, a.tell
	conn, err := mqtt.New(opts)
	if err != nil {
		return report.Fleet{}, err
	}
	ctx, stop := context.WithTimeout(ctx, maxWait)
	var running sync.WaitGroup
	running.Go(func() { conn.Run(ctx) })
	defer running.Wait()
	defer stop()
	if err := a.wait(ctx); err != nil {
		return report.Fleet{}, err
	}
	return a.fleet(o.Clock(), policy.Zone), nil
}

// Answers are what is heard of a topic.
type answers struct {
	topic string
	news  chan error // each nil is something that was heard, or the connection
	walls walls

	mu     sync.Mutex
	leader string
	state  state
}

func (a *answers) received(m mqtt.Message) {
	name := strings.TrimPrefix(m.Topic, a.topic+"/")
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case name == "leader":
		a.leader = string(m.Payload)
	case name == "state":
		var s state
		if a.state = (state{}); json.Unmarshal(m.Payload, &s) == nil && s.V == wall.Version {
			a.state = s
		}
	default:
		a.walls.receive(strings.TrimPrefix(name, "wall/"), m.Payload)
	}
	a.tell(nil)
}

// tell says that there is something new. It does not wait: an error comes once.
func (a *answers) tell(err error) {
	select {
	case a.news <- err:
	default:
	}
}

// wait waits until nothing more comes.
func (a *answers) wait(ctx context.Context) error {
	rest := time.NewTimer(maxWait)
	defer rest.Stop()
	for {
		select {
		case err := <-a.news:
			if err != nil {
				return err
			}
			rest.Reset(quiet)
		case <-rest.C:
			return nil
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil // walls say something all the time
			}
			return ctx.Err()
		}
	}
}

// fleet returns what was heard, as of now.
func (a *answers) fleet(now time.Time, zone *time.Location) report.Fleet {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &a.state
	counter := report.Wall{Name: source.TextOf(s.Host, maxName), State: "online", Text: "--", Version: source.TextOf(s.Version, maxText)}
	counter.Since = report.Instant(s.ShownSince, zone)
	if s.Known {
		var texts []string
		for _, p := range s.Pages {
			texts = append(texts, p.Text)
		}
		counter.Text = source.TextOf(strings.Join(texts, ", then "), maxText)
	}
	switch {
	case a.leader != "online" || s.Boot == "":
		counter.State = "offline"
	case s.Stale || now.Sub(s.At) > 2*time.Duration(s.Every)*time.Second:
		counter.State = "stale"
	}
	return report.Fleet{Topic: a.topic, Counter: counter, Walls: a.walls.list(s.State, now, zone)}
}
