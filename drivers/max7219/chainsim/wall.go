package chainsim

import (
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// board returns which digit and segment light the LED in a column and row of a board,
// seen from the front as its maker draws it. The names of the columns from the left and
// of the rows from the top are from the drawings "Module Orientation" of the MD_MAX72XX
// documentation; P is segment DP.
func board(wiring max7219.Wiring, column, row int) (digit, bit int) {
	names := map[max7219.Wiring][2]string{
		max7219.FC16:      {"PABCDEFG", "01234567"},
		max7219.Generic:   {"76543210", "PABCDEFG"},
		max7219.Parola:    {"GFEDCBAP", "01234567"},
		max7219.ICStation: {"GFEDCBAP", "76543210"},
	}[wiring]
	for _, name := range []byte{names[0][column], names[1][row]} {
		if at := strings.IndexByte("GFEDCBAP", name); at >= 0 {
			bit = at
		} else {
			digit = int(name - '0')
		}
	}
	return digit, bit
}

// A Module is one board on the wall.
type Module struct {
	Column, Row int  // of modules, from the top left
	Mirrored    bool // left and right of its matrix are swapped
	Turns       int  // then it is turned clockwise by so many quarters
}

// A Wall is a chain and the places of its modules.
type Wall struct {
	*Chain
	Columns, Rows int
	leds          [][64]spot // of each module
}

// spot is a pixel of the glass and what lights it.
type spot struct{ x, y, digit, bit int }

// NewWall returns a wall of boards of one kind, in the order of the chain, the one next
// to the host first.
func NewWall(wiring max7219.Wiring, modules []Module) *Wall {
	w := &Wall{Chain: NewChain(len(modules))}
	for _, m := range modules {
		w.Columns, w.Rows = max(w.Columns, m.Column+1), max(w.Rows, m.Row+1)
		var leds [64]spot
		for i := range leds {
			digit, bit := board(wiring, i%8, i/8)
			x, y := i%8, i/8
			if m.Mirrored {
				x = 7 - x
			}
			for range m.Turns {
				x, y = 7-y, x
			}
			leds[i] = spot{x: 8*m.Column + x, y: 8*m.Row + y, digit: digit, bit: bit}
		}
		w.leds = append(w.leds, leds)
	}
	return w
}

// New returns the wall that the options describe.
func New(o max7219.Opts) *Wall { return NewWall(o.Wiring, Modules(o)) }

// Glass returns the LEDs that are lit.
func (w *Wall) Glass() *led.Frame {
	f := led.NewFrame(8*w.Columns, 8*w.Rows)
	for i := range w.leds {
		for _, s := range w.leds[i] {
			f.Set(s.x, s.y, w.chips[i].lit(s.digit, s.bit))
		}
	}
	return f
}

// Level returns how bright a chip's module is: Off in shutdown, 15 in display test.
func (w *Wall) Level(chip int) led.Level {
	switch reg := &w.chips[chip].reg; {
	case reg[Test]&1 != 0:
		return 15
	case reg[Shutdown]&1 == 0:
		return led.Off
	default:
		return led.Level(reg[Intensity] & 15)
	}
}

// A Snapshot is what the wall shows between two edges of LOAD.
type Snapshot struct {
	Frame  *led.Frame
	Levels []led.Level // of each chip
}

// Snapshot returns what the wall shows now.
func (w *Wall) Snapshot() Snapshot {
	s := Snapshot{Frame: w.Glass()}
	for chip := range w.chips {
		s.Levels = append(s.Levels, w.Level(chip))
	}
	return s
}

// Watch collects a Snapshot after every edge of LOAD from now on, into what it returns.
func (w *Wall) Watch() *[]Snapshot {
	all := new([]Snapshot)
	w.OnLoad = func() { *all = append(*all, w.Snapshot()) }
	return all
}

// Modules returns the modules of the wall that the options describe, by following the
// cable from the Pi.
func Modules(o max7219.Opts) []Module {
	var all []Module
	rows := max(o.Rows, 1)
	leftwards, upsideDown := !o.Reversed, false
	for i := range rows {
		row := i
		if o.BottomUp {
			row = rows - 1 - i
		}
		column, step := 0, 1
		if leftwards {
			column, step = o.Columns-1, -1
		}
		for range o.Columns {
			m := Module{Column: column, Row: row, Mirrored: o.Mirror, Turns: (360 - o.Rotate) / 90}
			if upsideDown {
				m.Turns += 2
			}
			all = append(all, m)
			column += step
		}
		if o.Serpentine {
			leftwards = !leftwards
			upsideDown = !upsideDown && o.Wiring != max7219.Generic
		}
	}
	return all
}
