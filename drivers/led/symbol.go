package led

import (
	_ "embed"
	"sync"
)

// A Symbol says why there is no number, or why the number may be wrong.
type Symbol int

const (
	Unknown     Symbol = iota // "--": nothing is known yet
	AuthError                 // a padlock: there is no credential, or the server refused it
	ClockError                // a clock face: the clock is not synchronised
	Environment               // a magnifying glass: a configured environment was not found
	ConfigError               // braces around an exclamation mark: no good file since the start
)

//go:embed symbols.txt
var drawingSymbols string

var symbols = sync.OnceValue(func() map[rune]glyph { return parse(drawingSymbols) })

// Draw lights the symbol's pixels in f, centred and as large as f permits. A frame of
// less than 8 by 8 pixels shows a part of it.
func (s Symbol) Draw(f *Frame) {
	if s == Unknown {
		if line, err := Fit("--", f.Width(), f.Height(), FontAuto, Saturate); err == nil {
			line.Draw(f, 0)
		}
		return
	}
	scale := max(1, min(f.Width(), f.Height())/8)
	symbols()['0'+rune(s)].draw(f, (f.Width()-8*scale)/2, (f.Height()-8*scale)/2, scale)
}

// A Mark is a corner pixel that qualifies the number. The two pixels beside it are
// darkened, so that it can be read over any text. A digit loses one pixel to a mark at
// most, or three to Faulty.
type Mark int

const (
	AtLeast Mark = iota // bottom left, lit: the streak may be longer than is known
	Stale               // top right, blinking: the facts are old
	Refused             // bottom right, blinking: the saved file is not the one in force
	Faulty              // top left, blinking: another display does not work
)

// Draw puts the mark on f, lit or in the dark phase of its blinking. Both phases
// darken the neighbours, so that only the mark itself blinks.
func (m Mark) Draw(f *Frame, lit bool) {
	x, dx := f.Width()-1, -1
	if m == AtLeast || m == Faulty {
		x, dx = 0, 1
	}
	y, dy := f.Height()-1, -1
	if m == Stale || m == Faulty {
		y, dy = 0, 1
	}
	f.Set(x+dx, y, false)
	f.Set(x, y+dy, false)
	f.Set(x, y, lit)
}
