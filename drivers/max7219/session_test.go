package max7219_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// session is a wall, its driver, and what should be on the glass.
type session struct {
	wall  *chainsim.Wall
	host  *chainsim.Host
	dev   *max7219.Dev
	opts  max7219.Opts
	rand  *rand.Rand // for what the caller does not choose
	want  led.Picture
	fails bool // the next message fails
	dirty bool // the glass was damaged, and the driver cannot know
	lost  bool // the last call failed: the next one writes everything
}

func newSession(t testing.TB, o max7219.Opts, seed uint64) *session {
	s := &session{opts: o, rand: newRand(seed)}
	s.wall, s.host = newWall(o)
	s.wall.Scramble(s.rand)
	s.dev = newDev(t, s.host, o)
	s.want.Frame = led.NewFrame(8*o.Columns, 8*max(o.Rows, 1))
	s.host.Fail = func(op string) (int, error) {
		if op == "tx" && s.fails {
			s.fails = false
			return s.rand.IntN(300), errIO
		}
		return 0, nil
	}
	return s
}

// step does one of the things that happen to a wall. a, b and c choose the details.
func (s *session) step(t testing.TB, what, a, b, c int) {
	t.Helper()
	switch what % 9 {
	case 0, 1: // a pixel
		s.want.Frame.Set(a%s.want.Frame.Width(), b%s.want.Frame.Height(), c%2 == 0)
		s.show(t)
	case 2: // another picture
		s.want.Frame = noise(newRand(uint64(a)), s.opts)
		s.show(t)
	case 3:
		s.want.Level = led.Level(a%17 - 1)
		s.show(t)
	case 4:
		s.show(t)
	case 5:
		s.refresh(t)
	case 6:
		s.wall.Clock(byte(a), byte(b), byte(c))
	case 7:
		registers := chainsim.Registers()
		s.wall.Corrupt(a%s.wall.Len(), registers[b%len(registers)], byte(c))
		s.dirty = true
	case 8:
		s.fails = true
	}
}

// show shows what is wanted, and checks the glass, the ioctls and the frames.
func (s *session) show(t testing.TB) {
	t.Helper()
	before, ioctls, frames := s.wall.State(), s.host.Ioctls, s.host.Frames
	if err := s.dev.Show(s.want); err != nil {
		s.lost = true
		return
	}
	if s.lost {
		s.lost, s.dirty = false, false
	} else if !s.dirty {
		if got, want := s.host.Frames-frames, changed(before, s.wall.State()); got != want {
			t.Fatalf("got %d frames, want %d: the registers that changed", got, want)
		}
		if got := s.host.Ioctls - ioctls; got > 1 {
			t.Fatalf("got %d ioctls, want at most 1", got)
		}
	}
	s.check(t)
}

func (s *session) refresh(t testing.TB) {
	t.Helper()
	if err := s.dev.Refresh(); err != nil {
		s.lost = true
		return
	}
	s.lost, s.dirty = false, false
	// A show that failed is made good by the refresh, so the glass has it now.
	s.check(t)
}

func (s *session) check(t testing.TB) {
	t.Helper()
	if !s.dirty {
		sees(t, s.wall, s.want)
	}
}

// changed returns how many registers differ on any chip.
func changed(before, after [][16]byte) (n int) {
	for register := range 16 {
		for chip := range before {
			if before[chip][register] != after[chip][register] {
				n++
				break
			}
		}
	}
	return n
}

// TestAnySequence: whatever happens in whatever order, the glass shows the picture.
func TestAnySequence(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := max7219.Opts{
			Columns:    rapid.IntRange(1, 5).Draw(rt, "columns"),
			Rows:       rapid.IntRange(1, 2).Draw(rt, "rows"),
			Wiring:     rapid.SampledFrom(max7219.Wirings).Draw(rt, "wiring"),
			Rotate:     rapid.SampledFrom([]int{0, 90, 180, 270}).Draw(rt, "rotate"),
			Mirror:     rapid.Bool().Draw(rt, "mirror"),
			Reversed:   rapid.Bool().Draw(rt, "reversed"),
			Serpentine: rapid.Bool().Draw(rt, "serpentine"),
			BottomUp:   rapid.Bool().Draw(rt, "bottom up"),
		}
		s := newSession(t, o, rapid.Uint64().Draw(rt, "seed"))
		small := rapid.IntRange(0, 255)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			s.step(t, small.Draw(rt, "what"), small.Draw(rt, "a"), small.Draw(rt, "b"), small.Draw(rt, "c"))
		}
		s.fails = false
		s.refresh(t)
	})
}

// FuzzSequence does the same from bytes: four for each step.
func FuzzSequence(f *testing.F) {
	f.Add([]byte{2, 1, 0, 0, 3, 8, 0, 0, 0, 3, 3, 0, 3, 0, 0, 0, 4, 0, 0, 0, 3, 9, 0, 0})
	f.Add([]byte{2, 9, 0, 0, 8, 0, 0, 0, 0, 1, 1, 0, 4, 0, 0, 0, 7, 1, 11, 0, 5, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newSession(t, four, uint64(len(data)))
		for len(data) >= 4 {
			s.step(t, int(data[0]), int(data[1]), int(data[2]), int(data[3]))
			data = data[4:]
		}
		s.fails = false
		s.refresh(t)
	})
}
