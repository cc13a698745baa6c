package max7219_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// newWall returns a wall for o and a host with the limits of a Raspberry Pi.
func newWall(o max7219.Opts) (*chainsim.Wall, *chainsim.Host) {
	w := chainsim.New(o)
	return w, &chainsim.Host{Chain: w.Chain, MaxTx: 4096, Align: 128}
}

func newDev(t testing.TB, h *chainsim.Host, o max7219.Opts) *max7219.Dev {
	t.Helper()
	d, err := max7219.New(h.Open, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func show(t testing.TB, d *max7219.Dev, p led.Picture) {
	t.Helper()
	if err := d.Show(p); err != nil {
		t.Fatal(err)
	}
}

// sees checks that the wall shows p, on every chip and in every pixel.
func sees(t testing.TB, w *chainsim.Wall, p led.Picture) {
	t.Helper()
	got := w.Snapshot()
	for chip, level := range got.Levels {
		if level != p.Level {
			t.Fatalf("chip %d: got level %d, want %d", chip, level, p.Level)
		}
	}
	want := led.NewFrame(8*w.Columns, 8*w.Rows)
	if p.Level != led.Off {
		want = p.Frame
	}
	if diff := cmp.Diff(want.String(), got.Frame.String()); diff != "" {
		t.Fatalf("the glass (-want +got):\n%s", diff)
	}
}

// noise returns a frame of random pixels, in which no symmetry hides.
func noise(r *rand.Rand, o max7219.Opts) *led.Frame {
	f := led.NewFrame(8*o.Columns, 8*max(o.Rows, 1))
	for y := range f.Height() {
		for x := range f.Width() {
			f.Set(x, y, r.IntN(2) == 0)
		}
	}
	return f
}

// within reports whether every lit pixel of f is lit in g.
func within(f, g *led.Frame) bool {
	for y := range f.Height() {
		for x := range f.Width() {
			if f.At(x, y) && !g.At(x, y) {
				return false
			}
		}
	}
	return true
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7219)) }
