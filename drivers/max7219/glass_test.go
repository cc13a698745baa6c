package max7219_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

var four = max7219.Opts{Columns: 4, Wiring: max7219.FC16}

// TestNothingFlashesAtStart starts on chips that hold anything, awake or in display
// test. They may be lit before the second frame; from it on only what is shown is.
func TestNothingFlashesAtStart(t *testing.T) {
	for seed := range uint64(300) {
		r := newRand(seed)
		w, h := newWall(four)
		w.Scramble(r)
		seen := w.Watch()
		d := newDev(t, h, four)
		dark := led.NewFrame(32, 8)
		for i, g := range (*seen)[1:] {
			if !g.Frame.Equal(dark) {
				t.Fatalf("seed %d: lit after frame %d of the start:\n%s", seed, i+1, g.Frame)
			}
		}
		p := led.Picture{Frame: noise(r, four), Level: 15}
		*seen = nil
		show(t, d, p)
		for i, g := range *seen {
			if !within(g.Frame, p.Frame) {
				t.Fatalf("seed %d: frame %d of the first picture shows more than the picture:\n%s", seed, i, g.Frame)
			}
		}
		sees(t, w, p)
	}
}

func TestRefreshDoesNotBlink(t *testing.T) {
	r := newRand(3)
	w, h := newWall(four)
	d := newDev(t, h, four)
	for _, level := range []led.Level{0, 7, 15, led.Off} {
		p := led.Picture{Frame: noise(r, four), Level: level}
		show(t, d, p)
		sees(t, w, p)
		before, ioctls := w.Snapshot(), h.Ioctls
		seen := w.Watch()
		if err := d.Refresh(); err != nil {
			t.Fatal(err)
		}
		if len(*seen) != 13 || h.Ioctls != ioctls+1 {
			t.Errorf("level %d: got %d frames in %d ioctls, want 13 in 1", level, len(*seen), h.Ioctls-ioctls)
		}
		for i, g := range *seen {
			if !g.Frame.Equal(before.Frame) || !cmp.Equal(g.Levels, before.Levels) {
				t.Errorf("level %d: frame %d of a refresh shows (levels %v)\n%s", level, i, g.Levels, g.Frame)
			}
		}
	}
}

// TestRefreshHeals changes every register of every chip: each bit, and all of them.
func TestRefreshHeals(t *testing.T) {
	o := max7219.Opts{Columns: 3, Wiring: max7219.Generic}
	w, h := newWall(o)
	d := newDev(t, h, o)
	for _, level := range []led.Level{5, led.Off} {
		p := led.Picture{Frame: noise(newRand(4), o), Level: level}
		show(t, d, p)
		good := w.State()
		for chip := range w.Len() {
			for register := range 16 {
				for _, flip := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 255} {
					w.Corrupt(chip, register, good[chip][register]^flip)
					if err := d.Refresh(); err != nil {
						t.Fatal(err)
					}
					if register == 0 || register == 13 || register == 14 {
						w.Corrupt(chip, register, good[chip][register]) // not a register
					}
					if !cmp.Equal(w.State(), good) {
						t.Fatalf("chip %d, register %d, bits %#x: not healed", chip, register, flip)
					}
				}
			}
		}
		sees(t, w, p)
	}
}

// TestPowerCycle: a chip that was switched off and on is dark until it has all of
// its picture, whatever its memory holds.
func TestPowerCycle(t *testing.T) {
	for seed := range uint64(100) {
		r := newRand(seed)
		w, h := newWall(four)
		d := newDev(t, h, four)
		p := led.Picture{Frame: noise(r, four), Level: 9}
		show(t, d, p)
		w.PowerCycle(r)
		seen := w.Watch()
		if err := d.Refresh(); err != nil {
			t.Fatal(err)
		}
		dark := led.NewFrame(32, 8)
		for i, g := range *seen {
			if !g.Frame.Equal(dark) && !g.Frame.Equal(p.Frame) {
				t.Fatalf("seed %d: frame %d shows\n%s", seed, i, g.Frame)
			}
		}
		sees(t, w, p)
	}
}

func TestOffIsShutdown(t *testing.T) {
	r := newRand(5)
	w, h := newWall(four)
	d := newDev(t, h, four)
	p := led.Picture{Frame: noise(r, four), Level: 0}
	show(t, d, p)
	sees(t, w, p) // level 0 is lit

	frames := h.Frames
	show(t, d, led.Picture{Level: led.Off})
	sees(t, w, led.Picture{Level: led.Off})
	if got := h.Frames - frames; got != 1 {
		t.Errorf("off: got %d frames, want 1", got)
	}
	ioctls := h.Ioctls
	show(t, d, led.Picture{Frame: noise(r, four), Level: led.Off})
	if h.Ioctls != ioctls {
		t.Error("a picture that nobody can see was sent")
	}

	next := led.Picture{Frame: noise(r, four), Level: 15}
	seen := w.Watch()
	show(t, d, next)
	for i, g := range *seen {
		if last := i == len(*seen)-1; !last && !g.Frame.Equal(led.NewFrame(32, 8)) {
			t.Errorf("frame %d after off shows\n%s", i, g.Frame)
		}
	}
	sees(t, w, next)
}

// TestForeignTraffic: other devices on the bus clock anything through the chips.
func TestForeignTraffic(t *testing.T) {
	r := newRand(6)
	w, h := newWall(four)
	d := newDev(t, h, four)
	p := led.Picture{Frame: noise(r, four), Level: 4}
	for range 1000 {
		junk := make([]byte, 1+r.IntN(40))
		for i := range junk {
			junk[i] = byte(r.Uint32())
		}
		w.Clock(junk...)
		p.Frame.Set(r.IntN(32), r.IntN(8), r.IntN(2) == 0)
		show(t, d, p)
		sees(t, w, p)
	}
}

func TestUnchangedSendsNothing(t *testing.T) {
	r := newRand(7)
	w, h := newWall(four)
	d := newDev(t, h, four)
	p := led.Picture{Frame: noise(r, four), Level: 4}
	show(t, d, p)
	before, stats := *h, d.Stats()
	same := led.NewFrame(32, 8)
	same.CopyFrom(p.Frame)
	show(t, d, p)
	show(t, d, led.Picture{Frame: same, Level: 4})
	if h.Ioctls != before.Ioctls || h.Bytes != before.Bytes || d.Stats() != stats {
		t.Errorf("got %d ioctls and %d bytes for an unchanged picture", h.Ioctls-before.Ioctls, h.Bytes-before.Bytes)
	}
	sees(t, w, p)

	show(t, d, led.Picture{Frame: noise(r, four), Level: 5})
	if got := h.Ioctls - before.Ioctls; got != 1 {
		t.Errorf("got %d ioctls for a changed picture, want 1", got)
	}
}

func TestStatsAndConnection(t *testing.T) {
	o := four
	o.Speed = 2 * physic.MegaHertz
	_, h := newWall(o)
	d := newDev(t, h, o)
	show(t, d, led.Picture{Frame: noise(newRand(8), four), Level: 4})
	got := d.Stats()
	want := max7219.Stats{
		Ioctls: uint64(h.Ioctls), Frames: uint64(h.Frames), Bytes: uint64(h.Bytes), Opens: 1, Refreshes: 1,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if h.Speed != 2*physic.MegaHertz || h.Mode != spi.Mode0 {
		t.Errorf("got %s, %s; want 2MHz, Mode0", h.Speed, h.Mode)
	}
	if got, want := fmt.Sprint(d), "max7219: 4x1 modules (fc16) on SPI0.0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPictureErrors(t *testing.T) {
	_, h := newWall(four)
	d := newDev(t, h, four)
	ioctls := h.Ioctls
	for _, tt := range []struct {
		picture led.Picture
		want    string
	}{
		{led.Picture{Frame: led.NewFrame(16, 8)}, "max7219: show a picture: the frame is 16x8, the chain 32x8 pixels"},
		{led.Picture{Level: 0}, "max7219: show a picture: it has no frame"},
		{led.Picture{Level: 3}, "max7219: show a picture: it has no frame"},
		{led.Picture{Level: 16}, "max7219: show a picture: level 16: want 0 to 15, or -1 for off"},
		{led.Picture{Level: -2}, "max7219: show a picture: level -2: want 0 to 15, or -1 for off"},
	} {
		if err := d.Show(tt.picture); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	if h.Ioctls != ioctls {
		t.Error("a refused picture was sent")
	}
}
