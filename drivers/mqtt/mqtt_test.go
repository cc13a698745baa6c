package mqtt_test

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// A message goes from one client to another, with what remains of its expiry.
func TestMessages(t *testing.T) {
	b := newBroker(t, listen(t))
	from := run(t, mqtt.Opts{Broker: "mqtt://" + b.addr, ClientID: "counter", Will: mqtt.Message{Topic: "shop/leader", Payload: []byte("offline"), Retain: true, QoS: 1}})
	from.Set(mqtt.Message{Topic: "shop/leader", Payload: []byte("online"), Retain: true, QoS: 1})
	from.Set(mqtt.Message{Topic: "shop/state", Payload: []byte("42"), Retain: true, QoS: 1, Expiry: time.Minute})
	eventually(t, 3*time.Second, "42", func() string { return b.retained("shop/state") })
	to := run(t, mqtt.Opts{Broker: "mqtt://" + b.addr, ClientID: "wall", Subscribe: []mqtt.Subscription{{Filter: "shop/state"}}})
	eventually(t, 3*time.Second, "42", to.last)
	from.stop()
	eventually(t, time.Second, "offline", func() string { return b.retained("shop/leader") })
	if got, want := from.said()+to.said(), "okok"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
