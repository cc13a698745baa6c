package picture

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// columns is the weeks of a year, the last of one or two days.
const columns = 53

// A row is a calendar year.
type row struct {
	year  int
	lanes int // at least 1
	cells []cell
	begun map[rules.Fate]int // of the occurrences that begin in the year
}

// A cell is what is drawn of one occurrence in one year, or of several that begin
// on one day.
type cell struct {
	first, last   int // columns
	day, minute   int // of the year and of the day, from 0: when it begins
	lane          int
	long          bool // a bar
	before, after bool // it goes on in the row before, after
	fate          rules.Fate
	holds         []*rules.Occurrence // at least one, the first first
}

// rows puts the occurrences into their years.
func (s *Strip) rows() []row {
	rows := make([]row, s.Last-s.First+1)
	short := make([][366][]*rules.Occurrence, len(rows)) // by the day on which they begin
	for i := range rows {
		rows[i] = row{year: s.First + i, begun: make(map[rules.Fate]int)}
	}
	for _, o := range s.sorted() {
		first, last := s.dates(o)
		if s.First <= first.Year && first.Year <= s.Last {
			rows[first.Year-s.First].begun[o.Fate]++
		}
		if last.number()-first.number() >= 7 {
			s.bars(rows, o, first, last)
		} else if s.First <= first.Year && first.Year <= s.Last {
			list := &short[first.Year-s.First][first.yearDay()]
			*list = append(*list, o)
		}
	}
	for i := range rows {
		for day, list := range short[i] {
			rows[i].cells = append(rows[i].cells, s.cells(day, list)...)
		}
		rows[i].pack()
	}
	return rows
}

// sorted returns the occurrences in their order.
func (s *Strip) sorted() []*rules.Occurrence {
	list := make([]*rules.Occurrence, len(s.Occurrences))
	for i := range s.Occurrences {
		list[i] = &s.Occurrences[i]
	}
	slices.SortStableFunc(list, func(a, b *rules.Occurrence) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End))
	})
	return list
}

// bars adds an occurrence to each of the years into which it reaches.
func (s *Strip) bars(rows []row, o *rules.Occurrence, first, last date) {
	for y := max(first.Year, s.First); y <= min(last.Year, s.Last); y++ {
		january := newYear(y).number()
		from, to := max(first.number(), january)-january, min(last.number(), newYear(y+1).number()-1)-january
		r := &rows[y-s.First]
		r.cells = append(r.cells, cell{
			first: from / 7, last: to / 7, day: from, long: true,
			before: first.Year < y, after: y < last.Year, fate: o.Fate, holds: []*rules.Occurrence{o},
		})
	}
}

// maxAlone is the most occurrences of one day that have a cell each.
const maxAlone = 3

// cells returns the cells of the short occurrences that begin on one day, in order.
// Where the clock is put back, two may begin at the same minute, and share a cell.
func (s *Strip) cells(day int, list []*rules.Occurrence) []cell {
	var cells []cell
	for _, o := range list {
		h, m, _ := o.Start.In(s.zone()).Clock()
		minute := 60*h + m
		i := slices.IndexFunc(cells, func(c cell) bool { return len(list) > maxAlone || c.minute == minute })
		if i < 0 {
			cells = append(cells, cell{first: day / 7, last: day / 7, day: day, minute: minute, fate: o.Fate, holds: []*rules.Occurrence{o}})
			continue
		}
		cells[i].fate, cells[i].holds = worse(cells[i].fate, o.Fate), append(cells[i].holds, o)
	}
	return cells
}

// tally says how the year went; "" if no occurrence begins in it.
func (r *row) tally() string {
	kept, broken := r.begun[rules.FateKept], r.begun[rules.FateBroken]
	switch {
	case len(r.begun) == 0:
		return ""
	case kept+broken > 0:
	case r.begun[rules.FateUnknown] > 0:
		return word(rules.FateUnknown)
	case r.begun[rules.FateBefore] > 0:
		return word(rules.FateBefore)
	}
	return fmt.Sprintf("kept %d, broken %d", kept, broken)
}

// dates returns the first and last local date of an occurrence, for one that has
// none a date a year away from the strip's.
func (s *Strip) dates(o *rules.Occurrence) (first, last date) {
	first, last = newYear(s.First-1), newYear(s.Last+2)
	if !o.Start.IsZero() {
		first = dateOf(o.Start.In(s.zone()))
	}
	if !o.End.IsZero() {
		last = dateOf(o.End.Add(-1).In(s.zone()))
	}
	if last.number() < first.number() {
		last = first
	}
	return first, last
}

// A date is a day of the calendar.
type date rules.Date

func dateOf(t time.Time) date { return date(rules.DateOf(t)) }

func newYear(year int) date { return date{year, time.January, 1} }

func (d date) time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// number counts days; yearDay those of the year, from 0.
func (d date) number() int { return int(d.time().Unix() / (24 * 60 * 60)) }

func (d date) yearDay() int { return d.time().YearDay() - 1 }
