// Package picture draws years of forbidden windows as a [Strip], a [Badge], and the wall
// itself as a [Glass].
//
// An SVG is one element without styles, scripts and references, for a file or a page.
// The same picture always gives the same bytes. Texts may hold anything: they are
// cleaned, and cut where they are too long. Methods may be called concurrently.
package picture

import (
	"cmp"
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Strip shows how well one rule was kept over some calendar years: a row for each
// year, and in it a cell for each forbidden occurrence.
//
// The columns are weeks of the year: the first is 1 to 7 January, the 53rd has the one
// or two days that are left.
//
//   - An occurrence of up to seven days is one cell, in the week in which it begins.
//   - A longer one is a bar. Over New Year it goes on in the next row, without round
//     corners where it was cut.
//   - Each weekday has a line of its own, and so have up to three occurrences that begin
//     on one day. More share a cell, which shows the worst of their statuses: broken,
//     not known, before the rule, going on, to come, kept.
//
// The right side counts the kept and the broken of those that began in the year.
// [rules.Year] leaves out broken ones that have not ended, or are not known completely.
// Each status has a colour and a shape.
type Strip struct {
	Rule     string         // its name
	Sentence string         // says the number: "12 weeks since Friday 19 December 2025."
	Zone     *time.Location // of the days and clock times; nil: UTC

	// The first and last calendar year, both drawn: 1 to [MaxYears] rows.
	First, Last int
	// Occurrences in any order, each once. Those outside of the years are not drawn.
	Occurrences []rules.Occurrence
}

// MaxYears is the most rows of a strip.
const MaxYears = 100

// Range returns the time of the strip's years, for [rules.Compiled.Occurrences]; to is
// not inside.
func (s Strip) Range() (from, to time.Time) {
	zone := cmp.Or(s.Zone, time.UTC)
	return time.Date(s.First, 1, 1, 0, 0, 0, 0, zone), time.Date(s.Last+1, 1, 1, 0, 0, 0, 0, zone)
}

// SVG returns the strip as SVG, in which each window has its status as a title. Error:
// years out of range.
func (s Strip) SVG() ([]byte, error) {
	sheet, err := s.sheet()
	if err != nil {
		return nil, err
	}
	return execute("strip.svg", sheet), nil
}

// PNG returns the strip as a PNG image of two pixels for each unit of the SVG. Letters
// that the wall's fonts lack are replaced: é by e, others by a question mark. Errors:
// years out of range, and more than 33 million pixels.
func (s Strip) PNG() ([]byte, error) {
	sheet, err := s.sheet()
	if err != nil {
		return nil, err
	}
	return sheet.png()
}

// sheet lays the strip out.
func (s Strip) sheet() (*sheet, error) {
	if s.Last < s.First || s.Last-s.First >= MaxYears {
		return nil, fmt.Errorf("draw the strip of rule %q: the years %d to %d: want 1 to %d of them", brief(s.Rule), s.First, s.Last, MaxYears)
	}
	s.Zone = cmp.Or(s.Zone, time.UTC)
	rows := s.rows()
	right := 0
	for i := range rows {
		right = max(right, small.width(rows[i].tally()))
	}
	sh := &sheet{Width: gridLeft + gridWidth + afterGrid + right + margin}
	rule, sentence := heading.fit(s.Rule, sh.Width-2*margin), medium.fit(s.Sentence, sh.Width-2*margin)
	sh.text(heading, margin, 58, black, rule)
	sh.text(medium, margin, 90, grey, sentence)
	sh.Title, sh.Desc = joined(rule, sentence), fmt.Sprintf("From 1 January %d to 31 December %d.", s.First, s.Last)
	y := gridTop
	for _, r := range rows {
		for i := range r.cells {
			c, status := &r.cells[i], statuses[r.cells[i].rank].status
			box := box(gridLeft+c.day/7*pitch, y+c.line*pitch, (c.last-c.day/7)*pitch+cellSize, cellSize)
			sh.Figures = append(sh.Figures, figure{"cell " + string(status), s.title(c), statusShapes(status, box, c.before, c.after)})
		}
		sh.Labels = append(sh.Labels, label{small, gridLeft - 14, y + cellSize - 3, true, black, fmt.Sprint(r.year)})
		sh.text(small, gridLeft+gridWidth+afterGrid, y+cellSize-3, grey, r.tally())
		if tally := r.tally(); tally != "" {
			sh.Desc += fmt.Sprintf(" %d: %s.", r.year, tally)
		}
		y += r.lines*pitch + rowGap
	}
	for m := time.January; m <= time.December; m++ {
		week := pitch * (noon(rules.Date{Year: 2026, Month: m, Day: 1}).YearDay() - 1) / 7
		sh.text(small, gridLeft+week, monthLine, grey, m.String()[:3])
	}
	s.key(sh, rows, y+24)
	return sh, nil
}

// key ends the sheet with the statuses that are used, and kept and broken always.
func (s *Strip) key(sh *sheet, rows []row, y int) {
	used := []rules.Status{rules.StatusKept, rules.StatusBroken}
	note := "A column is a week of the year, by the clock of " + brief(s.Zone.String()) + "."
	shared := ""
	for _, r := range rows {
		for _, c := range r.cells {
			used = append(used, statuses[c.rank].status)
			if len(c.occurrences) > 1 {
				shared = " Where many windows begin on one day they share a cell, which shows the worst."
			}
		}
	}
	x := gridLeft
	for _, status := range []rules.Status{rules.StatusKept, rules.StatusBroken, rules.StatusOpen, rules.StatusAhead, rules.StatusUnknown, rules.StatusBefore} {
		if slices.Contains(used, status) {
			shapes := statusShapes(status, box(x, y, cellSize, cellSize), false, false)
			sh.Figures = append(sh.Figures, figure{Class: "legend " + string(status), Shapes: shapes})
			x += cellSize + 8
			sh.text(small, x, y+cellSize-3, black, word(status))
			x += small.width(word(status)) + 20
		}
	}
	y += cellSize + 28
	sh.text(small, gridLeft, y, grey, small.fit(note+shared, sh.Width-margin-gridLeft))
	sh.Height = y + margin
}

// statusShapes returns how a status is drawn in a box one cell high; each has a shape of
// its own. The first one covers the box, so that a pointer finds it anywhere. One that
// goes on in the row before or after hangs over on that side.
func statusShapes(status rules.Status, box image.Rectangle, before, after bool) []shape {
	outer := bar(box, round, paper)
	if before {
		outer.left, outer.Min.X = 0, box.Min.X-overhang
	}
	if after {
		outer.right, outer.Max.X = 0, box.Max.X+overhang
	}
	var shapes []shape
	switch status {
	case rules.StatusKept: // a full box
		return []shape{outer.in(green)}
	case rules.StatusAhead: // a small dot, drawn out over the weeks
		return []shape{outer, outer.thin(6, 5).in(faint)}
	case rules.StatusBefore: // a dash, drawn out over the weeks
		return []shape{outer, outer.thin(2, 1).in(hatched)}
	case rules.StatusBroken: // a full box with a cross cut out in each week
		shapes = []shape{outer.in(red)}
	case rules.StatusOpen: // a ring with a dot in each week
		shapes = []shape{outer.in(green), outer.shrink(2).in(pale)}
	default:
		return outer.hatch()
	}
	for x := box.Min.X + cellSize/2; x < box.Max.X; x += pitch {
		if middle := image.Pt(x, box.Min.Y+cellSize/2); status == rules.StatusBroken {
			shapes = append(shapes, cross(middle)...)
		} else {
			shapes = append(shapes, bar(image.Rect(x-3, middle.Y-3, x+3, middle.Y+3), 3, green))
		}
	}
	return shapes
}
