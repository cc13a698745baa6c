package picture_test

import (
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// TestCells holds the cells of each team's SVG to what the oracle says.
func TestCells(t *testing.T) {
	for _, c := range teams() {
		t.Run(c.name, func(t *testing.T) { checkCells(t, c.strip(t)) })
	}
}

// TestRandomCells does so for occurrences that no rule would have.
func TestRandomCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkCells(t, randomStrip(t)) })
}

// TestSameMinute is a day on which the clock reads 01:30 twice, with 01:45 between.
func TestSameMinute(t *testing.T) {
	s := picture.Strip{Zone: location(t, "America/Los_Angeles"), First: 2026, Last: 2026}
	first := time.Date(2026, 11, 1, 8, 30, 0, 0, time.UTC)
	for i, minutes := range []int{0, 15, 60} {
		start := first.Add(time.Duration(minutes) * time.Minute)
		s.Occurrences = append(s.Occurrences, rules.Occurrence{Start: start, End: start.Add(time.Minute), Status: everyStatus()[i]})
	}
	checkCells(t, s)
	if got := parse(t, svg(t, s)).Groups[0].Title; got != "Sunday 1 November 2026, 2 windows: 1 going on; 1 kept" {
		t.Errorf("got %q", got)
	}
}

// randomStrip draws a strip, most of whose occurrences begin about its years and
// many of which on the same few days.
func randomStrip(t *rapid.T) picture.Strip {
	s := picture.Strip{Rule: rapid.String().Draw(t, "rule"), Sentence: rapid.String().Draw(t, "sentence")}
	zone := rapid.SampledFrom([]string{"", "America/Los_Angeles", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Kiritimati"}).Draw(t, "zone")
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	if zone != "" {
		s.Zone = loc
	}
	s.First = rapid.IntRange(2009, 2026).Draw(t, "first")
	s.Last = s.First + rapid.IntRange(0, 3).Draw(t, "more")
	from, _ := s.Range()
	minutes := 366 * 24 * 60 * (s.Last - s.First + 1)
	for range rapid.IntRange(0, 40).Draw(t, "occurrences") {
		minute := rapid.IntRange(-30*24*60, minutes).Draw(t, "minute")
		if rapid.Bool().Draw(t, "in the first weeks") {
			minute %= 15 * 24 * 60
		}
		o := rules.Occurrence{Start: from.Add(time.Duration(minute) * time.Minute), Status: rapid.SampledFrom(everyStatus()).Draw(t, "status")}
		longest := rapid.SampledFrom([]int{60, 24 * 60, 8 * 24 * 60, 500 * 24 * 60}).Draw(t, "longest")
		o.End = o.Start.Add(time.Duration(rapid.IntRange(1, longest).Draw(t, "minutes")) * time.Minute)
		if rapid.IntRange(0, 20).Draw(t, "begins") == 0 {
			o.Start = time.Time{}
		}
		if rapid.IntRange(0, 20).Draw(t, "ends") == 0 {
			o.End = time.Time{}
		}
		s.Occurrences = append(s.Occurrences, o)
	}
	return s
}

func everyStatus() []rules.Status {
	return []rules.Status{rules.StatusKept, rules.StatusBroken, rules.StatusOpen, rules.StatusAhead, rules.StatusUnknown, rules.StatusBefore}
}

// checkCells compares the cells of a strip's SVG with the oracle's, and looks at
// what holds for all cells.
func checkCells(tb failer, s picture.Strip) {
	tb.Helper()
	svg, err := s.SVG()
	if err != nil {
		tb.Fatalf("%v", err)
	}
	p := parse(tb, svg)
	cells := readCells(tb, p)
	var got []string
	for _, c := range cells {
		got = append(got, fmt.Sprintf("%d: %d to %d %t %t %s", c.year, c.first, c.last, c.before, c.after, c.status))
	}
	want := expected(s)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("cells (-want +got):\n%s", diff)
	}
	checkApart(tb, p, cells)
	checkLines(tb, cells)
	checkTallies(tb, s, p)
}

// checkApart holds cells to lying in the picture, between their year and the next,
// and not over each other.
func checkApart(tb failer, p page, cells []drawnCell) {
	tb.Helper()
	sheet := image.Rect(0, 0, p.Width, p.Height)
	for i, a := range cells {
		if !a.box.In(sheet) {
			tb.Errorf("the cell %q is out of the picture: %v", a.title, a.box)
		}
		for _, b := range cells[:i] {
			if a.box.Overlaps(b.box) {
				tb.Errorf("%q of %d and %q of %d overlap: %v, %v", a.title, a.year, b.title, b.year, a.box, b.box)
			}
		}
	}
}

// checkLines holds the rows to having no empty line.
func checkLines(tb failer, cells []drawnCell) {
	tb.Helper()
	used := make(map[[2]int]bool)
	for _, c := range cells {
		used[[2]int{c.year, c.line}] = true
	}
	for k := range used {
		if k[1] > 0 && !used[[2]int{k[0], k[1] - 1}] {
			tb.Errorf("%d has cells in line %d and none above", k[0], k[1])
		}
	}
}

// checkTallies counts the occurrences again.
func checkTallies(tb failer, s picture.Strip, p page) {
	tb.Helper()
	labels := years(p)
	if len(labels) != s.Last-s.First+1 {
		tb.Fatalf("got %d rows, want %d to %d", len(labels), s.First, s.Last)
	}
	for i, y := range labels {
		year := s.First + i
		if y.Text != fmt.Sprint(year) {
			tb.Errorf("row %d: got %s, want %d", i, y.Text, year)
		}
		want, n := "", map[rules.Status]int{}
		for _, o := range s.Occurrences {
			if !o.Start.IsZero() && o.Start.In(zone(s)).Year() == year {
				n[o.Status]++
			}
		}
		switch {
		case n[rules.StatusKept] > 0 || n[rules.StatusBroken] > 0:
			want = fmt.Sprintf("kept %d, broken %d", n[rules.StatusKept], n[rules.StatusBroken])
		case n[rules.StatusUnknown] > 0:
			want = "not known"
		case n[rules.StatusBefore] > 0:
			want = "before the rule"
		case n[rules.StatusOpen] > 0 || n[rules.StatusAhead] > 0:
			want = "kept 0, broken 0"
		}
		got := ""
		for _, t := range p.Texts {
			if t.Y == y.Y && t.Anchor == "" {
				got = t.Text
			}
		}
		if got != want {
			tb.Errorf("%d: got %q, want %q", year, got, want)
		}
	}
}

func zone(s picture.Strip) *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// expected goes through the years day by day and asks of each day which
// occurrences have it.
func expected(s picture.Strip) []string {
	var list []string
	short := make(map[string][]rules.Occurrence) // by date
	for _, o := range s.Occurrences {
		if !long(o, zone(s)) {
			date := o.Start.In(zone(s)).Format(time.DateOnly)
			short[date] = append(short[date], o)
		}
	}
	for year := s.First; year <= s.Last; year++ {
		for _, o := range s.Occurrences {
			if !long(o, zone(s)) {
				continue
			}
			if days := datesIn(o, year, zone(s)); len(days) > 0 {
				first, last := days[0], days[len(days)-1]
				began := o.Start.IsZero() || o.Start.In(zone(s)).Year() < year
				goesOn := o.End.IsZero() || o.End.Add(-1).In(zone(s)).Year() > year
				list = append(list, fmt.Sprintf("%d: %d to %d %t %t %s", year, column(first), column(last), began, goesOn, o.Status))
			}
		}
		for day := noon(year, 1); day.Year() == year; day = day.AddDate(0, 0, 1) {
			for _, status := range statusesOf(short[day.Format(time.DateOnly)], zone(s)) {
				list = append(list, fmt.Sprintf("%d: %d to %[2]d false false %s", year, column(day), status))
			}
		}
	}
	return list
}

// noon returns a day of a year, from 1, in a clock that has all days.
func noon(year, day int) time.Time { return time.Date(year, 1, day, 12, 0, 0, 0, time.UTC) }

// column counts the weeks since New Year.
func column(day time.Time) int {
	n := 0
	for t := noon(day.Year(), 1); !t.AddDate(0, 0, 7).After(day); t = t.AddDate(0, 0, 7) {
		n++
	}
	return n
}

// datesIn returns the days of a year from an occurrence's first date to its last.
func datesIn(o rules.Occurrence, year int, loc *time.Location) []time.Time {
	first, last := "0000-00-00", "9999-99-99"
	if !o.Start.IsZero() {
		first = o.Start.In(loc).Format(time.DateOnly)
	}
	if !o.End.IsZero() {
		last = o.End.Add(-time.Second).In(loc).Format(time.DateOnly)
	}
	var days []time.Time
	for day := noon(year, 1); day.Year() == year; day = day.AddDate(0, 0, 1) {
		if d := day.Format(time.DateOnly); first <= d && d <= last {
			days = append(days, day)
		}
	}
	return days
}

// long reports whether an occurrence has more than seven dates.
func long(o rules.Occurrence, loc *time.Location) bool {
	if o.Start.IsZero() || o.End.IsZero() {
		return true
	}
	start := o.Start.In(loc)
	seventh := time.Date(start.Year(), start.Month(), start.Day()+6, 12, 0, 0, 0, time.UTC)
	return seventh.Format(time.DateOnly) < o.End.Add(-time.Second).In(loc).Format(time.DateOnly)
}

// statusesOf returns the statuses of the cells of what begins on one day.
func statusesOf(list []rules.Occurrence, loc *time.Location) (cells []rules.Status) {
	at := make(map[string][]rules.Status) // by minute
	for _, o := range list {
		minute := o.Start.In(loc).Format("15:04")
		if len(list) > 3 {
			minute = "all"
		}
		at[minute] = append(at[minute], o.Status)
	}
	for _, statuses := range at {
		cells = append(cells, worst(statuses))
	}
	return cells
}

func worst(list []rules.Status) rules.Status {
	for _, f := range []rules.Status{rules.StatusBroken, rules.StatusUnknown, rules.StatusBefore, rules.StatusOpen, rules.StatusAhead} {
		if slices.Contains(list, f) {
			return f
		}
	}
	return rules.StatusKept
}
