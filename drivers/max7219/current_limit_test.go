package max7219_test

import (
	"errors"
	"math/bits"
	"math/rand/v2"
	"testing"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// A limit on the current makes a bright picture darker on the chips, and leaves one
// that is within it; never black.
func TestMaxCurrent(t *testing.T) {
	wall := chainsim.New(max7219.Opts{Columns: 4, Wiring: max7219.FC16})
	host := &chainsim.Host{Chain: wall.Chain}
	d, err := max7219.New(func() (spi.PortCloser, error) { return host.Open() }, max7219.Opts{Columns: 4, Wiring: max7219.FC16, MaxCurrent: 300})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lit   int
		level led.Level
		want  led.Level
		mA    int
	}{{20, 15, 15, 129}, {256, 15, 2, 232}, {256, 1, 1, 152}, {100, 15, 8, 298}, {20, 3, 3, 54}, {256, 0, 0, 72}} {
		f := led.NewFrame(32, 8)
		for i := range c.lit {
			f.Set(i%32, i/32, true)
		}
		if err := d.Show(led.Picture{Frame: f, Level: c.level}); err != nil {
			t.Fatal(err)
		}
		for chip := range 4 {
			if got := wall.Level(chip); got != c.want {
				t.Errorf("%d lit at level %d: chip %d has level %d, want %d", c.lit, c.level, chip, got, c.want)
			}
		}
		if got := d.Current(); got != c.mA || got > 300 {
			t.Errorf("%d lit at level %d: got %d mA, want %d", c.lit, c.level, got, c.mA)
		}
	}
	if err := d.Show(led.Picture{Level: led.Off}); err != nil || d.Current() > 1 {
		t.Errorf("off: got %d mA, %v", d.Current(), err)
	}
	if _, err := max7219.New(func() (spi.PortCloser, error) { return host.Open() }, max7219.Opts{Columns: 4, Wiring: max7219.FC16, MaxCurrent: -1}); err == nil {
		t.Error("a negative limit is accepted")
	}
}

// taken is what the modules take in a state of the chips, in mA, by the formula of the
// datasheet for each chip.
func taken(w *chainsim.Wall) float64 {
	sum := 0.0
	for chip, reg := range w.State() {
		lit := 64
		if level := w.Level(chip); level == led.Off {
			sum += 0.15
		} else {
			if reg[chainsim.Test]&1 == 0 {
				lit = 0
				for _, digit := range reg[chainsim.Digit0 : chainsim.Digit0+8] {
					lit += bits.OnesCount8(digit)
				}
			}
			sum += 8 + float64(lit)*40/8*(2*float64(level)+1)/32
		}
	}
	return sum
}

// dense is noise of which about so many of 256 LEDs are lit, in rows or in modules.
func dense(r *rand.Rand, modules, lit int) *led.Frame {
	f := led.NewFrame(8*modules, 8)
	whole := r.IntN(2) == 0 // modules, all lit or dark
	for module := range modules {
		lights := r.IntN(256) < lit
		for i := range 64 {
			f.Set(8*module+i%8, i/8, whole && lights || !whole && r.IntN(256) < lit)
		}
	}
	return f
}

// TestLimitAtEachLoad looks at the current after every frame of every picture, and of
// messages that break between two frames.
func TestLimitAtEachLoad(t *testing.T) {
	for seed := range uint64(400) {
		r := newRand(seed)
		o := max7219.Opts{Columns: 1 + r.IntN(6), Wiring: max7219.FC16}
		// Below level 0 with everything lit no intensity helps.
		least := max7219.Milliamps(o.Columns, 64*o.Columns, 0)
		o.MaxCurrent = least + r.IntN(300*o.Columns)
		w, h := newWall(o)
		fails := false
		h.Fail = func(op string) (int, error) {
			if op == "tx" && fails {
				fails = false
				return 2 * o.Columns * r.IntN(14), errIO
			}
			return 0, nil
		}
		w.Scramble(r)
		frames, worst := 0, 0.0
		w.OnLoad = func() {
			if frames++; frames > 1 {
				worst = max(worst, taken(w))
			}
		}
		d := newDev(t, h, o)
		for range 12 {
			fails = r.IntN(3) == 0
			p := led.Picture{Frame: dense(r, o.Columns, r.IntN(257)), Level: led.Level(r.IntN(17) - 1)}
			if d.Show(p) != nil && r.IntN(2) == 0 {
				continue // the next picture comes first
			}
			fails = false
			if err := errors.Join(d.Show(p), d.Refresh()); err != nil {
				t.Fatal(err)
			}
			if w.Level(0) != p.Level && p.Level == led.Off || !w.Glass().Equal(p.Frame) && p.Level != led.Off {
				t.Fatalf("seed %d: level %d, got level %d and\n%s", seed, p.Level, w.Level(0), w.Glass())
			}
		}
		if worst > float64(o.MaxCurrent) {
			t.Errorf("seed %d: got %.0f mA from %d modules, want at most %d", seed, worst, o.Columns, o.MaxCurrent)
		}
	}
}

// TestLimitAfterBreak breaks the message of a picture at each byte. Between two words
// each module holds one digit that is not its own at worst; within a word anything. The
// next call keeps to the limit from its second frame on.
func TestLimitAfterBreak(t *testing.T) {
	o := four
	o.MaxCurrent = 300
	full, few := led.NewFrame(32, 8), led.NewFrame(32, 8)
	for i := range 256 {
		full.Set(i%32, i/32, true)
		few.Set(i%32, i/32, i < 20)
	}
	half, other := led.NewFrame(32, 8), led.NewFrame(32, 8)
	for i := range 128 {
		half.Set(i%32, i/32, true)
		other.Set(i%32, 4+i/32, true)
	}
	const digit = 4 * 8 * 40.0 / 8 * 31 / 32 // mA: one more of each module at level 15
	for _, c := range []struct {
		name     string
		from, to *led.Frame
	}{{"all lit", few, full}, {"less lit", full, few}, {"moved", half, other}, {"moved back", other, half}} {
		for cut := range 120 {
			w, h := newWall(o)
			d := newDev(t, h, o)
			show(t, d, led.Picture{Frame: c.from, Level: 15})
			h.Fail = func(op string) (int, error) {
				if op != "tx" {
					return 0, nil
				}
				h.Fail = nil
				return cut, errIO
			}
			if err := d.Show(led.Picture{Frame: c.to, Level: 15}); err == nil {
				t.Fatalf("%s, %d bytes: the message does not fail", c.name, cut)
			}
			if got := taken(w); cut%8 == 0 && got > 300 || cut%2 == 0 && got > 300+digit {
				t.Errorf("%s, %d bytes: got %.0f mA, want at most 300", c.name, cut, got)
			}
			frames, worst := 0, 0.0
			w.OnLoad = func() {
				if frames++; frames > 1 {
					worst = max(worst, taken(w))
				}
			}
			p := led.Picture{Frame: c.to, Level: 15}
			show(t, d, p)
			if worst > 300 {
				t.Errorf("%s, %d bytes: got %.0f mA while it is mended, want at most 300", c.name, cut, worst)
			}
			if !w.Glass().Equal(c.to) || frames != 14 {
				t.Errorf("%s, %d bytes: got %d frames and\n%s", c.name, cut, frames, w.Glass())
			}
		}
	}
}

// TestLimitCostsNoFrame: a change that stays within the limit is sent as without one.
func TestLimitCostsNoFrame(t *testing.T) {
	o := four
	o.MaxCurrent = 300
	_, h := newWall(o)
	d := newDev(t, h, o)
	f := led.NewFrame(32, 8)
	for i := range 40 {
		f.Set(i%32, i/32, true)
	}
	show(t, d, led.Picture{Frame: f, Level: 8})
	for y := range 6 {
		f.Set(20, y, !f.At(20, y))
	}
	ioctls, bytes := h.Ioctls, h.Bytes
	show(t, d, led.Picture{Frame: f, Level: 8})
	if got := [...]int{h.Ioctls - ioctls, h.Bytes - bytes}; got != [...]int{1, 48} {
		t.Errorf("a digit: got %v ioctls and bytes, want 1 and 48", got)
	}
	frames := h.Frames
	if err := d.Refresh(); err != nil || h.Frames-frames != 13 {
		t.Errorf("a refresh: got %d frames, want 13", h.Frames-frames)
	}
}
