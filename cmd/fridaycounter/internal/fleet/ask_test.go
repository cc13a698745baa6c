package fleet

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Ask hears what walls say while it asks, and an empty broker does not keep it.
func TestAsk(t *testing.T) {
	broker := serve(t)
	policy := &engine.Policy{Config: &schema.Config{Display: schema.Display{MQTT: &schema.Publish{MQTT: schema.MQTT{Broker: broker, Topic: "shop"}}}}, Zone: time.UTC}
	options := Options{Open: new(sources.Opener), Clock: time.Now, Host: Host{"pi", "id"}}
	began := time.Now()
	none, err := Ask(t.Context(), policy, options)
	if took := time.Since(began); err != nil || none.Counter.State != "offline" || len(none.Walls) != 0 || took > 2*time.Second {
		t.Errorf("got %+v, %v after %v", none, err, took)
	}
	o := observe(t, broker)
	time.AfterFunc(quiet/2, func() { o.Set(mqtt.Message{Topic: "shop/wall/a/status", Payload: []byte("online")}) })
	if got, err := Ask(t.Context(), policy, options); err != nil || len(got.Walls) != 1 || got.Walls[0].Name != "a" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Ctrl-C ends it, also where a server accepts the connection and says nothing.
func TestTalkInterrupted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	began := time.Now()
	err = Talk(ctx, mqtt.Opts{Broker: "mqtt://" + l.Addr().String(), ClientID: "a", Now: time.Now}, quiet)
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > time.Second {
		t.Errorf("got %v after %v", err, took)
	}
}
