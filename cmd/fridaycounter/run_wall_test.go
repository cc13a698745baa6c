package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	server "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// everybody lets every client do everything.
type everybody struct{ server.HookBase }

func (everybody) Provides(h byte) bool {
	return h == server.OnConnectAuthenticate || h == server.OnACLCheck
}
func (everybody) OnConnectAuthenticate(*server.Client, packets.Packet) bool { return true }
func (everybody) OnACLCheck(*server.Client, string, bool) bool              { return true }

// startBroker serves MQTT for everybody on a port of this machine.
func startBroker(t testing.TB) (b *server.Server, url string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b = server.New(&server.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	if err := b.AddHook(new(everybody), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.AddListener(listeners.NewNet("test", l)); err != nil {
		t.Fatal(err)
	}
	if err := b.Serve(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() { b.Close() })
	t.Cleanup(stop)
	return b, "mqtt://" + l.Addr().String(), stop
}

// wallFile is a wall.cue with its display on the terminal.
func wallFile(broker string) string {
	return fmt.Sprintf(`package wall

import "github.com/fridaycounter/fridaycounter/schema"

schema.#Wall & {
	timezone: "Etc/UTC"
	source: mqtt: {broker: %q, topic: "fridaycounter/shop", name: "kitchen"}
	display: {modules: 2, terminal: {}}
	brightness: [{level: 8}]
}
`, broker)
}

// startWall runs a wall.cue in a directory of its own.
func startWall(t testing.TB, file string) *counter {
	t.Helper()
	dir := t.TempDir()
	w := &counter{t: t, path: filepath.Join(dir, "wall.cue"), done: make(chan error, 1)}
	w.save(file)
	w.run(append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state")))
	return w
}

// From the counter's file to the glass of a wall, and back to the broker: a change of the number, the
// end of the counter, a restart of the wall, files that are refused, and the end of the wall.
func TestRunWall(t *testing.T) {
	b, url, stop := startBroker(t)
	w := startWall(t, wallFile(url))
	shows := func() string { return w.out(0) }
	w.wait("glass", shows, lit(t, "--"))

	policy := func(day string) string {
		return strings.Replace(dayPolicy(day), "terminal: {}", fmt.Sprintf(`terminal: {}, mqtt: {broker: %q, topic: "fridaycounter/shop"}`, url), 1)
	}
	leader := startCounter(t, "not yet")
	days := deployAgo(t, filepath.Dir(leader.path), 22, 9)
	leader.save(policy(days[0]))
	w.wait("glass", shows, lit(t, "3"))
	leader.save(policy(days[1]))
	w.wait("glass", shows, lit(t, "1"))

	w.save(policy(days[1]))
	w.wait("log", w.log, "wall.cue:5:8: this is the policy of a counter, and not the file of a wall")
	w.wait("glass", shows, lit(t, "1", led.Refused))
	w.save(wallFile(url))
	w.wait("log", w.log, "is accepted again")

	from := w.lines()
	leader.stop(os.Kill)
	w.wait("glass", func() string { return w.out(from) }, lit(t, "1", led.Stale))
	w.wait("log", w.log, "the counter is not online")
	if got := retained(b, "fridaycounter/shop/wall/kitchen/shown"); !strings.Contains(got, `"text":"1","stale":true`) {
		t.Errorf("the wall says %s", got)
	}
	if got := retained(b, "fridaycounter/shop/wall/kitchen/status"); got != "online" {
		t.Errorf("status of the wall: %q, want online", got)
	}
	w.stop(syscall.SIGTERM)
	if got := retained(b, "fridaycounter/shop/wall/kitchen/status"); got != "offline" {
		t.Errorf("status of the wall after its end: %q, want offline", got)
	}

	// Without the broker, the next one shows the number of before; with it, that of a new counter.
	stop()
	w.save("package wall\n")
	next := w.restart()
	next.wait("glass", func() string { return next.out(0) }, lit(t, "1", led.Stale, led.Refused))
	next.wait("log", next.log, "connection refused")
}

// retained returns what the broker keeps of a topic.
func retained(b *server.Server, topic string) string {
	for _, p := range b.Topics.Messages(topic) {
		return string(p.Payload)
	}
	return ""
}

// Of two walls with one name the one that is thrown out says so, once.
func TestRunWallsOfOneName(t *testing.T) {
	_, url, _ := startBroker(t)
	first, second := startWall(t, wallFile(url)), startWall(t, wallFile(url))
	both := func() string { return first.log() + second.log() }
	first.wait("log", both, "the broker cannot be used")
	first.stop(syscall.SIGTERM)
	second.stop(syscall.SIGTERM)
	if got := strings.Count(both(), `another client`); got != 1 {
		t.Errorf("the cause is told %d times, want once:\n%s", got, both())
	}
}
