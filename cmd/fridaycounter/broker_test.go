package main

import (
	"context"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"time"

	server "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// openDoor lets every client do everything.
type openDoor struct{ server.HookBase }

func (*openDoor) ID() string { return "test" }
func (*openDoor) Provides(h byte) bool {
	return h == server.OnConnectAuthenticate || h == server.OnACLCheck
}
func (*openDoor) OnConnectAuthenticate(*server.Client, packets.Packet) bool { return true }
func (*openDoor) OnACLCheck(*server.Client, string, bool) bool              { return true }

// brokers are those of the scripts.
var brokers sync.Map // of *testscript.TestScript to *server.Server

// serveBroker serves an MQTT broker until the script ends, and sets $BROKER: broker FILE. The file has
// its retained messages: in each line a topic, a blank and the payload.
func serveBroker(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: broker FILE")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	b := server.New(&server.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	ts.Check(b.AddHook(new(openDoor), nil))
	ts.Check(b.AddListener(listeners.NewNet("test", l)))
	ts.Check(b.Serve())
	ts.Defer(func() { b.Close() })
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		topic, payload, _ := strings.Cut(strings.TrimSpace(line), " ")
		ts.Check(b.Publish(topic, []byte(payload), true, 1))
	}
	brokers.Store(ts, b)
	ts.Setenv("BROKER", "mqtt://"+l.Addr().String())
}

// waitHeard waits until the script's last broker retains a payload: heard TOPIC REGEXP.
func waitHeard(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: heard TOPIC REGEXP")
	}
	b, _ := brokers.Load(ts)
	want, payload := regexp.MustCompile(args[1]), ""
	for end := time.Now().Add(20 * time.Second); !want.MatchString(payload); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("heard: %s retains %q", args[0], payload)
		}
		if m, ok := b.(*server.Server).Topics.Retained.Get(args[0]); ok {
			payload = string(m.Payload)
		}
	}
}

// connectClient keeps a client connected to the script's broker until the script ends: client ID.
func connectClient(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: client ID")
	}
	conn := mqtt.New(mqtt.Opts{Broker: ts.Getenv("BROKER"), ClientID: args[0], Now: time.Now})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { conn.Run(ctx) })
	ts.Defer(func() { stop(); running.Wait() })
}
