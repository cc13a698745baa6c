package probe

import (
	"fmt"
	"slices"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// find asks in rounds until the wall shows its text upright. Two rounds with the same
// answers, and no display that fits, mean that the modules differ.
func (p *probe) find() max7219.Opts {
	raw := max7219.Raw(p.Columns * p.Rows)
	p.light(raw, p.count)
	var before []max7219.Observation
	for p.err == nil {
		var seen []max7219.Observation
		p.light(raw, func() { seen = p.round() })
		found, fits := max7219.FindOpts(p.Columns, p.Rows, seen)
		if fits == len(seen) {
			good := false
			p.light(found, func() { good = p.reads() })
			if good {
				return found
			}
		} else {
			p.say("A chain begins at an end of the top or the bottom row, and goes on at an end of the row\n" +
				"next to it. There the F stands as in the first, or upside down where the chain runs back.\n" +
				"If it is otherwise, no setting helps: turn the modules, or plug the cables in another order.\n")
		}
		if slices.Equal(seen, before) {
			p.light(raw, func() { p.compare(seen) })
		}
		before = seen
		p.say("Then one of the answers was not right, or the modules differ. Once more:\n")
	}
	return max7219.Opts{}
}

// count lights every module for a moment, and then asks whether there are as many as
// the flags say. If a chip is missing, what is sent to it is lost; a chip too many repeats
// what the first ones show.
func (p *probe) count() {
	p.say("Look at the wall: each module lights up for a moment, the one next to the Pi first.\n" +
		"Answer with a number, or y or n, and Enter; q ends.\n")
	if text := p.line("Enter begins: "); text == "n" || text == "no" {
		p.fail(errEnded)
	}
	n := p.Columns * p.Rows
	for chip := range n {
		p.alone(chip, ^uint64(0))
		p.wait()
	}
	for _, chip := range []int{n - 1, 0}[:min(n, 2)] {
		p.alone(chip, letterF)
		p.say(fmt.Sprintf("Module %d of %d shows an F, counted along the cable from the Pi.\n", chip+1, n))
		p.one(n, chip)
	}
}

// one asks until one module is lit, or another number of them is confirmed.
func (p *probe) one(n, chip int) {
	lit, sure := 0, false
	for !sure && p.err == nil {
		if lit = p.number("How many modules are lit? ", 0, 999); lit == 1 {
			return
		}
		sure = p.yes(fmt.Sprintf("%d and not 1, for sure? (y/n) ", lit))
	}
	switch {
	case lit > 1:
		p.fail(fmt.Errorf("%d modules are lit, not one: the chain is longer than %d (hint: count the modules)", lit, n))
	case chip > 0:
		p.fail(fmt.Errorf("module %d stays dark: the chain is shorter than %d, or broken (hint: count the modules; if there are %[2]d, look at the cable behind the last that lit up at the start)", chip+1, n))
	default:
		p.fail(fmt.Errorf("module 1 stays dark (hint: look at its supply, and at DIN, CS and CLK)"))
	}
}

// round asks how and where the first module of the chain shows the F. In a grid it asks
// for the first one of the second row too, which differs in a serpentine chain.
func (p *probe) round() []max7219.Observation {
	p.say("How does the F stand on it?\n\n" + gallery())
	seen := []max7219.Observation{p.place(0, p.upright())}
	if _, fits := max7219.FindOpts(p.Columns, p.Rows, seen); p.Rows > 1 && fits > 0 {
		seen = append(seen, p.observation(p.Columns))
	}
	return seen
}

// upright asks how the first module shows the F, until an arrow that is turned back by
// the answer points up.
func (p *probe) upright() max7219.Orientation {
	for {
		p.alone(0, letterF)
		orientation := p.orientation()
		p.alone(0, orientation.Undo().Of(arrow))
		if p.yes("Now it shows an arrow. Does it point up? (y/n) ") || p.err != nil {
			return orientation
		}
		p.say("Then it is another picture; here is the F again.\n")
	}
}

// observation asks how and where a module shows the F.
func (p *probe) observation(chip int) max7219.Observation {
	p.alone(chip, letterF)
	p.say(fmt.Sprintf("Now module %d shows the F. Which of the pictures is it?\n", chip+1))
	return p.place(chip, p.orientation())
}

func (p *probe) orientation() max7219.Orientation {
	return orientationOf(p.number("Picture (1 to 8): ", 1, 8))
}

// place asks where the module that is lit hangs.
func (p *probe) place(chip int, orientation max7219.Orientation) max7219.Observation {
	row, column := 1, 1
	if p.Rows > 1 {
		row = p.number(fmt.Sprintf("In which row is it, counted from the top? (1 to %d) ", p.Rows), 1, p.Rows)
	}
	if p.Columns > 1 {
		column = p.number(fmt.Sprintf("Which module of the row is it, counted from the left? (1 to %d) ", p.Columns), 1, p.Columns)
	}
	return max7219.Observation{Chip: chip, Column: column - 1, Row: row - 1, Orientation: orientation}
}

// reads lights a text by the options that were found, and asks whether it is right.
func (p *probe) reads() bool {
	const text = "FRIDAY" // the first letter has no symmetry
	p.say("Now the whole wall:\n\n")
	for row := range p.Rows {
		p.say(" ")
		for column := range p.Columns {
			i := (row*p.Columns + column) % len(text)
			letter := text[i : i+1]
			p.say(" " + letter)
			pixels, err := letterPixels(letter)
			p.fail(err)
			p.add(column, row, pixels)
			p.wait()
		}
		p.say("\n")
	}
	return p.yes("\nDoes it read so, and upright? (y/n) ")
}
