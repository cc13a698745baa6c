package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// A registers is what the chips of a machine hold after a message.
type registers struct {
	Machine string
	At      time.Time
	Chips   [][16]byte
}

// glassMain is the program on a machine, $FRIDAYCOUNTER_MACHINE, with a chain of four chips, whose
// registers it tells to the socket $FRIDAYCOUNTER_GLASS.
func glassMain() {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := exitCode(newRoot(&globals{getenv: os.Getenv}, machine{hangup: hangup, openPort: openGlass}).ExecuteContext(ctx))
	if err != nil {
		writeError(os.Stderr, err)
	}
	os.Exit(code)
}

func openGlass(string) (spi.PortCloser, error) {
	socket, err := net.Dial("unixgram", os.Getenv("FRIDAYCOUNTER_GLASS"))
	if err != nil {
		return nil, err
	}
	chain := chainsim.NewChain(4)
	p, err := (&chainsim.Host{Chain: chain}).Open()
	return glassPort{p, &glassSender{name: os.Getenv("FRIDAYCOUNTER_MACHINE"), chain: chain, to: json.NewEncoder(socket)}}, err
}

// A glassSender tells the registers of a chain.
type glassSender struct {
	name  string
	chain *chainsim.Chain
	to    *json.Encoder
}

type glassPort struct {
	spi.PortCloser
	sender *glassSender
}

type glassConn struct {
	spi.Conn
	sender *glassSender
}

func (p glassPort) Connect(f physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	c, err := p.PortCloser.Connect(f, mode, bits)
	return glassConn{c, p.sender}, err
}

func (c glassConn) Tx(w, r []byte) error {
	return errors.Join(c.Conn.Tx(w, r), c.sender.send())
}

func (c glassConn) TxPackets(p []spi.Packet) error {
	return errors.Join(c.Conn.TxPackets(p), c.sender.send())
}

func (s *glassSender) send() error {
	return s.to.Encode(registers{s.name, time.Now(), s.chain.State()})
}

// A look is what somebody sees on a glass from an instant on.
type look struct {
	at    time.Time
	frame string
	text  string     // "?": none that is known
	marks []led.Mark // of which the pixel is lit
}

func (l look) stale() bool { return slices.Contains(l.marks, led.Stale) }

// A gallery keeps what the glasses showed.
type gallery struct {
	mu    sync.Mutex
	looks map[string][]look // by machine
	texts map[string]string // by the frame, without the corners
}

// corners are the three pixels of each mark, see [led.Mark.Draw].
var corners = map[led.Mark][3][2]int{
	led.AtLeast: {{0, 7}, {1, 7}, {0, 6}}, led.Stale: {{31, 0}, {30, 0}, {31, 1}},
	led.Refused: {{31, 7}, {30, 7}, {31, 6}}, led.Faulty: {{0, 0}, {1, 0}, {0, 1}},
}

// listenGallery listens to the glasses until the test ends.
func listenGallery(t *testing.T, path string) *gallery {
	t.Helper()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	g := &gallery{looks: map[string][]look{}, texts: map[string]string{}}
	empty := led.NewFrame(32, 8)
	g.texts[withoutCorners(empty)] = ""
	led.Unknown.Draw(empty)
	g.texts[withoutCorners(empty)] = "--"
	go func() {
		for buffer := make([]byte, 1<<16); ; {
			n, err := socket.Read(buffer)
			if err != nil {
				return
			}
			var r registers
			if err := json.Unmarshal(buffer[:n], &r); err != nil {
				t.Error(err)
				return
			}
			g.add(r)
		}
	}()
	return g
}

// know makes a text of the pages known.
func (g *gallery) know(t *testing.T, text string) {
	t.Helper()
	line, err := led.Fit(text, 32, 8, led.FontAuto, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	f := led.NewFrame(32, 8)
	line.Draw(f, 0)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.texts[withoutCorners(f)] = text
}

func withoutCorners(f *led.Frame) string {
	bare := led.NewFrame(32, 8)
	for i := range 32 * 8 {
		bare.Set(i%32, i/32, f.At(i%32, i/32))
	}
	for _, pixels := range corners {
		for _, p := range pixels {
			bare.Set(p[0], p[1], false)
		}
	}
	return bare.String()
}

// add takes in registers, as they light the modules. What changes nothing that can be seen is left out.
func (g *gallery) add(r registers) {
	w := chainsim.New(max7219.Opts{Columns: 4, Wiring: max7219.FC16})
	for chip, all := range r.Chips {
		for register, value := range all {
			w.Corrupt(chip, register, value)
		}
	}
	f := w.Glass()
	l := look{at: r.At, frame: f.String()}
	for m, pixels := range corners {
		if f.At(pixels[0][0], pixels[0][1]) {
			l.marks = append(l.marks, m)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var ok bool
	if l.text, ok = g.texts[withoutCorners(f)]; !ok {
		l.text = "?"
	}
	before := g.looks[r.Machine]
	if len(before) == 0 || before[len(before)-1].frame != l.frame {
		g.looks[r.Machine] = append(before, l)
	}
}

// since returns what a glass showed at an instant, and after it.
func (g *gallery) since(machine string, from time.Time) []look {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.looks[machine]
	i, _ := slices.BinarySearchFunc(all, from, func(l look, at time.Time) int { return l.at.Compare(at) })
	return slices.Clone(all[max(0, i-1):])
}

// now returns what a glass shows now.
func (g *gallery) now(machine string) look {
	all := g.since(machine, time.Now())
	if len(all) == 0 {
		return look{}
	}
	return all[len(all)-1]
}

// dark is how long a glass without a mark is fresh for somebody who looks: a blinking mark is dark for
// 500 ms, and longer on a machine that is busy.
const dark = time.Second

// A span is a time in which a text stood on a glass.
type span struct {
	text     string
	from, to time.Time
}

// fresh returns when a glass showed texts without the stale mark, until an instant.
func (g *gallery) fresh(machine string, end time.Time) (spans []span) {
	all := g.since(machine, time.Time{})
	for i, l := range all {
		to := end
		if i+1 < len(all) {
			to = all[i+1].at
		}
		if n := len(spans); n > 0 && spans[n-1].text == l.text && spans[n-1].to.Equal(l.at) && !l.stale() {
			spans[n-1].to = to
		} else if !l.stale() {
			spans = append(spans, span{l.text, l.at, to})
		}
	}
	return slices.DeleteFunc(spans, func(s span) bool { return s.to.Sub(s.from) < dark })
}

// minus returns what of some spans is in none of the others.
func minus(spans, others []span) (left []span) {
	for _, s := range spans {
		for _, o := range others {
			if !o.from.Before(s.to) || !o.to.After(s.from) {
				continue
			}
			if o.from.After(s.from) {
				left = append(left, minus([]span{{s.text, s.from, o.from}}, others)...)
			}
			s.from = o.to
			if !s.from.Before(s.to) {
				break
			}
		}
		if s.from.Before(s.to) {
			left = append(left, s)
		}
	}
	return left
}

// The gallery knows numbers, marks, and how long a glass looked fresh: a mark in the dark phase of its
// blinking makes nothing fresh.
func TestGallery(t *testing.T) {
	g := &gallery{looks: map[string][]look{}, texts: map[string]string{}}
	g.know(t, "12")
	start := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	after := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	show := func(ms int, text string, lit ...led.Mark) {
		f := led.NewFrame(32, 8)
		if line, err := led.Fit(text, 32, 8, led.FontAuto, led.Saturate); err != nil {
			t.Fatal(err)
		} else {
			line.Draw(f, 0)
		}
		for _, m := range lit {
			m.Draw(f, true)
		}
		w := chainsim.New(max7219.Opts{Columns: 4, Wiring: max7219.FC16})
		dev, err := max7219.New((&chainsim.Host{Chain: w.Chain}).Open, max7219.Opts{Columns: 4, Rows: 1, Wiring: max7219.FC16, Speed: physic.MegaHertz})
		if err != nil {
			t.Fatal(err)
		}
		if err := dev.Show(led.Picture{Frame: f, Level: 8}); err != nil {
			t.Fatal(err)
		}
		g.add(registers{"wall", after(ms), w.State()})
	}
	show(0, "12")
	show(10, "12") // written again
	show(2000, "12", led.Stale)
	show(2500, "12")
	show(3000, "12", led.Stale, led.AtLeast)
	show(3500, "13")
	if got := g.since("wall", after(3200)); len(got) != 2 || got[0].text != "12" || !got[0].stale() || !slices.Contains(got[0].marks, led.AtLeast) || got[1].text != "?" {
		t.Errorf("since 3.2 s: got %+v", got)
	}
	got := g.fresh("wall", after(6000))
	want := []span{{"12", after(0), after(2000)}, {"?", after(3500), after(6000)}}
	if !slices.Equal(got, want) {
		t.Errorf("fresh: got %v, want %v", got, want)
	}
	left := minus(got, []span{{"", after(500), after(1000)}, {"", after(900), after(1500)}, {"", after(3000), after(7000)}})
	if want := []span{{"12", after(0), after(500)}, {"12", after(1500), after(2000)}}; !slices.Equal(left, want) {
		t.Errorf("without what is excused: got %v, want %v", left, want)
	}
	if frame := g.now("wall").frame; !strings.Contains(frame, "#") {
		t.Errorf("the last frame is\n%s", frame)
	}
}
