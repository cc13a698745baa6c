package chainsim

// A Hanging is how somebody with a soldering iron hangs the modules of a wall, going
// along it from the end where the Pi is.
type Hanging struct {
	Columns, Rows int  // modules; 0 rows are 1
	Rotate        int  // degrees by which a picture has to be turned clockwise to stand upright
	Mirror        bool // and then mirrored
	Leftwards     bool // the first row runs from right to left
	Serpentine    bool // every second row runs against the one above it
	Turned        bool // the boards of those hang upside down
}

// Modules returns the modules, that next to the Pi first.
func (h Hanging) Modules() []Module {
	var all []Module
	leftwards, upsideDown := h.Leftwards, false
	for row := range max(h.Rows, 1) {
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
