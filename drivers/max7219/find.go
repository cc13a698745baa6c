package max7219

// Raw returns options that undo no wiring: the modules of the row are the chips in the
// order of the chain, the left one next to the Pi, and row d of a module's picture is
// digit d with segment DP on the left. What is seen then leads to [FindOpts].
func Raw(modules int) Opts {
	return Opts{Columns: modules, Wiring: FC16, Reversed: true}
}

// An Observation is where and how a picture was seen that a chip showed by [Raw].
type Observation struct {
	Chip        int // 0 is the one next to the Pi
	Column, Row int // of modules, from the top left one
	Orientation Orientation
}

// Observation returns what is seen of a chip on a wall of these options.
func (o Opts) Observation(chip int) Observation {
	row, column := chip/o.Columns, chip%o.Columns
	against := o.Serpentine && row%2 == 1
	if against == o.Reversed { // from the right
		column = o.Columns - 1 - column
	}
	if o.BottomUp {
		row = o.Rows - 1 - row
	}
	corrected := Orientation{Turns: o.Rotate / 90}
	if against && o.Wiring != Generic { // it hangs upside down
		corrected.Turns = (corrected.Turns + 2) % 4
	}
	corrected = corrected.then(Orientation{Mirrored: o.Mirror}).then(boards[o.Wiring])
	// The driver undoes what the board does.
	return Observation{Chip: chip, Column: column, Row: row, Orientation: corrected.Undo()}
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
