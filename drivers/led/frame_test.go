package led_test

import (
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// TestFrame sets single pixels and reads them back every way there is.
func TestFrame(t *testing.T) {
	for _, size := range []struct{ width, height int }{{0, 0}, {1, 1}, {7, 3}, {8, 8}, {9, 2}, {17, 9}, {-1, 5}} {
		f := led.NewFrame(size.width, size.height)
		if f.Width() != max(size.width, 0) || f.Height() != max(size.height, 0) {
			t.Fatalf("got %dx%d, want %dx%d", f.Width(), f.Height(), size.width, size.height)
		}
		for x := -2; x < f.Width()+2; x++ {
			for y := -2; y < f.Height()+2; y++ {
				f.Clear()
				f.Set(x, y, true)
				inside := x >= 0 && x < f.Width() && y >= 0 && y < f.Height()
				lit, text := 0, f.String()
				for gx := range f.Width() {
					for gy := range f.Height() {
						bit := f.Row(gy)[gx/8]>>(7-gx%8)&1 != 0
						char := text[gy*(f.Width()+1)+gx] == '#'
						if f.At(gx, gy) != (gx == x && gy == y) || bit != f.At(gx, gy) || char != f.At(gx, gy) {
							t.Fatalf("%dx%d: set %d,%d: at %d,%d: At %t, Row %t, String %t", f.Width(), f.Height(), x, y, gx, gy, f.At(gx, gy), bit, char)
						}
						if bit {
							lit++
						}
					}
				}
				if (lit == 1) != inside || f.At(x, y) != inside {
					t.Fatalf("%dx%d: set %d,%d: %d lit", f.Width(), f.Height(), x, y, lit)
				}
				f.Set(x, y, false)
				if !f.Equal(led.NewFrame(size.width, size.height)) {
					t.Fatalf("%dx%d: %d,%d stays lit", f.Width(), f.Height(), x, y)
				}
			}
		}
	}
}

func TestFrameCopyAndEqual(t *testing.T) {
	a := led.NewFrame(9, 2)
	a.Set(8, 1, true)
	b := led.NewFrame(64, 8)
	b.Set(63, 7, true)
	if a.Equal(b) {
		t.Error("frames of different sizes are equal")
	}
	b.CopyFrom(a)
	if !a.Equal(b) || !b.At(8, 1) || b.Width() != 9 {
		t.Errorf("got\n%s want\n%s", b, a)
	}
	b.Set(0, 0, true)
	if a.Equal(b) || a.At(0, 0) {
		t.Error("the copy shares memory with the original")
	}
	if led.NewFrame(16, 4).Equal(led.NewFrame(32, 2)) || led.NewFrame(9, 1).Equal(led.NewFrame(10, 1)) {
		t.Error("frames of different sizes are equal")
	}
}

// TestSymbolsNeverPanic draws on frames of every small size.
func TestSymbolsNeverPanic(t *testing.T) {
	for width := range 20 {
		for height := range 20 {
			f := led.NewFrame(width, height)
			for s := led.Unknown; s <= led.ConfigError+1; s++ {
				f.Clear()
				s.Draw(f)
				lit := differ(f, led.NewFrame(width, height)) > 0
				if want := width >= 8 && height >= 8 && s <= led.ConfigError; want && !lit {
					t.Errorf("symbol %d on %dx%d: nothing is lit", s, width, height)
				}
			}
			for m := led.AtLeast; m <= led.Faulty; m++ {
				f.Clear()
				m.Draw(f, true)
				if lit := differ(f, led.NewFrame(width, height)); lit != min(1, width*height) {
					t.Errorf("mark %d on %dx%d: %d lit", m, width, height, lit)
				}
			}
		}
	}
}
