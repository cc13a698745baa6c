package wall

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A harness is a wall with everything around it made by the test. It lives in a synctest bubble.
type harness struct {
	t     *testing.T
	saves chan watch.Saved
	chain *chain
	log   *lockedBuffer
	o     Options
	files files

	mu     sync.Mutex
	conns  []*fakeConn // that were made
	status Status
	clock  engine.ClockState
	end    func() // stops the wall and waits for it
}

// newHarness returns a wall that is not started.
func newHarness(t *testing.T) *harness {
	time.Sleep(12 * time.Hour) // past the dark hours
	h := &harness{t: t, saves: make(chan watch.Saved), chain: newChain(4), log: &lockedBuffer{}, clock: engine.ClockTrusted}
	h.files = files{"good": wallFile("shop"), "other team": wallFile("team"), "other broker": wallFile("shop"), "wide": wallFile("shop")}
	h.files["other broker"].Source.Broker = "mqtts://new.example.com"
	h.files["wide"].Display.Columns = 3
	h.o = Options{
		Name: "wall.cue", Saves: h.saves, Evaluator: h.files, Connect: h.connect,
		Slots: func(d schema.Display) []glass.Slot {
			return []glass.Slot{{Name: "max7219 SPI0.0", Key: d.Columns, Open: h.open}}
		},
		Clock: engine.NewRealClock(time.Now),
		ClockState: func(time.Time) engine.ClockStatus {
			h.mu.Lock()
			defer h.mu.Unlock()
			return engine.ClockStatus{State: h.clock}
		},
		Log:   slog.New(slog.NewTextHandler(h.log, nil)),
		State: filepath.Join(t.TempDir(), "state", "wall.json"), Program: "this build", Version: "1.2.3",
		Report:    func(s Status) { h.mu.Lock(); defer h.mu.Unlock(); h.status = s },
		Heartbeat: func(bool) {},
	}
	return h
}

func wallFile(topic string) *schema.Wall {
	return &schema.Wall{
		Timezone:   "Europe/Berlin",
		Source:     schema.WallSource{MQTT: schema.MQTT{Broker: "mqtts://mqtt.example.com", Topic: "fridaycounter/" + topic}},
		Display:    schema.Display{Columns: 4, Rows: 1},
		Brightness: []schema.Brightness{{Level: led.Off, During: []rules.Window{{From: 22 * 60, To: 6 * 60}}}, {Level: 8}},
	}
}

// open lights the same chips again.
func (h *harness) open() (glass.Display, error) { return h.chain, h.chain.open() }

// start runs the wall until the test ends, or end is called.
func (h *harness) start() *harness {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- Run(ctx, h.o) }()
	h.end = sync.OnceFunc(func() {
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
		if took := time.Since(began); took > 2*time.Second {
			h.t.Errorf("the end took %s, want at most 2 s", took)
		}
	})
	h.t.Cleanup(h.end)
	synctest.Wait()
	return h
}

// run starts the wall with a good file and connects it.
func (h *harness) run() *harness {
	h.start()
	h.save("good")
	h.pass(5 * time.Second)
	return h
}

// restart ends the wall and starts another with the same state and file.
func (h *harness) restart() {
	h.end()
	h.o.Clock = engine.NewRealClock(time.Now)
	h.run()
}

func (h *harness) save(file string) {
	h.saves <- watch.Saved{Data: []byte(file), Hash: file}
	synctest.Wait()
}

func (h *harness) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// A fakeConn is a connection to a broker that keeps what it is told.
type fakeConn struct {
	source   schema.WallSource
	received func(Message)
	changed  func(error)
	h        *harness
	shown    []Shown
	ended    bool
}

func (h *harness) connect(s schema.WallSource, received func(Message), changed func(error)) (Conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.Topic == "fridaycounter/refused" {
		return Conn{}, errors.New("read ca.pem: no such file")
	}
	c := &fakeConn{source: s, received: received, changed: changed, h: h}
	h.conns = append(h.conns, c)
	return Conn{Shown: c.Shown, Run: c.Run}, nil
}

func (c *fakeConn) Shown(payload []byte) {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	var s Shown
	if err := json.Unmarshal(payload, &s); err != nil {
		c.h.t.Error(err)
	}
	c.shown = append(c.shown, s)
}

func (c *fakeConn) Run(ctx context.Context) {
	<-ctx.Done()
	time.Sleep(100 * time.Millisecond) // says that it is offline
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	c.ended = true
}

// files evaluates: each content that it has is good, any other is refused.
type files map[string]*schema.Wall

func (f files) Wall(_ context.Context, name string, file []byte) (*schema.Wall, error) {
	time.Sleep(300 * time.Millisecond) // as on a slow board
	w, ok := f[string(file)]
	if !ok {
		return nil, &schema.Error{
			Diagnostics: []schema.Diagnostic{{Position: rules.Position{File: name, Line: 3, Column: 4}, Message: "typo in " + string(file)}},
			Display:     &schema.Display{Columns: 4, Rows: 1},
		}
	}
	wall := *w
	wall.Hash = string(file)
	return &wall, nil
}

// chain is a display of the chip model.
type chain struct {
	mu   sync.Mutex
	wall *chainsim.Wall
	*max7219.Dev
}

func newChain(columns int) *chain {
	return &chain{wall: chainsim.New(max7219.Opts{Columns: columns, Rows: 1, Wiring: "fc16"})}
}

func (c *chain) open() (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	host := chainsim.Host{Chain: c.wall.Chain}
	c.Dev, err = max7219.New(func() (spi.PortCloser, error) { return host.Open() }, max7219.Opts{
		Columns: c.wall.Columns, Rows: 1, Wiring: "fc16", Speed: physic.MegaHertz,
	})
	return err
}

func (c *chain) Show(p led.Picture) error { c.mu.Lock(); defer c.mu.Unlock(); return c.Dev.Show(p) }
func (c *chain) Halt() error              { c.mu.Lock(); defer c.mu.Unlock(); return c.Dev.Halt() }

// registers returns what is lit by the chips' registers, and how bright.
func (c *chain) registers() (string, led.Level) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall.Glass().String(), c.wall.Level(0)
}

// wantText checks that the chips show a text and exactly the marks, for the half second that it takes
// marks to blink.
func (h *harness) wantText(text string, marks ...led.Mark) {
	h.t.Helper()
	line, err := led.Fit(text, 32, 8, led.FontAuto, led.Saturate)
	if err != nil {
		h.t.Fatal(err)
	}
	h.want(text, func(f *led.Frame) { line.Draw(f, 0) }, marks)
}

func (h *harness) want(name string, draw func(*led.Frame), marks []led.Mark) {
	h.t.Helper()
	var wants []string // with the marks lit and dark
	for _, lit := range []bool{true, false} {
		want := led.NewFrame(32, 8)
		draw(want)
		for _, m := range marks {
			m.Draw(want, lit || m == led.AtLeast)
		}
		wants = append(wants, want.String())
	}
	first, _ := h.chain.registers()
	h.pass(500 * time.Millisecond)
	second, _ := h.chain.registers()
	if got := []string{first, second}; !slices.Equal(got, wants) && (first != wants[1] || second != wants[0]) {
		h.t.Errorf("chips at %s:\ngot\n%s\n%swant %s with marks %v\n%s", time.Now().UTC().Format(time.TimeOnly), first, second, name, marks, wants[0])
	}
}

// wantSymbols checks that the chips show these symbols, and no others, within some seconds; -1 is
// the text.
func (h *harness) wantSymbols(text string, symbols ...led.Symbol) {
	h.t.Helper()
	line, _ := led.Fit(text, 32, 8, led.FontAuto, led.Saturate)
	want := map[string]string{}
	frame := led.NewFrame(32, 8)
	line.Draw(frame, 0)
	want[frame.String()] = text
	for _, s := range symbols {
		frame.Clear()
		s.Draw(frame)
		want[frame.String()] = fmt.Sprintf("symbol %d", s)
	}
	for range 100 {
		got, _ := h.chain.registers()
		if name, ok := want[got]; ok && name != "" {
			want[got] = ""
		} else if !ok {
			h.t.Errorf("got\n%swant %s with symbols %v", got, text, symbols)
			return
		}
		h.pass(100 * time.Millisecond)
	}
	for _, name := range want {
		if name != "" {
			h.t.Errorf("%s is never shown", name)
		}
	}
}

func (h *harness) wantLog(text string, times int) {
	h.t.Helper()
	if got := strings.Count(h.log.String(), text); got != times {
		h.t.Errorf("%q is logged %d times, want %d:\n%s", text, got, times, h.log)
	}
}

// conn returns the connection that was made last.
func (h *harness) conn() *fakeConn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.conns[len(h.conns)-1]
}

// leader sends that the counter is online or offline.
func (h *harness) leader(payload string) { h.send(Message{Topic: "leader", Payload: []byte(payload)}) }

func (h *harness) send(m Message) {
	h.conn().received(m)
	synctest.Wait()
}

// publish sends a state as the counter publishes it at this moment.
func (h *harness) publish(s State) {
	h.t.Helper()
	h.send(Message{Topic: "state", Payload: payload(h.t, s, time.Now())})
}

// retained sends a state as a broker keeps it that was published a time ago.
func (h *harness) retained(s State, ago time.Duration) {
	h.t.Helper()
	left := max(time.Second, 4*time.Duration(s.Every)*time.Second-ago)
	h.send(Message{Topic: "state", Payload: payload(h.t, s, time.Now().Add(-ago)), Retained: true, Expiry: left})
}

func payload(t *testing.T, s State, at time.Time) []byte {
	t.Helper()
	if s.At.IsZero() {
		s.At = at
	}
	data, err := json.Marshal(state{s, new(int)})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// number is a state with a number that is known and fresh, from a counter that polls each minute.
func number(seq uint64, weeks int) State {
	return State{
		V: 1, Boot: "a", Seq: seq, Host: "pi", Every: 60, Policy: "p1", Facts: "f1", Known: true,
		Pages: []Page{{Text: fmt.Sprint(weeks), Font: "auto", Overflow: "saturate", For: 10}}, Marks: []string{},
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
