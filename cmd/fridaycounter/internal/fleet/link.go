package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/wall"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A link is the broker that a policy names, as a display of the engine.
type link struct {
	p       *Publisher
	o       schema.Publish
	conn    *mqtt.Conn
	stop    context.CancelFunc // of conn
	running sync.WaitGroup     // conn is
	opened  time.Time

	walls  walls
	rival  atomic.Pointer[rival] // nil: none was heard of
	every  atomic.Int64          // seconds, as published last
	frames map[string][]byte     // that were published last, by topic; only Publisher.Run uses it
}

// A rival is another counter that publishes under the same topic.
type rival struct {
	host  string
	until time.Time // unless it is heard again
}

// open connects to the broker, in the background.
func (p *Publisher) open(o schema.Publish) glass.Display {
	l := &link{p: p, o: o, opened: time.Now(), frames: map[string][]byte{}}
	opts := Broker(o.MQTT, p.o.Open)
	opts.ClientID, opts.Received = p.o.Host.ClientID(o.Topic), l.received
	opts.Will = mqtt.Message{Topic: o.Topic + "/leader", Payload: []byte("offline"), Retain: true, QoS: 1}
	opts.Subscribe = []mqtt.Subscription{{Filter: o.Topic + "/state", NoLocal: true}, {Filter: o.Topic + "/leader", NoLocal: true}, {Filter: o.Topic + "/wall/#"}}
	if o.Discovery != nil {
		opts.Subscribe = append(opts.Subscribe, mqtt.Subscription{Filter: birthTopic})
	}
	l.conn = mqtt.New(opts)
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.running.Go(func() { l.conn.Run(ctx) })
	p.link.Store(l)
	p.awake()
	return l
}

// publish publishes a state, and what says the same to others.
func (l *link) publish(s *message, text string) {
	expiry := 4 * time.Duration(s.Every) * time.Second
	l.set("state", s.payload(), 1, expiry)
	if l.o.Text {
		l.set("text", []byte(text), 1, expiry)
	}
	l.set("leader", []byte("online"), 1, 0)
	clear(l.frames) // they expire too
	if every := int64(s.Every); l.every.Swap(every) != every {
		l.discover()
	}
}

func (l *link) set(name string, payload []byte, qos byte, expiry time.Duration) {
	l.conn.Set(mqtt.Message{Topic: l.o.Topic + "/" + name, Payload: payload, Retain: true, QoS: qos, Expiry: expiry})
}

// discover tells Home Assistant of the number, if the policy says so.
func (l *link) discover() {
	every := int(l.every.Load())
	if l.o.Discovery == nil || every == 0 {
		return
	}
	for _, m := range discovery(l.o.Topic, every) {
		l.conn.Set(m)
	}
}

// publishFrames publishes the pictures that changed.
func (l *link) publishFrames(status *engine.Status) {
	for _, size := range l.o.Frames {
		picture := frame(size, status, time.Since(l.opened))
		if !bytes.Equal(picture, l.frames[size]) {
			l.frames[size] = picture
			l.set("frame/"+size, picture, 0, 4*interval(status))
		}
	}
}

// received takes in a message. It does not wait.
func (l *link) received(m mqtt.Message) {
	switch m.Topic {
	case birthTopic:
		if string(m.Payload) == "online" {
			l.discover()
		}
	case l.o.Topic + "/leader":
		if !m.Retain && string(m.Payload) == "offline" {
			l.p.awake() // it was another counter that ended: this one's number comes before its online
		}
	case l.o.Topic + "/state":
		var s wall.State
		if m.Retain || json.Unmarshal(m.Payload, &s) != nil || s.Boot == "" || s.Boot == l.p.boot {
			return // a retained one may be of this counter's last run
		}
		every := time.Duration(min(max(1, s.Every), 24*60*60)) * time.Second
		l.rival.Store(&rival{source.TextOf(s.Host, maxName), time.Now().Add(2 * every)})
	default:
		if topic, ok := strings.CutPrefix(m.Topic, l.o.Topic+"/wall/"); ok {
			l.walls.receive(topic, m.Payload)
		}
	}
}

// Show returns why the number does not get to the walls. What they show is published by
// [Publisher.Run].
func (l *link) Show(led.Picture) error {
	if err := l.conn.Err(); err != nil {
		return err
	}
	var errs []error
	if r := l.rival.Load(); r != nil && time.Now().Before(r.until) {
		errs = append(errs, fmt.Errorf("another counter, on %s, publishes on %s beside this one, on %s (hint: stop one, or give each a topic)",
			r.host, l.o.Topic, l.p.o.Host.Name))
	}
	for _, w := range l.p.Walls() {
		if w.State == "diverged" {
			errs = append(errs, fmt.Errorf("wall %s shows something else than this counter, on %s, published (hint: fridaycounter fleet lists the walls)",
				w.Name, l.p.o.Host.Name))
			break // one is enough for the mark
		}
	}
	return errors.Join(errs...)
}

// Halt tells those who listen that the number will not be kept up to date, and disconnects.
func (l *link) Halt() error {
	l.p.sending.Lock()
	l.p.link.CompareAndSwap(l, nil)
	if status, expiry := *l.p.last.Load(), 4*time.Duration(l.every.Load())*time.Second; expiry > 0 {
		status.Stale = true
		if l.o.Text {
			l.set("text", []byte(report.Bare(&status)), 1, expiry)
		}
		for _, size := range l.o.Frames {
			l.set("frame/"+size, frame(size, &status, time.Since(l.opened)), 0, expiry)
		}
	}
	l.p.sending.Unlock()
	l.stop()
	l.running.Wait()
	return nil
}
