package picture

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A sheet is a strip or a calendar laid out, in units. The writers draw what is
// here, in this order.
type sheet struct {
	width, height int
	title, desc   string
	cells         []drawn
	labels        []label
}

// drawn is a cell with its place, or a figure of the legend.
type drawn struct {
	cell   *cell // nil: of the legend, or of a calendar
	fate   rules.Fate
	class  string // safe in an attribute
	title  string
	shapes []shape
}

const (
	margin    = 32
	gridLeft  = margin + 54 // after the years
	gridWidth = columns*pitch - (pitch - cellSize)
	monthLine = 134 // baseline of the months
	gridTop   = monthLine + 12
	rowGap    = 10 // between years
	afterGrid = 18 // before the tallies, with room for an overhang
)

func newSheet(s *Strip, rows []row) *sheet {
	right := 0
	for i := range rows {
		right = max(right, small.width(rows[i].tally()))
	}
	sh := &sheet{width: gridLeft + gridWidth + afterGrid + right + margin}
	sh.head(s.Rule, s.Sentence)
	y := gridTop
	for i := range rows {
		sh.row(s, &rows[i], y)
		y += rows[i].lanes*pitch + rowGap
	}
	sh.months()
	sh.legend(s, y+24)
	sh.desc = describe(rows)
	return sh
}

// head writes what it is about, such as the rule's name, and the number.
func (sh *sheet) head(name, number string) {
	name, number = sh.fit(heading, margin, name), sh.fit(sentence, margin, number)
	sh.labels = append(sh.labels,
		label{heading, margin, 58, false, black, name},
		label{sentence, margin, 90, false, grey, number})
	sh.title = name
	if name != "" && number != "" {
		sh.title += ": "
	}
	sh.title += number
}

// fit cuts a text that begins at x to what there is room for.
func (sh *sheet) fit(l lettering, x int, text string) string {
	return cut(text, func(part string) bool { return x+l.width(part) <= sh.width-margin })
}

// row draws a year.
func (sh *sheet) row(s *Strip, r *row, y int) {
	for i := range r.cells {
		c := &r.cells[i]
		box := rect{gridLeft + c.first*pitch, y + c.lane*pitch, (c.last-c.first)*pitch + cellSize, cellSize}
		sh.cells = append(sh.cells, drawn{c, c.fate, "cell " + className(c.fate), s.title(c), figure(c.fate, box, c.before, c.after)})
	}
	base := y + cellSize - 3
	sh.labels = append(sh.labels,
		label{small, gridLeft - 14, base, true, black, fmt.Sprint(r.year)},
		label{small, gridLeft + gridWidth + afterGrid, base, false, grey, r.tally()})
}

// months names the months above the rows, each where it begins.
func (sh *sheet) months() {
	for m := time.January; m <= time.December; m++ {
		x := gridLeft + date{2026, m, 1}.yearDay()*pitch/7
		sh.labels = append(sh.labels, label{small, x, monthLine, false, grey, m.String()[:3]})
	}
}

// legend explains the figures that are used, those of kept and broken always.
func (sh *sheet) legend(s *Strip, y int) {
	used := []rules.Fate{rules.FateKept, rules.FateBroken}
	several := false
	for i := range sh.cells {
		used = append(used, sh.cells[i].fate)
		several = several || len(sh.cells[i].cell.holds) > 1
	}
	x := gridLeft
	for _, f := range []rules.Fate{rules.FateKept, rules.FateBroken, rules.FateOpen, rules.FateAhead, rules.FateUnknown, rules.FateBefore} {
		if !slices.Contains(used, f) {
			continue
		}
		box := rect{x, y, cellSize, cellSize}
		sh.cells = append(sh.cells, drawn{nil, f, "legend " + className(f), "", figure(f, box, false, false)})
		sh.labels = append(sh.labels, label{small, x + cellSize + 8, y + cellSize - 3, false, black, word(f)})
		x += cellSize + 8 + small.width(word(f)) + 20
	}
	note := "A column is a week of the year, by the clock of " + brief(s.zone().String()) + "."
	if several {
		note += " Where many windows begin on one day they share a cell, which shows the worst."
	}
	sh.labels = append(sh.labels, label{small, gridLeft, y + cellSize + 28, false, grey, sh.fit(small, gridLeft, note)})
	sh.height = y + cellSize + 28 + margin
}

// describe says the years to those who do not see them.
func describe(rows []row) string {
	said := []string{fmt.Sprintf("The year %d.", rows[0].year)}
	if n := len(rows); n > 1 {
		said[0] = fmt.Sprintf("The years %d to %d.", rows[0].year, rows[n-1].year)
	}
	for i := range rows {
		if tally := rows[i].tally(); tally != "" {
			said = append(said, fmt.Sprintf("%d: %s.", rows[i].year, tally))
		}
	}
	return strings.Join(said, " ")
}
