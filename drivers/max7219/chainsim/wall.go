package chainsim

import (
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A Board is a kind of module: which digit and segment lights which LED, seen from
// the front with the board as its maker draws it.
type Board struct {
	across, down string // names of the columns from the left, of the rows from the top
}

// Boards returns the kinds of module, as the drawings "Module Orientation" of the
// MD_MAX72XX documentation show them: P is segment DP.
func Boards() map[string]Board {
	return map[string]Board{
		"fc16":      {across: "P A B C D E F G", down: "0 1 2 3 4 5 6 7"},
		"generic":   {across: "7 6 5 4 3 2 1 0", down: "P A B C D E F G"},
		"parola":    {across: "G F E D C B A P", down: "0 1 2 3 4 5 6 7"},
		"icstation": {across: "G F E D C B A P", down: "7 6 5 4 3 2 1 0"},
	}
}

// led returns the digit and the data bit of the LED in a column and row.
func (b Board) led(column, row int) (digit, bit int) {
	names := strings.Fields(b.across)[column] + strings.Fields(b.down)[row]
	for _, name := range names {
		if at := strings.IndexRune("GFEDCBAP", name); at >= 0 {
			bit = at
		} else {
			digit = int(name - '0')
		}
	}
	return digit, bit
}

// A Module is one board on the wall, in the order of the chain.
type Module struct {
	Column, Row int  // of modules, from the top left
	Mirrored    bool // its matrix is soldered in left to right
	Turns       int  // then hung turned clockwise by so many quarters
}

// A Wall is a chain and the places of its modules.
type Wall struct {
	*Chain
	Columns, Rows int
	leds          [][64]spot // of each module
}

// spot is a pixel of the glass and what lights it.
type spot struct{ x, y, digit, bit int }

// NewWall hangs modules of one kind, given in the order of the chain, the one next to
// the host first.
func NewWall(b Board, modules []Module) *Wall {
	w := &Wall{Chain: NewChain(len(modules))}
	for _, m := range modules {
		w.Columns, w.Rows = max(w.Columns, m.Column+1), max(w.Rows, m.Row+1)
		var leds [64]spot
		for i := range leds {
			digit, bit := b.led(i%8, i/8)
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

// Row returns the modules of one row, hung as the maker draws them, with the host at
// the right end.
func Row(n int) []Module {
	return Hanging{Columns: n, Leftwards: true}.Modules()
}

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

// A Glimpse is a state of the glass between two edges of LOAD.
type Glimpse struct {
	Frame  *led.Frame
	Levels []led.Level // of each chip
}

// Look returns the state of the glass now.
func (w *Wall) Look() Glimpse {
	g := Glimpse{Frame: w.Glass()}
	for i := range w.chips {
		g.Levels = append(g.Levels, w.Level(i))
	}
	return g
}

// Watch collects a Glimpse after every edge of LOAD from now on, into what it returns.
func (w *Wall) Watch() *[]Glimpse {
	seen := new([]Glimpse)
	w.OnLoad(func() { *seen = append(*seen, w.Look()) })
	return seen
}

// A Hanging is how somebody with a soldering iron hangs the modules of a wall, going
// along it from the end where the Pi is.
type Hanging struct {
	Columns, Rows int  // modules; 0 rows are 1
	Rotate        int  // degrees by which a picture has to be turned clockwise to stand upright
	Mirror        bool // and then mirrored
	Upwards       bool // the Pi is at the bottom row, and the cable goes up from row to row
	Leftwards     bool // the row at the Pi runs from right to left
	Serpentine    bool // every second row runs against the one before it
	Turned        bool // the boards of those hang upside down
}

// Modules returns the modules, that next to the Pi first.
func (h Hanging) Modules() []Module {
	var all []Module
	leftwards, upsideDown := h.Leftwards, false
	for i := range max(h.Rows, 1) {
		row := i
		if h.Upwards {
			row = max(h.Rows, 1) - 1 - i
		}
		column, step := 0, 1
		if leftwards {
			column, step = h.Columns-1, -1
		}
		for range h.Columns {
			m := Module{Column: column, Row: row, Mirrored: h.Mirror, Turns: (360 - h.Rotate) / 90}
			if upsideDown {
				m.Turns += 2
			}
			all = append(all, m)
			column += step
		}
		if h.Serpentine {
			leftwards = !leftwards
			upsideDown = !upsideDown && h.Turned
		}
	}
	return all
}
