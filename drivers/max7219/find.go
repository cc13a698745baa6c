package max7219

// Raw returns options that undo no wiring: the modules of the row are the chips in the
// order of the chain, the left one next to the Pi, and row d of a module's picture is
// digit d with segment DP on the left. What is seen then leads to [FindOpts].
func Raw(modules int) Opts {
	return Opts{Columns: modules, Wiring: FC16, Reversed: true}
}

// An Orientation is how a picture stands on the glass.
type Orientation struct {
	Mirrored bool // left and right are swapped
	Turns    int  // then it is turned clockwise by so many quarters, 0 to 3
}

// An Observation is where and how a picture was seen that a chip showed by [Raw].
type Observation struct {
	Chip        int // 0 is the one next to the Pi
	Column, Row int // of modules, from the top left one
	Orientation Orientation
}

// Observation returns what is seen of a chip on a wall of these options.
func (o Opts) Observation(chip int) Observation {
	at := o.place(chip)
	s := Observation{Chip: chip, Column: at.column, Row: at.row}
	for i := range 8 {
		s.Orientation = Orientation{Mirrored: i >= 4, Turns: i % 4}
		// The driver undoes what the board does: what is seen gives the picture again.
		if o.registers(square(s.Orientation.Of(anF)), at.upsideDown) == anF {
			break
		}
	}
	return s
}

// FindOpts returns the options that fit most of the observations, and how many they
// fit. Of several it takes the likeliest, and leaves what cannot be seen at its default.
func FindOpts(columns, rows int, seen []Observation) (best Opts, fits int) {
	fits = -1
	for _, o := range candidates(columns, rows) {
		n := 0
		for _, s := range seen {
			if s.Chip >= 0 && s.Chip < columns*rows && o.Observation(s.Chip) == s {
				n++
			}
		}
		if n > fits {
			best, fits = o, n
		}
	}
	return best, fits
}

// candidates returns every way to build a wall, the likeliest first: without the flags,
// with few turns, with the commonest board.
func candidates(columns, rows int) []Opts {
	var all []Opts
	for flags := range 16 {
		o := Opts{
			Columns: columns, Rows: rows,
			Mirror: flags&1 != 0, Reversed: flags&2 != 0, Serpentine: flags&4 != 0, BottomUp: flags&8 != 0,
		}
		turns := [][]int{{0}, {90, 270}, {180}}
		if o.Reversed || columns == 1 { // a whole row hangs upside down, so its data enters on the left
			turns = [][]int{{0, 180}, {90, 270}}
		}
		for _, rotations := range turns {
			for _, o.Wiring = range wirings {
				for _, o.Rotate = range rotations {
					all = append(all, o)
				}
			}
		}
	}
	return all
}

// Of returns how the picture of a module is seen, in the order of [led.Frame.Module].
func (r Orientation) Of(pixels uint64) uint64 {
	s := square(pixels)
	if r.Mirrored {
		s = s.flipColumns()
	}
	for range r.Turns {
		s = s.clockwise()
	}
	return uint64(s)
}

// Undo returns the orientation that makes a picture upright again.
func (r Orientation) Undo() Orientation {
	if !r.Mirrored { // a mirrored orientation undoes itself
		r.Turns = (4 - r.Turns) % 4
	}
	return r
}

// anF is a picture that is another in each of the eight symmetries.
const anF = 0xF080804000000000
