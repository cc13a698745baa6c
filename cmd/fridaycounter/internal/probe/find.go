package probe

import (
	"context"
	"fmt"
	"slices"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// find asks in rounds until the wall shows its text upright. Two rounds with the same
// answers, and no display that fits, mean that the modules differ.
func (p *probe) find(ctx context.Context) (max7219.Opts, error) {
	raw := max7219.Raw(p.Columns * p.Rows)
	err := p.light(raw, func(c chain) error { return p.count(ctx, c) })
	var before, seen []max7219.Observation
	for err == nil {
		err = p.light(raw, func(c chain) (err error) { seen, err = p.round(ctx, c); return err })
		if err != nil {
			break
		}
		found, fits := max7219.FindOpts(p.Columns, p.Rows, seen)
		good := fits == len(seen)
		if good {
			err = p.light(found, func(c chain) (err error) { good, err = p.reads(ctx, c); return err })
		} else {
			p.say("A chain begins at an end of the top or the bottom row, and goes on at an end of the row\n" +
				"next to it. There the F stands as in the first, or upside down where the chain runs back.\n" +
				"If it is otherwise, no setting helps: turn the modules, or plug the cables in another order.\n")
		}
		if err != nil || good {
			return found, err
		}
		if slices.Equal(seen, before) {
			return max7219.Opts{}, p.light(raw, func(c chain) error { return p.compare(ctx, c, seen) })
		}
		before = seen
		p.say("Then one of the answers was not right, or the modules differ. Once more:\n")
	}
	return max7219.Opts{}, err
}

// count lights every module for a moment, and then asks whether there are as many as
// the flags say. A word for a missing chip is lost; a chip too many repeats what the
// first ones show.
func (p *probe) count(ctx context.Context, c chain) error {
	p.say("Look at the wall: each module lights up for a moment, the one next to the Pi first.\n" +
		"Answer with a number, or y or n, and Enter; q ends.\n")
	switch text, err := p.line(ctx, "Enter begins: "); {
	case err != nil:
		return err
	case text == "n" || text == "no":
		return errEnded
	}
	n := p.Columns * p.Rows
	for chip := range n {
		if err := c.alone(chip, ^uint64(0)); err != nil {
			return err
		}
		if err := wait(ctx, p.Pause); err != nil {
			return err
		}
	}
	for _, chip := range []int{n - 1, 0}[:min(n, 2)] {
		if err := c.alone(chip, letterF); err != nil {
			return err
		}
		p.say(fmt.Sprintf("Module %d of %d shows an F, counted along the cable from the Pi.\n", chip+1, n))
		if err := p.one(ctx, n, chip); err != nil {
			return err
		}
	}
	return nil
}

// one asks until one module is lit, or another number of them is confirmed.
func (p *probe) one(ctx context.Context, n, chip int) error {
	lit, sure := 0, false
	for !sure {
		var err error
		if lit, err = p.number(ctx, "How many modules are lit? ", 0, 999); err != nil || lit == 1 {
			return err
		}
		if sure, err = p.yes(ctx, fmt.Sprintf("%d and not 1, for sure? (y/n) ", lit)); err != nil {
			return err
		}
	}
	switch {
	case lit > 1:
		return fmt.Errorf("%d modules are lit, not one: the chain is longer than %d (hint: count the modules)", lit, n)
	case chip > 0:
		return fmt.Errorf("module %d stays dark: the chain is shorter than %d, or broken (hint: count the modules; if there are %[2]d, look at the cable behind the last that lit up at the start)", chip+1, n)
	}
	return fmt.Errorf("module 1 stays dark (hint: look at its supply, and at DIN, CS and CLK)")
}

// round asks how and where the first module of the chain shows the F. In a grid it asks
// for the first one of the second row too, which differs in a serpentine chain.
func (p *probe) round(ctx context.Context, c chain) ([]max7219.Observation, error) {
	p.say("How does the F stand on it?\n\n" + gallery())
	orientation, err := p.upright(ctx, c)
	if err != nil {
		return nil, err
	}
	first, err := p.place(ctx, 0, orientation)
	seen := []max7219.Observation{first}
	if _, fits := max7219.FindOpts(p.Columns, p.Rows, seen); err != nil || p.Rows == 1 || fits == 0 {
		return seen, err
	}
	second, err := p.observation(ctx, c, p.Columns)
	return append(seen, second), err
}

// upright asks how the first module shows the F, until an arrow that is turned back by
// the answer points up.
func (p *probe) upright(ctx context.Context, c chain) (max7219.Orientation, error) {
	for {
		if err := c.alone(0, letterF); err != nil {
			return max7219.Orientation{}, err
		}
		orientation, err := p.picture(ctx)
		if err != nil {
			return max7219.Orientation{}, err
		}
		if err := c.alone(0, orientation.Undo().Of(arrow)); err != nil {
			return max7219.Orientation{}, err
		}
		if up, err := p.yes(ctx, "Now it shows an arrow. Does it point up? (y/n) "); err != nil || up {
			return orientation, err
		}
		p.say("Then it is another picture; here is the F again.\n")
	}
}

// observation asks how and where a module shows the F.
func (p *probe) observation(ctx context.Context, c chain, chip int) (max7219.Observation, error) {
	if err := c.alone(chip, letterF); err != nil {
		return max7219.Observation{}, err
	}
	p.say(fmt.Sprintf("Now module %d shows the F. Which of the pictures is it?\n", chip+1))
	orientation, err := p.picture(ctx)
	if err != nil {
		return max7219.Observation{}, err
	}
	return p.place(ctx, chip, orientation)
}

func (p *probe) picture(ctx context.Context) (max7219.Orientation, error) {
	n, err := p.number(ctx, "Picture (1 to 8): ", 1, 8)
	return orientationOf(n), err
}

// place asks where the module that is lit hangs.
func (p *probe) place(ctx context.Context, chip int, orientation max7219.Orientation) (max7219.Observation, error) {
	row, column := 1, 1
	var err error
	if p.Rows > 1 {
		row, err = p.number(ctx, fmt.Sprintf("In which row is it, counted from the top? (1 to %d) ", p.Rows), 1, p.Rows)
	}
	if p.Columns > 1 && err == nil {
		column, err = p.number(ctx, fmt.Sprintf("Which module of the row is it, counted from the left? (1 to %d) ", p.Columns), 1, p.Columns)
	}
	return max7219.Observation{Chip: chip, Column: column - 1, Row: row - 1, Orientation: orientation}, err
}

// reads lights a text by the options that were found, and asks whether it is right.
func (p *probe) reads(ctx context.Context, c chain) (bool, error) {
	const text = "FRIDAY" // the first letter has no symmetry
	p.say("Now the whole wall:\n\n")
	for row := range p.Rows {
		p.say(" ")
		for column := range p.Columns {
			i := (row*p.Columns + column) % len(text)
			letter := text[i : i+1]
			p.say(" " + letter)
			pixels, err := letterPixels(letter)
			if err == nil {
				err = c.add(column, row, pixels)
			}
			if err != nil {
				return false, err
			}
			if err := wait(ctx, p.Pause); err != nil {
				return false, err
			}
		}
		p.say("\n")
	}
	return p.yes(ctx, "\nDoes it read so, and upright? (y/n) ")
}
