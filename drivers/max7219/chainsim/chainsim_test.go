package chainsim_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// window is a chip select window: bytes, then an edge of LOAD.
func window(c *chainsim.Chain, data ...byte) {
	c.Select()
	c.Clock(data...)
	c.Load()
}

// wake is what brings one fc16 module from power-up to plain segments.
func wake(c *chainsim.Chain) {
	window(c, 0x0B, 7)
	window(c, 0x0C, 1)
}

// TestWordsPassThrough: the first word of a frame reaches the last chip, and bits 15
// to 12 mean nothing.
func TestWordsPassThrough(t *testing.T) {
	c, loads := chainsim.NewChain(3), 0
	c.OnLoad = func() { loads++ }
	window(c, 0xF1, 0x11, 0x02, 0x22, 0xA3, 0x33)
	for chip, want := range []struct {
		register int
		value    byte
	}{{3, 0x33}, {2, 0x22}, {1, 0x11}} {
		if got := c.State()[chip][want.register]; got != want.value {
			t.Errorf("chip %d, register %d: got %#x, want %#x", chip, want.register, got, want.value)
		}
	}
	before := c.State()
	window(c, 0x00, 0xFF, 0x0D, 0xFF, 0x0E, 0xFF) // no operation, all three
	if !cmp.Equal(c.State(), before) {
		t.Error("a no-op changed a register")
	}
	c.Clock(0x01, 0xFF, 0x01, 0xFF, 0x01, 0xFF)
	c.Load() // LOAD was high already
	if !cmp.Equal(c.State(), before) || loads != 2 {
		t.Error("something was latched without an edge")
	}
}

// TestShortFrames is why frames are never cut: chips shift whatever LOAD does, so
// what other devices were told sits in the chain, and a short frame latches it.
func TestShortFrames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	short, full := 0, 0
	for range 1000 {
		c := chainsim.NewChain(4)
		junk := make([]byte, 8)
		for i := range junk {
			junk[i] = byte(r.Uint32()) | 1 // no register is no-op, and no value 0
		}
		c.Clock(junk...)
		before := c.State()
		window(c, 0, 0) // a no-op for the first chip only
		if !cmp.Equal(c.State(), before) {
			short++
		}
		c.Clock(junk...)
		before = c.State()
		window(c, make([]byte, 8)...)
		if !cmp.Equal(c.State(), before) {
			full++
		}
	}
	if short < 900 || full != 0 {
		t.Errorf("got damage by %d short and %d full frames of 1000, want nearly all and none", short, full)
	}
}

func TestWhatIsLit(t *testing.T) {
	w := chainsim.New(max7219.Opts{Columns: 1, Wiring: max7219.FC16})
	lit := func() (n int) {
		f := w.Glass()
		for i := range 64 {
			if f.At(i%8, i/8) {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		register, data byte
		lit            int
		level          led.Level
	}{
		{1, 0xFF, 0, led.Off}, // shut down at power-up
		{chainsim.Shutdown, 1, 8, 0},
		{8, 0x81, 8, 0}, // one digit is scanned at power-up
		{chainsim.ScanLimit, 7, 10, 0},
		{chainsim.Intensity, 0xF9, 10, 9},
		{chainsim.Decode, 0x01, 3, 9}, // digit 0: 15 is blank, with its point; digit 7 plain
		{1, 0x08, 9, 9},               // 8: seven segments
		{1, 0x81, 5, 9},               // 1 with its point
		{chainsim.Test, 1, 64, 15},
		{chainsim.Shutdown, 0, 64, 15}, // test overrides shutdown
		{chainsim.Test, 0, 0, led.Off},
		{chainsim.Shutdown, 1, 5, 9}, // shutdown kept everything
	} {
		window(w.Chain, step.register, step.data)
		if got := lit(); got != step.lit || w.Level(0) != step.level {
			t.Errorf("after %#x=%#x: got %d lit at level %d, want %d at %d",
				step.register, step.data, got, w.Level(0), step.lit, step.level)
		}
	}
}

// TestBoards lights the LED that each board's drawing has in its top left corner.
func TestBoards(t *testing.T) {
	for _, tt := range []struct {
		board      max7219.Wiring
		digit, bit byte
	}{{"fc16", 0, 7}, {"generic", 7, 7}, {"parola", 0, 0}, {"icstation", 7, 0}} {
		for _, hung := range []struct {
			module chainsim.Module
			x, y   int
		}{
			{chainsim.Module{}, 0, 0},
			{chainsim.Module{Turns: 1}, 7, 0},
			{chainsim.Module{Turns: 2}, 7, 7},
			{chainsim.Module{Turns: 3}, 0, 7},
			{chainsim.Module{Mirrored: true}, 7, 0},
			{chainsim.Module{Mirrored: true, Turns: 1}, 7, 7},
			{chainsim.Module{Column: 1, Row: 2}, 8, 16},
		} {
			w := chainsim.NewWall(tt.board, []chainsim.Module{hung.module})
			wake(w.Chain)
			window(w.Chain, 1+tt.digit, 1<<tt.bit)
			want := led.NewFrame(8*w.Columns, 8*w.Rows)
			want.Set(hung.x, hung.y, true)
			if diff := cmp.Diff(want.String(), w.Glass().String()); diff != "" {
				t.Errorf("%s, %+v (-want +got):\n%s", tt.board, hung.module, diff)
			}
		}
	}
}

func TestPowerUp(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	w := chainsim.New(max7219.Opts{Columns: 2, Wiring: max7219.FC16})
	w.Scramble(r)
	w.PowerCycle(r)
	memory := 0
	for chip := range 2 {
		for _, register := range chainsim.Registers() {
			switch value := w.State()[chip][register]; {
			case register <= 8:
				memory += int(value)
			case value != 0:
				t.Errorf("chip %d: control register %d is %d after power-up", chip, register, value)
			}
		}
	}
	if memory == 0 {
		t.Error("the digits hold nothing")
	}
}

func open(t *testing.T, h *chainsim.Host) (spi.PortCloser, spi.Conn) {
	t.Helper()
	p, err := h.Open()
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Connect(10*physic.MegaHertz, spi.Mode0, 8)
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

func TestHostMessages(t *testing.T) {
	c := chainsim.NewChain(1)
	h := &chainsim.Host{Chain: c, MaxTx: 16, Align: 4}
	_, conn := open(t, h)
	if err := conn.TxPackets([]spi.Packet{{W: []byte{1, 0x11}}, {W: []byte{2, 0x22}}}); err != nil {
		t.Fatal(err)
	}
	if c.State()[0][1] != 0x11 || c.State()[0][2] != 0x22 || h.Ioctls != 1 || h.Frames != 2 || h.Bytes != 4 {
		t.Errorf("got %+v, registers %v", h, c.State())
	}
	if err := conn.TxPackets([]spi.Packet{{W: []byte{3}, KeepCS: true}, {W: []byte{0x33}}}); err != nil {
		t.Fatal(err)
	}
	if c.State()[0][3] != 0x33 || h.Frames != 3 {
		t.Errorf("KeepCS: got %d frames, registers %v", h.Frames, c.State())
	}
	if err := conn.Tx([]byte{4, 0x44}, nil); err != nil || c.State()[0][4] != 0x44 {
		t.Errorf("Tx: got %v, registers %v", err, c.State())
	}
	five := make([]spi.Packet, 5) // 10 bytes, but 20 with the alignment
	for i := range five {
		five[i].W = []byte{5, 0x55}
	}
	if err := conn.TxPackets(five); err == nil || c.State()[0][5] != 0 {
		t.Errorf("a message that is too long: got %v, registers %v", err, c.State())
	}
}

func TestHostFailures(t *testing.T) {
	broken := errors.New("broken")
	c := chainsim.NewChain(1)
	h := &chainsim.Host{Chain: c, Fail: func(op string) (int, error) {
		if op == "tx" {
			return 3, broken
		}
		return 0, nil
	}}
	p, conn := open(t, h)
	err := conn.TxPackets([]spi.Packet{{W: []byte{1, 0x11}}, {W: []byte{2, 0x22}}})
	// The third byte moved the first word on by half: 0x1102 writes 2 to register 1.
	if !errors.Is(err, broken) || c.State()[0][1] != 2 || c.State()[0][2] != 0 || h.Bytes != 3 {
		t.Errorf("got %v, %d bytes, registers %v", err, h.Bytes, c.State())
	}
	if _, err := p.Connect(physic.MegaHertz, spi.Mode0, 8); err == nil {
		t.Error("the port was connected twice")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a closed port could be used")
		}
	}()
	_ = conn.Tx([]byte{1, 1}, nil)
}
