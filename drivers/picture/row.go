package picture

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A row is a calendar year.
type row struct {
	year  int
	lines int // of cells, at least 1
	cells []cell
	short [366][]*rules.Occurrence // those that are no bars, by the day on which they begin
	begun map[rules.Status]int     // of the occurrences that begin in the year
}

// A cell is what is drawn of one occurrence in one year, or of several that begin
// on one day.
type cell struct {
	day, minute   int // of the year and of the day, from 0: when it begins; a bar has no minute, -1
	last          int // column; the first is day / 7
	line          int
	before, after bool                // it goes on in the row before, after
	rank          int                 // of its status among statuses
	occurrences   []*rules.Occurrence // at least one, the first first
}

// rows puts the occurrences into their years.
func (s *Strip) rows() []row {
	rows := make([]row, s.Last-s.First+1)
	for i := range rows {
		rows[i] = row{year: s.First + i, begun: make(map[rules.Status]int)}
	}
	list := slices.SortedStableFunc(slices.Values(s.Occurrences), func(a, b rules.Occurrence) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End))
	})
	for i := range list {
		o := &list[i]
		first, last := s.dates(o)
		inside := s.First <= first.Year() && first.Year() <= s.Last
		if inside {
			rows[first.Year()-s.First].begun[o.Status]++
		}
		if last.Sub(first) >= 7*24*time.Hour {
			s.bars(rows, o, first, last)
		} else if inside {
			list := &rows[first.Year()-s.First].short[first.YearDay()-1]
			*list = append(*list, o)
		}
	}
	for i := range rows {
		for day, list := range rows[i].short {
			rows[i].cells = append(rows[i].cells, s.cells(day, list)...)
		}
		rows[i].pack()
	}
	return rows
}

// dates returns the first and last local date of an occurrence; of one that has no
// end, a date after the strip.
func (s *Strip) dates(o *rules.Occurrence) (first, last time.Time) {
	first, last = noon(rules.DateOf(o.Start.In(s.Zone))), noon(rules.Date{Year: s.Last + 2, Month: 1, Day: 1})
	if !o.End.IsZero() {
		last = noon(rules.DateOf(o.End.Add(-1).In(s.Zone)))
	}
	return first, last
}

// noon returns a date by a clock that has all days.
func noon(d rules.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

// bars adds an occurrence to each of the years into which it reaches.
func (s *Strip) bars(rows []row, o *rules.Occurrence, first, last time.Time) {
	for y := max(first.Year(), s.First); y <= min(last.Year(), s.Last); y++ {
		c := cell{minute: -1, before: first.Year() < y, after: y < last.Year(), last: columns - 1, rank: rank(o.Status), occurrences: []*rules.Occurrence{o}}
		if !c.before {
			c.day = first.YearDay() - 1
		}
		if !c.after {
			c.last = (last.YearDay() - 1) / 7
		}
		rows[y-s.First].cells = append(rows[y-s.First].cells, c)
	}
}

// cells returns the cells of the short occurrences that begin on one day, in order. More
// than three share one. So do two that begin at the same minute, as the clock is put back.
func (s *Strip) cells(day int, list []*rules.Occurrence) (cells []cell) {
	for _, o := range list {
		h, m, _ := o.Start.In(s.Zone).Clock()
		minute := 60*h + m
		i := slices.IndexFunc(cells, func(c cell) bool { return len(list) > 3 || c.minute == minute })
		if i < 0 {
			cells = append(cells, cell{day: day, last: day / 7, minute: minute, rank: rank(o.Status), occurrences: []*rules.Occurrence{o}})
			continue
		}
		cells[i].occurrences = append(cells[i].occurrences, o)
		cells[i].rank = min(cells[i].rank, rank(o.Status))
	}
	return cells
}

// A group is the cells of a row that stand in one line: those that begin on one weekday at
// one time, or a bar, which has a negative number in place of the minute.
type group struct{ day, minute int }

// pack gives each cell its line, so that no two overlap. The large groups come first, in
// the order of the week; the others fill the gaps.
func (r *row) pack() {
	members := make(map[group][]*cell)
	most := 0
	for i := range r.cells {
		c := &r.cells[i]
		g := group{c.day % 7, c.minute}
		if c.minute < 0 {
			g = group{c.day, i - len(r.cells)}
		}
		members[g] = append(members[g], c)
		most = max(most, len(members[g]))
	}
	later := func(g group) int { // 1 for the small groups
		if g.minute < 0 || 2*len(members[g]) < most {
			return 1
		}
		return 0
	}
	var taken []uint64 // the columns of each line, a bit each
	for _, g := range slices.SortedFunc(maps.Keys(members), func(a, b group) int {
		return cmp.Or(later(a)-later(b), a.day-b.day, a.minute-b.minute)
	}) {
		var wanted uint64
		for _, c := range members[g] {
			wanted |= 2<<c.last - 1<<(c.day/7)
		}
		line := slices.IndexFunc(taken, func(t uint64) bool { return t&wanted == 0 })
		if line < 0 {
			line, taken = len(taken), append(taken, 0)
		}
		taken[line] |= wanted
		for _, c := range members[g] {
			c.line = line
		}
	}
	r.lines = max(1, len(taken))
}

// tally counts the kept and the broken; "" if no occurrence begins in the year.
func (r *row) tally() string {
	kept, broken := r.begun[rules.StatusKept], r.begun[rules.StatusBroken]
	switch none := kept+broken == 0; {
	case len(r.begun) == 0:
		return ""
	case none && r.begun[rules.StatusUnknown] > 0:
		return word(rules.StatusUnknown)
	case none && r.begun[rules.StatusBefore] > 0:
		return word(rules.StatusBefore)
	}
	return fmt.Sprintf("kept %d, broken %d", kept, broken)
}
