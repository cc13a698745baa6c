// Package picture draws years of forbidden windows as one strip, to be printed,
// sent around, or hung on a wall: as SVG, in which each window says what became
// of it, and as PNG, lettered in the fonts of the wall. Beside it there are the wall
// itself, see [Glass], a [Badge], and a [Calendar] of the deployments of a year.
//
// It has no clock and starts no goroutine.
package picture

import (
	"fmt"
	"io"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Strip is how well one rule was kept over some calendar years: a row for each
// year, and in it a cell for each forbidden occurrence.
//
// The columns are weeks of the year: the first is 1 to 7 January, the 53rd has
// the one or two days that are left. So a month begins at the same place in every
// row, and a weekday is once in each column.
//
//   - An occurrence of up to seven days is one cell, in the week of the day on which
//     it begins.
//   - A longer one is a bar, up to the week of its last day. Over New Year it goes on
//     in the next row, and has no round corners where it was cut.
//   - Several in one week stand under each other, each weekday in a line of its own,
//     and so do up to three that begin on one day.
//   - If more begin on one day, they share a cell, which shows the worst of their
//     fates: broken, not known, before the rule, going on, to come, kept.
//
// At the right stands how many of the occurrences that began in the year were kept
// and how many broken, as the cells show it. [rules.Year] leaves out those broken
// ones that have not ended, or are not known whole.
//
// Each fate has a colour and a shape: it can be told without the colour.
//
// A Strip is only read by its methods, so several may run at the same time.
type Strip struct {
	Rule     string         // any text, as all texts here: it is cleaned, and cut where it is too long
	Sentence string         // says the number: "12 weeks since Friday 19 December 2025."
	Zone     *time.Location // of the days and clock times; nil: UTC

	// The first and last calendar year, both drawn: 1 to [MaxYears] rows.
	First, Last int
	// Occurrences in any order, each once. Those that began before the first
	// year and do not reach into it as a bar are not drawn, nor later ones.
	Occurrences []rules.Occurrence

	Scale int // pixels of the PNG for each unit of the SVG, 1 to 8; 0: 2
}

// MaxYears is the most rows of a strip.
const MaxYears = 100

// Range returns the time of the strip's years, to not inside: what to ask
// [rules.Ledger.Occurrences] for.
func (s Strip) Range() (from, to time.Time) {
	return time.Date(s.First, 1, 1, 0, 0, 0, 0, s.zone()), time.Date(s.Last+1, 1, 1, 0, 0, 0, 0, s.zone())
}

// WriteSVG writes the strip as one SVG element, which can stand alone or in a
// page. It has a ground of its own, no scripts, and refers to nothing outside of
// it. The same strip always gives the same bytes. Errors: years out of range, and
// those of w.
func (s Strip) WriteSVG(w io.Writer) error {
	sheet, err := s.sheet()
	if err == nil {
		_, err = w.Write(sheet.svg())
	}
	if err != nil {
		return fmt.Errorf("draw the strip of rule %q as SVG: %w", brief(s.Rule), err)
	}
	return nil
}

// WritePNG writes the strip as a PNG image. Letters that the wall's fonts do not
// have are replaced: é by e, others by a question mark. Errors: years or a scale
// out of range, more than 33 million pixels, and those of w.
func (s Strip) WritePNG(w io.Writer) error {
	sheet, err := s.sheet()
	if err == nil {
		err = sheet.png(w, s.Scale)
	}
	if err != nil {
		return fmt.Errorf("draw the strip of rule %q as PNG: %w", brief(s.Rule), err)
	}
	return nil
}

// sheet lays the strip out.
func (s Strip) sheet() (*sheet, error) {
	if s.Last < s.First || s.Last-s.First >= MaxYears {
		return nil, fmt.Errorf("the years %d to %d: want 1 to %d of them", s.First, s.Last, MaxYears)
	}
	return newSheet(&s, s.rows()), nil
}

func (s Strip) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}
