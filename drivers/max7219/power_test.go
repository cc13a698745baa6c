package max7219

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

func TestMilliamps(t *testing.T) {
	for _, c := range []struct {
		modules, lit int
		level        led.Level
		want         int
	}{
		{1, 64, 15, 318}, // datasheet: typically 330
		{1, 0, 15, 8},
		{1, 64, 0, 18},
		{4, 256, 15, 1272},
		{4, 60, 8, 192},
		{4, 256, led.Off, 1},
		{8, 0, led.Off, 2},
		{1, 64, 20, 318},
	} {
		if got := Milliamps(c.modules, c.lit, c.level); got != c.want {
			t.Errorf("%d modules, %d lit, level %d: got %d mA, want %d", c.modules, c.lit, c.level, got, c.want)
		}
	}
}

// The cap takes the highest level that it may, by the formula in floating point.
func TestCapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		modules := rapid.IntRange(1, 157).Draw(t, "modules")
		lit := rapid.IntRange(0, 64*modules).Draw(t, "lit")
		level := led.Level(rapid.IntRange(-1, 15).Draw(t, "level"))
		most := rapid.IntRange(1, 60_000).Draw(t, "mA")
		want := level
		for l := led.Level(0); l <= level; l++ {
			duty := (2*float64(l) + 1) / 32
			if mA := 8*float64(modules) + float64(lit)*40/8*duty; l == 0 || math.Ceil(mA-1e-9) <= float64(most) {
				want = l
			}
		}
		if got := capped(modules, lit, level, most); got != want {
			t.Fatalf("got level %d, want %d", got, want)
		}
	})
}
