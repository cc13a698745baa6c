package max7219_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

var errIO = errors.New("input/output error")

// TestErrorsAtEachStep fails each open, connect and message of a script once, after
// any part of its bytes. The next call puts everything right.
func TestErrorsAtEachStep(t *testing.T) {
	failed := 0
	for step := 0; scriptWithFailure(t, step, &failed); step++ { // until the script has fewer steps
	}
	if failed < 5 {
		t.Errorf("only %d failures reached the caller", failed)
	}
}

func scriptWithFailure(t *testing.T, step int, failed *int) (reached bool) {
	r := newRand(uint64(step))
	w, h := newWall(four)
	w.Scramble(r)
	ops := 0
	h.Fail = func(string) (int, error) {
		ops++
		if ops-1 != step {
			return 0, nil
		}
		reached = true
		return r.IntN(120), errIO
	}
	again := func(err error, call func() error) {
		t.Helper()
		if err == nil {
			return
		}
		*failed++
		if !errors.Is(err, errIO) {
			t.Fatalf("step %d: got %v, want %v", step, err, errIO)
		}
		if err := call(); err != nil {
			t.Fatalf("step %d: the second try: %v", step, err)
		}
	}
	var d *max7219.Dev
	create := func() (err error) { d, err = max7219.New(h.Open, four); return err }
	again(create(), create)
	for i := range 6 {
		p := led.Picture{Frame: noise(r, four), Level: led.Level(i)}
		if i == 3 {
			p.Level = led.Off
		}
		again(d.Show(p), func() error { return d.Show(p) })
		sees(t, w, p)
		if i == 4 {
			again(d.Refresh(), d.Refresh)
			sees(t, w, p)
		}
	}
	if err := d.Halt(); err != nil { // tries again by itself
		t.Fatalf("step %d: halt: %v", step, err)
	}
	sees(t, w, led.Picture{Level: led.Off})
	if h.Opens != h.Closes {
		t.Errorf("step %d: got %d opens and %d closes", step, h.Opens, h.Closes)
	}
	return reached
}

// TestOutage: the port fails for a while, as with a loose wire or a driver reloaded.
func TestOutage(t *testing.T) {
	r := newRand(9)
	w, h := newWall(four)
	d := newDev(t, h, four)
	show(t, d, led.Picture{Frame: noise(r, four), Level: 4})

	h.Fail = func(op string) (int, error) { return 0, errIO }
	p := led.Picture{Frame: noise(r, four), Level: 6}
	for i, want := range []string{
		"max7219: write the changed registers: SPI0.0: input/output error",
		"max7219: open the port: input/output error",
		"max7219: open the port: input/output error",
	} {
		if err := d.Show(p); err == nil || err.Error() != want {
			t.Errorf("try %d: got %v, want %s", i, err, want)
		}
	}
	if err := d.Refresh(); !errors.Is(err, errIO) {
		t.Errorf("refresh: got %v, want %v", err, errIO)
	}
	if got := d.Stats().Errors; got != 4 {
		t.Errorf("got %d errors counted, want 4", got)
	}

	h.Fail = nil
	w.Scramble(r)
	if err := d.Refresh(); err != nil {
		t.Fatal(err)
	}
	sees(t, w, p) // the picture that was refused
}

func TestNewFails(t *testing.T) {
	for _, tt := range []struct{ op, want string }{
		{"open", "max7219: open the port: input/output error"},
		{"connect", "max7219: open the port: SPI0.0: connect: input/output error"},
		{"tx", "max7219: write every register: SPI0.0: input/output error"},
	} {
		h := &chainsim.Host{Chain: chainsim.NewChain(4), Fail: func(op string) (int, error) {
			if op == tt.op {
				return 0, errIO
			}
			return 0, nil
		}}
		if _, err := max7219.New(h.Open, four); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.op, err, tt.want)
		}
		if h.Opens != h.Closes {
			t.Errorf("%s: got %d opens and %d closes", tt.op, h.Opens, h.Closes)
		}
	}
}

func TestSplitBetweenFrames(t *testing.T) {
	for _, tt := range []struct {
		modules, maxTx, align int
		picture, refresh      int // ioctls
	}{
		{8, 16, 1, 8, 13}, // one frame in each message
		{8, 256, 1, 4, 7}, // two, if the port aligns them
		{8, 512, 1, 2, 4},
		{4, 0, 1, 1, 1}, // the port does not say
		{8, 4096, 128, 1, 1},
		{64, 4096, 128, 1, 1},  // 32 frames of 128 bytes
		{65, 4096, 128, 1, 1},  // 16 of 256
		{129, 4096, 128, 1, 2}, // 10 of 384
		{256, 4096, 128, 1, 2}, // 8 of 512: the largest picture in one ioctl
		{257, 4096, 128, 2, 3}, // 6 of 640
	} {
		o := max7219.Opts{Columns: tt.modules, Wiring: max7219.FC16}
		w, h := newWall(o)
		h.MaxTx, h.Align = tt.maxTx, tt.align
		d := newDev(t, h, o)
		f := led.NewFrame(8*tt.modules, 8)
		for x := range f.Width() {
			for y := range 8 {
				f.Set(x, y, x != y)
			}
		}
		p := led.Picture{Frame: f}
		ioctls := h.Ioctls
		show(t, d, p)
		sees(t, w, p)
		if got := h.Ioctls - ioctls; got != tt.picture {
			t.Errorf("%d modules, %d bytes: got %d ioctls for a picture, want %d", tt.modules, tt.maxTx, got, tt.picture)
		}
		ioctls = h.Ioctls
		if err := d.Refresh(); err != nil {
			t.Fatal(err)
		}
		sees(t, w, p)
		if got := h.Ioctls - ioctls; got != tt.refresh {
			t.Errorf("%d modules, %d bytes: got %d ioctls for a refresh, want %d", tt.modules, tt.maxTx, got, tt.refresh)
		}
	}
}

// What MessageSize says is just enough for the first writing, of every register, and
// what it says of a frame is just enough to begin.
func TestMessageSize(t *testing.T) {
	for _, modules := range []int{1, 4, 64, 65, 157, 256} {
		o := max7219.Opts{Columns: modules, Wiring: max7219.FC16}
		frame, whole := max7219.MessageSize(modules)
		ioctls := func(maxTx, align int) int {
			_, h := newWall(o)
			h.MaxTx, h.Align = maxTx, align
			if _, err := max7219.New(h.Open, o); err != nil {
				return 0
			}
			return h.Ioctls
		}
		if got := [...]int{ioctls(whole, 128), ioctls(whole-1, 128), min(ioctls(frame, 1), 1), ioctls(frame-1, 1)}; got != [...]int{1, 2, 1, 0} {
			t.Errorf("%d modules, %d and %d bytes: got %v ioctls", modules, whole, frame, got)
		}
	}
}

func TestChainTooLong(t *testing.T) {
	o := max7219.Opts{Columns: 9, Wiring: max7219.FC16}
	_, h := newWall(o)
	h.MaxTx = 16
	_, err := max7219.New(h.Open, o)
	const want = "max7219: open the port: SPI0.0: a frame for 9 modules is 18 bytes, the port takes 16: want at most 8 modules"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestHalt(t *testing.T) {
	w, h := newWall(four)
	d := newDev(t, h, four)
	show(t, d, led.Picture{Frame: noise(newRand(11), four), Level: 4})
	w.Corrupt(2, chainsim.Test, 1) // would shine through the shutdown
	if err := d.Halt(); err != nil {
		t.Fatal(err)
	}
	sees(t, w, led.Picture{Level: led.Off})
	if h.Opens != 1 || h.Closes != 1 {
		t.Errorf("got %d opens and %d closes, want 1 and 1", h.Opens, h.Closes)
	}
	if got, want := d.Current(), max7219.Milliamps(4, 0, led.Off); got != want {
		t.Errorf("got %d mA, want %d", got, want)
	}
	if err := d.Halt(); err != nil || h.Opens != 1 {
		t.Errorf("halt again: got %v and %d opens, want none and 1", err, h.Opens)
	}
	if err := d.Show(led.Picture{Level: led.Off}); !errors.Is(err, max7219.ErrHalted) {
		t.Errorf("show: got %v, want %v", err, max7219.ErrHalted)
	}
	if err := d.Refresh(); !errors.Is(err, max7219.ErrHalted) {
		t.Errorf("refresh: got %v, want %v", err, max7219.ErrHalted)
	}
}

func TestHaltOnDeadPort(t *testing.T) {
	_, h := newWall(four)
	d := newDev(t, h, four)
	h.Fail = func(string) (int, error) { return 0, errIO }
	if err := d.Halt(); !errors.Is(err, errIO) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want %v", err, errIO)
	}
	if h.Opens != h.Closes {
		t.Errorf("got %d opens and %d closes", h.Opens, h.Closes)
	}
}

// TestConcurrentCalls is for the race detector, and for a Halt amid pictures.
func TestConcurrentCalls(t *testing.T) {
	w, h := newWall(four)
	d := newDev(t, h, four)
	var wait sync.WaitGroup
	for i := range uint64(3) {
		wait.Go(func() {
			r := newRand(i)
			for n := range 50 {
				if err := d.Show(led.Picture{Frame: noise(r, four)}); err != nil && !errors.Is(err, max7219.ErrHalted) {
					t.Error(err)
				}
				if i == 2 && n == 40 {
					if err := d.Halt(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wait.Wait()
	sees(t, w, led.Picture{Level: led.Off})
}

// TestAllocations: neither an unchanged nor a changed picture allocates.
func TestAllocations(t *testing.T) {
	open := func() (spi.PortCloser, error) { return &sink{}, nil }
	d, err := max7219.New(open, four)
	if err != nil {
		t.Fatal(err)
	}
	r := newRand(12)
	a, b := noise(r, four), noise(r, four)
	if got := testing.AllocsPerRun(100, func() { show(t, d, led.Picture{Frame: a, Level: 2}) }); got != 0 {
		t.Errorf("unchanged: got %v allocations", got)
	}
	if got := testing.AllocsPerRun(100, func() {
		show(t, d, led.Picture{Frame: a, Level: 2})
		show(t, d, led.Picture{Frame: b, Level: 3})
	}); got != 0 {
		t.Errorf("changed: got %v allocations", got)
	}
}
