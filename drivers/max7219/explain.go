package max7219

import (
	"cmp"
	"slices"
)

// Raw returns options by which the modules of a row are the chips in the order of the
// chain, the left one next to the Pi, and row d of a module's picture is digit d with
// segment DP on the left: what is wired otherwise shows on the glass. See [Explain].
func Raw(modules int) Opts {
	return Opts{Columns: modules, Wiring: FC16, Reversed: true}
}

// A Look is how a picture stands on the glass.
type Look struct {
	Mirrored bool // left and right are swapped
	Turns    int  // then it is turned clockwise by so many quarters, 0 to 3
}

// A Sighting is where a picture was seen that a chip showed by [Raw], and how.
type Sighting struct {
	Chip        int // 0 is the one next to the Pi
	Column, Row int // of modules, from the top left one
	Look        Look
}

// Explain returns the options of a wall on which all of that is seen, the likeliest of
// several, with what cannot be seen at its default. It reports false if there are none.
func Explain(columns, rows int, seen []Sighting) (Opts, bool) {
	for _, o := range suspects(columns, rows) {
		if o.explains(seen) {
			return o, true
		}
	}
	return Opts{}, false
}

// suspects returns every way to build a wall. What cannot be seen on it is left at
// its default; then come the fewest turns, and of these the commonest board.
func suspects(columns, rows int) []Opts {
	var all []Opts
	for _, wiring := range wirings {
		for _, rotate := range []int{0, 90, 180, 270} {
			for flags := range 16 {
				all = append(all, Opts{
					Columns: columns, Rows: rows, Wiring: wiring, Rotate: rotate,
					Mirror: flags&1 != 0, Reversed: flags&2 != 0, Serpentine: flags&4 != 0, BottomUp: flags&8 != 0,
				})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Opts) int { return cmp.Compare(a.oddness(), b.oddness()) })
	return all
}

// oddness is the lower the likelier a wall is built so, whatever its board.
func (o Opts) oddness() int {
	turns := min(o.Rotate/90, 4-o.Rotate/90)
	if o.Rotate == 180 && (o.Reversed || o.Columns == 1) {
		turns = 0 // a whole row that hangs upside down: its data then enters on the left
	}
	if o.Mirror {
		turns += 4 // nobody solders so; it stands for a board that is not known
	}
	if o.Reversed {
		turns += 10
	}
	if o.Serpentine {
		turns += 100
	}
	if o.BottomUp {
		turns += 1000
	}
	return turns
}

// explains reports whether a wall of these options shows what was seen.
func (o Opts) explains(seen []Sighting) bool {
	places := o.places()
	return !slices.ContainsFunc(seen, func(s Sighting) bool {
		if s.Chip < 0 || s.Chip >= len(places) {
			return true
		}
		// The driver undoes what the board does: what was seen gives the picture again.
		at := places[s.Chip]
		return at.column != s.Column || at.row != s.Row || o.registers(s.Look.of(anF), at.upsideDown) != anF
	})
}

// of returns the picture as it is seen.
func (l Look) of(s square) square {
	if l.Mirrored {
		s = s.flipColumns()
	}
	for range l.Turns {
		s = s.clockwise()
	}
	return s
}

// anF is a picture that is another in each of the eight symmetries.
const anF square = 0xF080804000000000
