package probe

import (
	"context"
	"fmt"
	"slices"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// find asks until somebody says that the wall reads well.
func (p *probe) find(ctx context.Context) (found max7219.Opts, err error) {
	raw := max7219.Raw(p.columns * p.rows)
	err = p.lit(raw, func(l lamps) error { return p.count(ctx, l) })
	for good := false; err == nil && !good; {
		var seen []max7219.Sighting
		err = p.lit(raw, func(l lamps) (err error) { seen, err = p.watch(ctx, l); return err })
		if err != nil {
			break
		}
		found, _ = max7219.Explain(p.columns, p.rows, seen) // there are some: watch sees to it
		err = p.lit(found, func(l lamps) (err error) { good, err = p.reads(ctx, l); return err })
		if err == nil && !good {
			p.say("Then one of the answers was not right. Once more:\n")
		}
	}
	return found, err
}

// count lights every module for a moment, and then finds out whether there are as
// many as was said. A word for a chip that is not there is lost; a chip too many shows
// what the first ones do, a frame later.
func (p *probe) count(ctx context.Context, l lamps) error {
	p.say("Look at the wall: each module lights up for a moment, the one next to the Pi first.\n" +
		"Answer with a number, or y or n, and Enter; q ends.\n")
	switch text, err := p.line(ctx, "Enter begins: "); {
	case err != nil:
		return err
	case text == "n" || text == "no":
		return errEnded
	}
	n := p.columns * p.rows
	for chip := range n {
		if err := l.alone(chip, tile(slices.Repeat([]string{"########"}, 8))); err != nil {
			return err
		}
		if err := wait(ctx, p.pause); err != nil {
			return err
		}
	}
	for _, chip := range []int{n - 1, 0}[:min(n, 2)] {
		if err := l.alone(chip, letterF()); err != nil {
			return err
		}
		p.say(fmt.Sprintf("Module %d of %d shows an F, counted along the cable from the Pi.\n", chip+1, n))
		if err := p.one(ctx, n, chip); err != nil {
			return err
		}
	}
	return nil
}

// one asks until one module is lit, or for sure another number of them.
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

// watch asks how the first module of the chain shows what it is told, and of a grid
// the first one of the second row too: a chain that runs back and forth differs there.
func (p *probe) watch(ctx context.Context, l lamps) ([]max7219.Sighting, error) {
	look, err := p.upright(ctx, l)
	if err != nil {
		return nil, err
	}
	first, err := p.place(ctx, 0, look)
	for ; err == nil && !p.possible(first); first, err = p.place(ctx, 0, look) {
		p.say("A chain begins at an end of its row, and in a grid that is the top or the bottom row. Look again.\n" + replug)
	}
	if err != nil || p.rows == 1 {
		return []max7219.Sighting{first}, err
	}
	for {
		chip := p.columns
		if err := l.alone(chip, letterF()); err != nil {
			return nil, err
		}
		p.say(fmt.Sprintf("Now module %d shows the F. Which of the pictures is it?\n", chip+1))
		look, err := p.picture(ctx)
		if err != nil {
			return nil, err
		}
		second, err := p.place(ctx, chip, look)
		if err != nil || p.possible(first, second) {
			return []max7219.Sighting{first, second}, err
		}
		p.say("A chain goes on at an end of the row next to the first one. There the F stands\n" +
			"as in the first, or upside down against it where the chain runs back. Look again.\n" + replug)
	}
}

const replug = "If it is so, no setting helps: turn the modules, or plug the cables in another order.\n"

// possible reports whether a chain can hang so.
func (p *probe) possible(seen ...max7219.Sighting) bool {
	_, ok := max7219.Explain(p.columns, p.rows, seen)
	return ok
}

// upright finds out how the first module shows a picture, until an arrow laid so that
// it must point up does.
func (p *probe) upright(ctx context.Context, l lamps) (max7219.Look, error) {
	p.say("How does the F stand on it?\n\n" + gallery())
	for {
		if err := l.alone(0, letterF()); err != nil {
			return max7219.Look{}, err
		}
		look, err := p.picture(ctx)
		if err != nil {
			return max7219.Look{}, err
		}
		if err := l.alone(0, arrow().undo(look)); err != nil {
			return max7219.Look{}, err
		}
		if up, err := p.yes(ctx, "Now it shows an arrow. Does it point up? (y/n) "); err != nil || up {
			return look, err
		}
		p.say("Then it is another picture; here is the F again.\n")
	}
}

func (p *probe) picture(ctx context.Context) (max7219.Look, error) {
	n, err := p.number(ctx, "Picture (1 to 8): ", 1, 8)
	return lookOf(n), err
}

// place asks where the module that is lit hangs.
func (p *probe) place(ctx context.Context, chip int, look max7219.Look) (max7219.Sighting, error) {
	row, column := 1, 1
	var err error
	if p.rows > 1 {
		row, err = p.number(ctx, fmt.Sprintf("In which row is it, counted from the top? (1 to %d) ", p.rows), 1, p.rows)
	}
	if p.columns > 1 && err == nil {
		column, err = p.number(ctx, fmt.Sprintf("Which module of the row is it, counted from the left? (1 to %d) ", p.columns), 1, p.columns)
	}
	return max7219.Sighting{Chip: chip, Column: column - 1, Row: row - 1, Look: look}, err
}

// reads lights the wall as the counter would, and asks whether it is right.
func (p *probe) reads(ctx context.Context, l lamps) (bool, error) {
	const text = "FRIDAY" // the first letter has no symmetry
	p.say("Now the whole wall:\n\n")
	for row := range p.rows {
		p.say(" ")
		for column := range p.columns {
			i := (row*p.columns + column) % len(text)
			letter := text[i : i+1]
			p.say(" " + letter)
			if err := l.add(column, row, letter); err != nil {
				return false, err
			}
			if err := wait(ctx, p.pause); err != nil {
				return false, err
			}
		}
		p.say("\n")
	}
	return p.yes(ctx, "\nDoes it read so, and upright? (y/n) ")
}
