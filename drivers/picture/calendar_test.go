package picture_test

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// busyYear returns a year up to the week after Friday 13 March 2026, whose Fridays
// are forbidden, and so are the afternoons before them from July to December.
func busyYear() picture.Calendar {
	c := picture.Calendar{Title: "Production", Sentence: "0 weeks since Friday 13 March 2026, 16:45 PDT.", Zone: time.FixedZone("America/Los_Angeles", 0)}
	first := time.Date(2025, 3, 12, 0, 0, 0, 0, time.UTC)
	for i := range picture.MaxDays {
		at := first.AddDate(0, 0, i)
		d := rules.Day{Date: rules.DateOf(at), Known: i >= 12, Ahead: i > 367}
		d.Deployments = []int{2, 1, 0, 4, 3, 0, 1, 9, 2, 1, 5}[i%11]
		switch at.Weekday() {
		case time.Saturday, time.Sunday:
			d.Deployments /= 4
		case time.Thursday:
			if at.Month() >= time.July {
				d.Forbidden = 0.5
			}
		case time.Friday:
			d.Deployments, d.Forbidden = 0, 1
			if i == 366 || i%91 == 9 {
				d.Deployments, d.Breaches = 1, 1
			}
		}
		c.Days = append(c.Days, d)
	}
	return c
}

func TestGoldenCalendar(t *testing.T) {
	b, err := busyYear().SVG()
	if err != nil {
		t.Fatal(err)
	}
	checkMarkup(t, b)
	golden(t, "calendar.svg", string(b))
	golden(t, "calendar.txt", sketchCalendar(t, parse(t, b)))
}

// sketchCalendar draws a calendar in letters: the deployments by the least of their
// shade, X breach, ? not known, . to come; and below them F forbidden, p in part.
func sketchCalendar(tb failer, p page) string {
	tb.Helper()
	rows := make([][]byte, 7)
	marks := make([][]byte, 7)
	for i := range rows {
		rows[i], marks[i] = []byte(strings.Repeat(" ", 54)), []byte(strings.Repeat(" ", 54))
	}
	for _, c := range readDays(tb, p) {
		rows[c.row][c.column], marks[c.row][c.column] = c.letter, c.mark
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", p.Title, p.Desc)
	for i, name := range []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
		for j, line := range [][]byte{rows[i], marks[i]} {
			if j == 1 {
				name = "   "
			}
			if text := strings.TrimRight(name+" "+string(line), " "); text != "" {
				fmt.Fprintln(&b, text)
			}
		}
	}
	return b.String()
}

// A drawnDay is a cell of a calendar, read back from its shapes.
type drawnDay struct {
	row, column  int
	letter, mark byte
	class, title string
}

// readDays returns the cells, their places worked out from the weekdays' labels.
func readDays(tb failer, p page) []drawnDay {
	tb.Helper()
	monday := textAt(tb, p, "Mon")
	var days []drawnDay
	for _, g := range p.Groups {
		class, ok := strings.CutPrefix(g.Class, "day ")
		if !ok {
			continue
		}
		box := g.box(tb)
		x, y := box.Min.X-monday.X-14, box.Max.Y-3-monday.Y
		if x%weekPitch != 0 || y%weekPitch != 0 || box.Size() != image.Pt(cellSide, cellSide) {
			tb.Fatalf("%q is not in the grid: %v", g.Title, box)
		}
		letter, mark := readFigure(g)
		days = append(days, drawnDay{y / weekPitch, x / weekPitch, letter, mark, class, g.Title})
	}
	return days
}

// readFigure tells what is drawn in a cell by its inks.
func readFigure(f figure) (letter, mark byte) {
	mark = ' '
	for i, s := range f.Shapes {
		if s.Fill == "#22262b" {
			mark = 'p'
			if i == 0 {
				mark = 'F'
			}
		}
		switch s.Fill {
		case "#ebe9e1":
			letter = '0'
		case "#bfd6e8":
			letter = '1'
		case "#86b4d8":
			letter = '2'
		case "#4488bd":
			letter = '4'
		case "#165a92":
			letter = '8'
		case red:
			letter = 'X'
		case hatchy:
			letter = '?'
		case faint:
			letter = '.'
		}
	}
	return letter, mark
}

// TestDay is how days are told and drawn.
func TestDay(t *testing.T) {
	for _, c := range []struct {
		day    rules.Day
		said   string
		looked string
	}{
		{rules.Day{Known: true}, "no deployments", "0 "},
		{rules.Day{Known: true, Deployments: -3, Breaches: -1}, "no deployments", "0 "},
		{rules.Day{Known: true, Deployments: 1}, "1 deployment", "1 "},
		{rules.Day{Known: true, Deployments: 2}, "2 deployments", "2 "},
		{rules.Day{Known: true, Deployments: 3}, "3 deployments", "2 "},
		{rules.Day{Known: true, Deployments: 4}, "4 deployments", "4 "},
		{rules.Day{Known: true, Deployments: 7}, "7 deployments", "4 "},
		{rules.Day{Known: true, Deployments: 8}, "8 deployments", "8 "},
		{rules.Day{Known: true, Deployments: 2_000_000_000}, "2000000000 deployments", "8 "},
		{rules.Day{Known: true, Deployments: 2, Breaches: 1, Forbidden: 1}, "2 deployments, 1 breach, forbidden", "XF"},
		{rules.Day{Known: true, Deployments: 2, Breaches: 2, Forbidden: 0.5}, "2 deployments, 2 breaches, forbidden in part", "Xp"},
		{rules.Day{Known: true, Forbidden: 1}, "no deployments, forbidden", "0F"},
		{rules.Day{Known: true, Deployments: 5, Forbidden: 0.5}, "5 deployments, forbidden in part", "4p"},
		{rules.Day{}, "not known", "? "},
		{rules.Day{Deployments: 2, Forbidden: 1}, "at least 2 deployments, forbidden", "?F"},
		{rules.Day{Deployments: 1, Breaches: 1}, "at least 1 deployment, 1 breach", "X "},
		{rules.Day{Ahead: true, Known: true, Deployments: 2, Breaches: 1, Forbidden: 0.5}, "to come, forbidden in part", ".p"},
		{rules.Day{Ahead: true}, "to come", ". "},
	} {
		c.day.Date = rules.Date{Year: 2026, Month: 3, Day: 13}
		b, err := picture.Calendar{Days: []rules.Day{c.day}}.SVG()
		if err != nil {
			t.Fatal(err)
		}
		days := readDays(t, parse(t, b))
		if len(days) != 1 {
			t.Fatalf("%+v: got %d days", c.day, len(days))
		}
		got := days[0]
		if want := "Friday 13 March 2026: " + c.said; got.title != want {
			t.Errorf("%+v: got %q, want %q", c.day, got.title, want)
		}
		if looked := string([]byte{got.letter, got.mark}); looked != c.looked || got.row != 4 || got.column != 0 {
			t.Errorf("%+v: got %q at %d, %d; want %q at 4, 0", c.day, looked, got.row, got.column, c.looked)
		}
	}
}

// TestCalendarPlaces holds each day to the row of its weekday, in the column of its
// week, and the labels to standing apart and on the sheet.
func TestCalendarPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "first"))
		c := picture.Calendar{Title: rapid.String().Draw(t, "title"), Sentence: rapid.String().Draw(t, "sentence"), Zone: time.FixedZone(rapid.String().Draw(t, "zone"), 0)}
		for i := range rapid.IntRange(1, picture.MaxDays).Draw(t, "days") {
			c.Days = append(c.Days, rules.Day{Date: rules.DateOf(first.AddDate(0, 0, i)), Known: true})
		}
		b, err := c.SVG()
		if err != nil {
			t.Fatal(err)
		}
		checkMarkup(t, b)
		p := parse(t, b)
		monday := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
		days := readDays(t, p)
		if len(days) != len(c.Days) {
			t.Fatalf("got %d days, want %d", len(days), len(c.Days))
		}
		for i, got := range days {
			want := first.AddDate(0, 0, i)
			if at := monday.AddDate(0, 0, 7*got.column+got.row); !at.Equal(want) || !strings.HasPrefix(got.title, want.Format("Monday 2 January 2006: ")) {
				t.Errorf("%q is where %s belongs, want %s", got.title, at, want)
			}
		}
		checkMonths(t, p, monday, c.Days)
	})
}

// checkMonths holds the labels above the grid to naming the months that begin.
func checkMonths(t *rapid.T, p page, monday time.Time, days []rules.Day) {
	t.Helper()
	want := make(map[int]string)
	for _, d := range days {
		if d.Date.Day == 1 {
			at := time.Date(d.Date.Year, d.Date.Month, 1, 0, 0, 0, 0, time.UTC)
			want[int(at.Sub(monday).Hours())/(24*7)] = at.Format("Jan")
		}
	}
	left := textAt(t, p, "Mon").X + 14
	for _, l := range p.Texts {
		if l.Y != monthBase {
			continue
		}
		column := (l.X - left) / weekPitch
		if name, ok := want[column]; ok && !strings.HasPrefix(l.Text, name) || !ok && column != 0 {
			t.Errorf("got %q above column %d, want %q", l.Text, column, name)
		}
		delete(want, column)
		if end := l.X + 7*utf8.RuneCountInString(l.Text); end > p.Width {
			t.Errorf("%q ends at %d of %d", l.Text, end, p.Width)
		}
	}
	if len(want) > 0 {
		t.Errorf("the months %v have no label", want)
	}
}

// monthBase is the base line of the months, in units.
const monthBase = 134

func TestCalendarErrors(t *testing.T) {
	day := func(text string) rules.Day { return rules.Day{Date: date(t, text)} }
	year := busyYear().Days
	for _, c := range []struct {
		name string
		days []rules.Day
		want string
	}{
		{"no days", nil, "0 days: want 1 to 371"},
		{"many days", append(year[:len(year):len(year)], day("2026-03-18"), day("2026-03-19")), "373 days: want 1 to 371"},
		{"a gap", []rules.Day{day("2026-02-28"), day("2026-03-02")}, "day 2 is 2026-03-02, want 2026-03-01"},
		{"twice", []rules.Day{day("2026-02-28"), day("2026-02-28")}, "day 2 is 2026-02-28, want 2026-03-01"},
		{"reversed", []rules.Day{day("2026-02-28"), day("2026-02-27")}, "day 2 is 2026-02-27, want 2026-03-01"},
		{"no such date", []rules.Day{{Date: rules.Date{Year: 2026, Month: 2, Day: 30}}}, "day 1 is 2026-02-30, want 2026-03-02"},
	} {
		_, err := picture.Calendar{Title: "c\n", Days: c.days}.SVG()
		checkError(t, c.name, err, `draw the calendar "c ": `+c.want)
	}
	if _, err := (picture.Calendar{Days: []rules.Day{{}}}).SVG(); err == nil {
		t.Error("the zero date: got no error")
	}
}
