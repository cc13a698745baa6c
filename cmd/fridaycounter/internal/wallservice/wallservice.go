// Package wallservice runs a wall: the loop of wall.cue, with its broker.
package wallservice

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/fleet"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/wall"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Options say which wall to run.
type Options struct {
	Path       string // of wall.cue
	History    string // where a counter would have it: the wall's file is in the same directory
	Saves      <-chan watch.Saved
	Slots      func(schema.Display) []glass.Slot
	Manager    *host.Notifier
	Getenv     func(string) string
	TrustClock bool
	Log        *slog.Logger
}

// maxRead is how long a file system may take to say which kind of file there is.
const maxRead = 2 * time.Second

// Is reports whether the file at path is that of a wall. One that does not say, or cannot be read, is
// where a wall ran last.
func Is(path, history string) bool {
	read := make(chan watch.Saved, 1)
	go func() { read <- watch.Read(path) }()
	select {
	case s := <-read:
		if of := schema.DefinitionOf(path, s.Data); of != "" { // without data by the name
			return of == "#Wall"
		}
	case <-time.After(maxRead):
	}
	counter, err := os.Stat(history)
	shown, wallErr := os.Stat(stateFile(history))
	return wallErr == nil && (err != nil || shown.ModTime().After(counter.ModTime()))
}

// stateFile returns the file that keeps what a wall shows; "": there is no place for it.
func stateFile(history string) string {
	if history == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(history), "wall.json")
}

// startup is how long a wall takes to be evaluated, to connect and to hear its counter.
const startup = 20 * time.Second

// Run runs the wall until ctx ends.
func Run(ctx context.Context, o Options) error {
	broker := broker{open: &sources.Opener{Dir: filepath.Dir(o.Path), Getenv: o.Getenv}}
	beat, displayBeat := o.Manager.Heartbeat(host.PartLoop), o.Manager.Heartbeat(host.PartDisplay)
	var started sync.Once
	var background sync.WaitGroup
	defer background.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end()
	background.Go(func() { o.Manager.Run(ctx) })
	return wall.Run(ctx, wall.Options{
		Name: o.Path, Saves: o.Saves, Evaluator: policyfile.Evaluator(), Connect: broker.connect, Slots: o.Slots,
		Clock: engine.NewRealClock(time.Now), ClockState: host.ClockState(build.Time(), o.TrustClock), Log: o.Log,
		State: stateFile(o.History), Program: build.ID(), Version: build.Version(),
		Report: func(s wall.Status) {
			started.Do(func() { time.AfterFunc(startup, host.ReleaseStartup) })
			o.Manager.Status(statusLine(s, filepath.Base(o.Path)))
		},
		Heartbeat: func(displays bool) {
			if beat(); displays {
				displayBeat()
			}
		},
	})
}

// statusLine says for the service manager what the wall shows.
func statusLine(s wall.Status, file string) string {
	line := "shows " + s.Text
	if s.Stale != nil {
		line += "; stale: " + s.Stale.Error()
	}
	if s.Refused != nil {
		line += "; " + file + " is refused"
	}
	if s.Faulty != nil {
		line += "; does not work: " + strings.Join(s.Faulty, ", ")
	}
	return line
}

// A broker connects walls.
type broker struct{ open *sources.Opener }

// connect implements the Connect of wall.Options. A wall's client id is its name: an access list
// of the broker permits by it what the wall may publish.
func (b broker) connect(s schema.WallSource, received func(wall.Message), changed func(error)) (wall.Conn, error) {
	machine, _ := os.Hostname()
	name := cmp.Or(s.Name, machine)
	if name == "" || strings.ContainsAny(name, "+#/") {
		return wall.Conn{}, fmt.Errorf("the wall has no name that a topic can have: %q (hint: source: mqtt: name: \"kitchen\")", name)
	}
	own := s.Topic + "/wall/" + name
	o := fleet.Broker(s.MQTT, b.open)
	o.ClientID, o.Changed = name, changed
	o.Will = mqtt.Message{Topic: own + "/status", Payload: []byte("offline"), Retain: true, QoS: 1}
	o.Subscribe = []mqtt.Subscription{{Filter: s.Topic + "/state"}, {Filter: s.Topic + "/leader"}}
	o.Received = func(m mqtt.Message) {
		received(wall.Message{Topic: strings.TrimPrefix(m.Topic, s.Topic+"/"), Payload: m.Payload, Retained: m.Retain, Expiry: m.Expiry})
	}
	c := mqtt.New(o)
	c.Set(mqtt.Message{Topic: own + "/status", Payload: []byte("online"), Retain: true, QoS: 1})
	shown := func(payload []byte) {
		c.Set(mqtt.Message{Topic: own + "/shown", Payload: payload, Retain: true, QoS: 1})
	}
	return wall.Conn{Shown: shown, Run: c.Run}, nil
}
