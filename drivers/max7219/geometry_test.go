package max7219_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// TestEveryGeometry shows noise on every wall that Opts can describe.
func TestEveryGeometry(t *testing.T) {
	r := newRand(1)
	grids := []struct{ columns, rows int }{{1, 1}, {2, 1}, {4, 1}, {1, 3}, {3, 2}, {2, 3}}
	for _, wiring := range max7219.Wirings {
		for _, rotate := range []int{0, 90, 180, 270} {
			for flags := range 16 {
				for _, g := range grids {
					o := max7219.Opts{
						Columns: g.columns, Rows: g.rows, Wiring: wiring, Rotate: rotate, Mirror: flags&1 != 0,
						Reversed: flags&2 != 0, Serpentine: flags&4 != 0, BottomUp: flags&8 != 0,
					}
					t.Run(fmt.Sprintf("%s/%d/%04b/%dx%d", wiring, rotate, flags, g.columns, g.rows), func(t *testing.T) {
						w, h := newWall(o)
						d := newDev(t, h, o)
						p := led.Picture{Frame: noise(r, o), Level: led.Level(r.IntN(16))}
						show(t, d, p)
						sees(t, w, p)
					})
				}
			}
		}
	}
}

// plan reads where the modules hang from a drawing: their places in the chain, the
// one next to the host being 0, and a v after those that hang upside down.
func plan(t *testing.T, drawing string) []chainsim.Module {
	all := make([]chainsim.Module, len(strings.Fields(drawing)))
	for row, line := range strings.Split(drawing, "\n") {
		for column, cell := range strings.Fields(line) {
			number, turned := strings.CutSuffix(cell, "v")
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			all[n] = chainsim.Module{Column: column, Row: row}
			if turned {
				all[n].Turns = 2
			}
		}
	}
	return all
}

// TestPlans holds the walls that the comments of Opts describe, drawn.
func TestPlans(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts max7219.Opts
		plan string
	}{
		{"row", max7219.Opts{Columns: 4, Wiring: max7219.FC16}, `3 2 1 0`},
		{"row, hung upside down", max7219.Opts{Columns: 4, Wiring: max7219.FC16, Reversed: true, Rotate: 180}, `0v 1v 2v 3v`},
		{"grid", max7219.Opts{Columns: 3, Rows: 2, Wiring: max7219.ICStation}, "2 1 0\n5 4 3"},
		{"serpentine", max7219.Opts{Columns: 3, Rows: 3, Wiring: max7219.FC16, Serpentine: true}, "2 1 0\n3v 4v 5v\n8 7 6"},
		{"serpentine, reversed", max7219.Opts{Columns: 2, Rows: 2, Wiring: max7219.Parola, Serpentine: true, Reversed: true}, "0 1\n3v 2v"},
		{"generic serpentine", max7219.Opts{Columns: 2, Rows: 2, Wiring: max7219.Generic, Serpentine: true}, "1 0\n2 3"},
		{"bottom up", max7219.Opts{Columns: 3, Rows: 2, Wiring: max7219.FC16, BottomUp: true}, "5 4 3\n2 1 0"},
		{"bottom up, reversed", max7219.Opts{Columns: 2, Rows: 2, Wiring: max7219.Parola, BottomUp: true, Reversed: true}, "2 3\n0 1"},
		{"bottom up, serpentine", max7219.Opts{Columns: 3, Rows: 3, Wiring: max7219.FC16, BottomUp: true, Serpentine: true}, "8 7 6\n3v 4v 5v\n2 1 0"},
		{"bottom up, generic serpentine", max7219.Opts{Columns: 2, Rows: 2, Wiring: max7219.Generic, BottomUp: true, Serpentine: true}, "2 3\n1 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := chainsim.NewWall(tt.opts.Wiring, plan(t, tt.plan))
			h := &chainsim.Host{Chain: w.Chain}
			d := newDev(t, h, tt.opts)
			p := led.Picture{Frame: noise(newRand(2), tt.opts), Level: 3}
			show(t, d, p)
			sees(t, w, p)
		})
	}
}

// recorder keeps the frames that are sent.
type recorder struct {
	sink
	frames string
}

func (r *recorder) Connect(physic.Frequency, spi.Mode, int) (spi.Conn, error) { return r, nil }
func (r *recorder) TxPackets(packets []spi.Packet) error {
	for _, p := range packets {
		r.frames += fmt.Sprintf("% x\n", p.W)
	}
	return nil
}

// TestBytes fixes the bytes for the commonest wall, two modules of fc16.
func TestBytes(t *testing.T) {
	record := &recorder{}
	open := func() (spi.PortCloser, error) { return record, nil }
	d, err := max7219.New(open, max7219.Opts{Columns: 2, Wiring: max7219.FC16})
	if err != nil {
		t.Fatal(err)
	}
	f := led.NewFrame(16, 8)
	f.Set(0, 0, true)  // left module, top left
	f.Set(15, 7, true) // right module, bottom right
	f.Set(14, 0, true)
	show(t, d, led.Picture{Frame: f, Level: 8})
	f.Set(14, 0, false)
	show(t, d, led.Picture{Frame: f, Level: 3})
	show(t, d, led.Picture{Frame: f, Level: led.Off})
	if err := d.Halt(); err != nil {
		t.Fatal(err)
	}
	const want = `0f 00 0f 00
0c 00 0c 00
09 00 09 00
0b 07 0b 07
01 00 01 00
02 00 02 00
03 00 03 00
04 00 04 00
05 00 05 00
06 00 06 00
07 00 07 00
08 00 08 00
0a 00 0a 00
0c 01 0c 01
01 80 01 02
08 00 08 01
0a 08 0a 08
0a 03 0a 03
01 80 01 00
0c 00 0c 00
0f 00 0f 00
0c 00 0c 00
`
	if diff := cmp.Diff(want, record.frames); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
}

func TestOptsErrors(t *testing.T) {
	for _, tt := range []struct {
		opts max7219.Opts
		want string
	}{
		{max7219.Opts{Columns: 0, Wiring: "fc16"}, "max7219: 0 columns and 1 rows: want at least 1 module"},
		{max7219.Opts{Columns: 1, Rows: -1, Wiring: "fc16"}, "max7219: 1 columns and -1 rows: want at least 1 module"},
		{max7219.Opts{Columns: 65536, Rows: 65536, Wiring: "fc16"}, "max7219: 65536 columns and 65536 rows: want at most 4096 modules"},
		{max7219.Opts{Columns: 1}, `max7219: wiring "": want one of ["fc16" "generic" "parola" "icstation"]`},
		{max7219.Opts{Columns: 1, Wiring: "FC-16"}, `max7219: wiring "FC-16": want one of ["fc16" "generic" "parola" "icstation"]`},
		{max7219.Opts{Columns: 1, Wiring: "fc16", Rotate: 45}, "max7219: rotate 45: want 0, 90, 180 or 270 degrees"},
		{max7219.Opts{Columns: 1, Wiring: "fc16", Speed: 52e12}, "max7219: speed 52MHz: want 100Hz to 10MHz"},
		{max7219.Opts{Columns: 1, Wiring: "fc16", Speed: 1}, "max7219: speed 1µHz: want 100Hz to 10MHz"},
	} {
		h := &chainsim.Host{Chain: chainsim.NewChain(1)}
		_, err := max7219.New(h.Open, tt.opts)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%+v: got %v, want %s", tt.opts, err, tt.want)
		}
		if h.Opens != 0 {
			t.Errorf("%+v: the port was opened", tt.opts)
		}
	}
}
