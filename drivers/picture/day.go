package picture

import (
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// The inks of a day's deployments.
const (
	none  ink = 0xebe9e1
	few   ink = 0xbfd6e8
	some  ink = 0x86b4d8
	many  ink = 0x4488bd
	heaps ink = 0x165a92
)

// shades returns the inks of a day by the least deployments that it has.
func shades() []struct {
	least int
	ink   ink
	word  string
} {
	return []struct {
		least int
		ink   ink
		word  string
	}{
		{0, none, "no deployments"}, {1, few, "1"}, {2, some, "2 to 3"}, {4, many, "4 to 7"}, {8, heaps, "8 or more"},
	}
}

// shade returns the ink of a number of deployments.
func shade(deployments int) ink {
	shade := none
	for _, s := range shades() {
		if deployments >= s.least {
			shade = s.ink
		}
	}
	return shade
}

// A calendarDay is a day as it is drawn.
type calendarDay rules.Day

// class names what a day is, besides its deployments.
func (d *calendarDay) class() string {
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

// title says what a day is: "Friday 13 March 2026: 2 deployments, 1 breach,
// forbidden".
func (d *calendarDay) title() string {
	return date(d.Date).time().Format(day) + ": " + DayWords((*rules.Day)(d))
}

// DayWords says what happened on a day: "2 deployments, 1 breach, forbidden".
func DayWords(d *rules.Day) string {
	said := []string{deployments(d)}
	if d.Breaches > 0 && !d.Ahead {
		said = append(said, count(d.Breaches, "breach", "breaches"))
	}
	switch d.Forbidden {
	case rules.SharePart:
		said = append(said, "forbidden in part")
	case rules.ShareWhole:
		said = append(said, "forbidden")
	}
	return strings.Join(said, ", ")
}

func deployments(d *rules.Day) string {
	number := count(d.Deployments, "deployment", "deployments")
	switch {
	case d.Ahead:
		return "to come"
	case d.Known && d.Deployments <= 0:
		return "no deployments"
	case d.Known:
		return number
	case d.Deployments <= 0:
		return "not known"
	}
	return "at least " + number
}

// count says a number of things.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}

// figure returns how a day is drawn in a box of one cell. The first shape covers
// the box, so that a pointer finds it anywhere.
func (d *calendarDay) figure(box rect) []shape {
	var shapes []shape
	area := bar{box, round, round, paper} // what is left for the deployments
	switch d.Forbidden {
	case rules.ShareWhole:
		shapes = append(shapes, area.in(black), area.shrink(1))
		area = area.shrink(2)
	case rules.SharePart:
		shapes = append(shapes, area, bar{rect: rect{box.x, box.y + box.h - 2, box.w, 2}, ink: black})
		area.h -= 4
	}
	x, y := area.x+area.w/2, area.y+area.h/2
	switch d.class() {
	case "ahead":
		return append(shapes, area, bar{rect{x - 3, y - 3, 6, 6}, 3, 3, faint})
	case "breach":
		const arm = 3
		return append(shapes, area.in(red), stroke{x - arm, y - arm, x + arm, y + arm, 2, paper}, stroke{x - arm, y + arm, x + arm, y - arm, 2, paper})
	case "unknown":
		return append(append(shapes, area.in(hatched), area.shrink(1).in(paper)), hatch(area.inset(2))...)
	}
	return append(shapes, area.in(shade(d.Deployments)))
}
