package probe

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

var errDiffer = errors.New("the modules differ, so no setting is right for all of them " +
	"(hint: hang them alike, in the order of the cable, and run probe again)")

// compare lights each module alone and draws a map of those that do not fit the others.
func (p *probe) compare(seen []max7219.Observation) {
	p.say("The same answers again, so they are right, and the modules differ: one of them, or one\n" +
		"of several strips, hangs another way than the others.\n")
	if !p.yes("Light each one alone, to see which? (y/n) ") {
		p.fail(errDiffer)
		return
	}
	p.say("\n" + gallery())
	for chip := range p.Columns * p.Rows {
		if slices.ContainsFunc(seen, func(s max7219.Observation) bool { return s.Chip == chip }) {
			continue
		}
		best, _ := max7219.FindOpts(p.Columns, p.Rows, seen)
		s := best.Observation(chip)
		p.alone(chip, s.Orientation.Undo().Of(letterF))
		if !p.yes(fmt.Sprintf("Module %d: does the F stand upright, at %s? (y/n) ", chip+1, p.where(s))) {
			s = p.observation(chip)
		}
		seen = append(seen, s)
	}
	p.say(p.differences(seen))
	p.fail(errDiffer)
}

// where names the place of a module.
func (p *probe) where(s max7219.Observation) string {
	if p.Rows == 1 {
		return fmt.Sprintf("place %d from the left", s.Column+1)
	}
	return fmt.Sprintf("place %d from the left in row %d", s.Column+1, s.Row+1)
}

// differences draws the modules where they were seen. The options that fit the most modules are
// taken as right; it says how to correct the other modules.
func (p *probe) differences(seen []max7219.Observation) string {
	best, _ := max7219.FindOpts(p.Columns, p.Rows, seen)
	cells := slices.Repeat([]string{"    ?"}, p.Columns*p.Rows)
	var advice strings.Builder
	for _, s := range seen {
		want, mark := best.Observation(s.Chip), "!"
		switch {
		case s == want:
			mark = " "
		case s.Column != want.Column || s.Row != want.Row:
			fmt.Fprintf(&advice, "Module %d should hang at %s: plug the cables in another order.\n", s.Chip+1, p.where(want))
		case s.Orientation.Mirrored != want.Orientation.Mirrored:
			fmt.Fprintf(&advice, "Module %d is mirrored: it is another kind of board.\n", s.Chip+1)
		default:
			turns := (want.Orientation.Turns - s.Orientation.Turns + 4) % 4
			fmt.Fprintf(&advice, "Module %d: turn it clockwise by %d degrees.\n", s.Chip+1, 90*turns)
		}
		cells[s.Row*p.Columns+s.Column] = fmt.Sprintf("%4d%s", s.Chip+1, mark)
	}
	text := "The modules as they hang, numbered along the cable; ! does not fit the others:\n\n"
	for row := range slices.Chunk(cells, p.Columns) {
		text += strings.TrimRight(strings.Join(row, ""), " ") + "\n"
	}
	return text + "\n" + advice.String()
}
