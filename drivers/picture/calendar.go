package picture

import (
	"cmp"
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Calendar is a year of deployments: a column for each week, which begins on
// Monday, and in it a cell for each day.
//
//   - The more deployments began on a day, the darker it is: none, 1, 2 to 3, 4 to 7,
//     8 or more.
//   - A day with a breach is red, with a cross cut out.
//   - A forbidden day has a frame, one that is forbidden in part a line below.
//   - A day of which not all is known is hatched, one to come a dot.
//
// Everything but the number of deployments has a shape.
type Calendar struct {
	Title    string
	Sentence string         // says the number: "12 weeks since Friday 19 December 2025."
	Zone     *time.Location // of the days; nil: UTC
	Days     []rules.Day    // consecutive, the oldest first, 1 to [MaxDays]
}

// MaxDays is the most days of a calendar: 53 weeks.
const MaxDays = 371

// SVG returns the calendar as SVG. Errors: too many days or none, and days that do not
// follow each other.
func (c Calendar) SVG() ([]byte, error) {
	if n := len(c.Days); n == 0 || n > MaxDays {
		return nil, fmt.Errorf("draw the calendar %q: %d days: want 1 to %d", brief(c.Title), n, MaxDays)
	}
	for i, d := range c.Days {
		if want := rules.DateOf(noon(c.Days[0].Date).AddDate(0, 0, i)); d.Date != want {
			return nil, fmt.Errorf("draw the calendar %q: day %d is %s, want %s", brief(c.Title), i+1, d.Date, want)
		}
	}
	return c.sheet().svg(), nil
}

// sheet lays the calendar out.
func (c *Calendar) sheet() *sheet {
	offset := (int(noon(c.Days[0].Date).Weekday()) + 6) % 7 // of the first day in its column
	weeks := (offset + len(c.Days) + 6) / 7
	sh := &sheet{width: gridLeft + max(weeks, columns)*pitch - (pitch - cellSize) + margin}
	sh.head(c.Title, c.Sentence)
	for i := range c.Days {
		d, column, row := &c.Days[i], (offset+i)/7, (offset+i)%7
		box := box(gridLeft+column*pitch, gridTop+row*pitch, cellSize, cellSize)
		title := noon(d.Date).Format(day) + ": " + DayWords(d)
		sh.figures = append(sh.figures, figure{"day " + DayClass(d), title, dayShapes(d, box)})
	}
	sh.desc = Summary(c.Days) + "."
	for row := range 7 {
		sh.rowName(gridTop+row*pitch, grey, time.Weekday((row + 1) % 7).String()[:3])
	}
	c.months(sh, offset)
	c.key(sh, gridTop+7*pitch+24)
	return sh
}

// months names the months above the columns in which they begin, and that of the
// first day if there is room before the next.
func (c *Calendar) months(sh *sheet, offset int) {
	free := sh.width
	for i, day := range slices.Backward(c.Days) {
		d := day.Date
		if d.Day != 1 && i > 0 {
			continue
		}
		x, name := gridLeft+(offset+i)/7*pitch, d.Month.String()[:3]
		if long := fmt.Sprint(name, " ", d.Year); (d.Month == time.January || i == 0) && x+small.width(long) < free {
			name = long
		}
		if x+small.width(name) < free {
			sh.text(small, x, monthLine, grey, name)
			free = x
		}
	}
}

// key explains the figures, of those that are rare only what is used.
func (c *Calendar) key(sh *sheet, y int) {
	x := gridLeft
	item := func(d rules.Day, word string) {
		x = sh.key(x, y, "legend", word, dayShapes(&d, box(x, y, cellSize, cellSize)))
	}
	for _, s := range shades {
		item(rules.Day{Deployments: s.least, Known: true}, s.word)
	}
	x, y = gridLeft, y+cellSize+12
	item(rules.Day{Breaches: 1}, "breach")
	item(rules.Day{Forbidden: 1, Known: true}, "forbidden")
	if slices.ContainsFunc(c.Days, func(d rules.Day) bool { return 0 < d.Forbidden && d.Forbidden < 1 }) {
		item(rules.Day{Forbidden: 0.5, Known: true}, "forbidden in part")
	}
	for _, rare := range []rules.Day{{}, {Ahead: true}} {
		if slices.ContainsFunc(c.Days, func(d rules.Day) bool { return DayClass(&d) == DayClass(&rare) }) {
			item(rare, deployments(&rare))
		}
	}
	sh.note(y, "Deployments by the day on which they began. A column is a week from Monday, by the clock of "+brief(cmp.Or(c.Zone, time.UTC).String())+".")
}

// shades is the colours of a day by the least deployments that it has.
var shades = [...]struct {
	least  int
	colour colour
	word   string
}{
	{0, 0xebe9e1, "no deployments"}, {1, 0xbfd6e8, "1"}, {2, 0x86b4d8, "2 to 3"}, {4, 0x4488bd, "4 to 7"}, {8, 0x165a92, "8 or more"},
}

// shade returns the colour of a number of deployments.
func shade(deployments int) colour {
	for _, s := range slices.Backward(shades[:]) {
		if deployments >= s.least {
			return s.colour
		}
	}
	return shades[0].colour
}

// DayClass names what a day is, besides its deployments.
func DayClass(d *rules.Day) string {
	switch {
	case d.Ahead:
		return "ahead"
	case d.Breaches > 0:
		return "breach"
	case !d.Known:
		return "unknown"
	}
	return "known"
}

// dayShapes returns how a day of the calendar is drawn in a box of one cell. The first
// shape covers the box.
func dayShapes(d *rules.Day, box image.Rectangle) []shape {
	var shapes []shape
	area := bar(box, round, paper) // what is left for the deployments
	switch {
	case d.Forbidden == 1:
		shapes = append(shapes, area.in(black), area.shrink(1))
		area = area.shrink(2)
	case d.Forbidden > 0:
		shapes = append(shapes, area, bar(image.Rect(box.Min.X, box.Max.Y-2, box.Max.X, box.Max.Y), 0, black))
		area.Max.Y -= 4
	}
	middle := area.Min.Add(area.Size().Div(2))
	switch DayClass(d) {
	case "ahead":
		return append(shapes, area, dot(middle, faint))
	case "breach":
		return append(append(shapes, area.in(red)), cross(middle, 3)...)
	case "unknown":
		return append(shapes, area.hatch()...)
	}
	return append(shapes, area.in(shade(d.Deployments)))
}

// Summary says what happened on consecutive days, at least one.
func Summary(days []rules.Day) string {
	deployments, breaches := 0, 0
	for _, d := range days {
		if !d.Ahead {
			deployments, breaches = deployments+max(d.Deployments, 0), breaches+max(d.Breaches, 0)
		}
	}
	first, last := noon(days[0].Date).Format(day), noon(days[len(days)-1].Date).Format(day)
	return fmt.Sprintf("%s to %s: %s, %s", first, last, Count(deployments, "deployment", "deployments"), Count(breaches, "breach", "breaches"))
}

// DayWords says what happened on a day: "2 deployments, 1 breach, forbidden".
func DayWords(d *rules.Day) string {
	words := deployments(d)
	if d.Breaches > 0 && !d.Ahead {
		words += ", " + Count(d.Breaches, "breach", "breaches")
	}
	switch {
	case d.Forbidden == 1:
		words += ", forbidden"
	case d.Forbidden > 0:
		words += ", forbidden in part"
	}
	return words
}

func deployments(d *rules.Day) string {
	number := Count(d.Deployments, "deployment", "deployments")
	switch none := d.Deployments <= 0; {
	case d.Ahead:
		return "to come"
	case none && d.Known:
		return "no deployments"
	case none:
		return "not known"
	case !d.Known:
		return "at least " + number
	}
	return number
}

// Count says a number of things.
func Count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}
