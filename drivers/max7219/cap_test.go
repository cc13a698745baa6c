package max7219_test

import (
	"testing"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// A limit on the current makes a bright picture darker on the chips, and leaves one
// that is within it; never black.
func TestMaxCurrent(t *testing.T) {
	wall := chainsim.NewWall(chainsim.Boards()["fc16"], chainsim.Row(4))
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
