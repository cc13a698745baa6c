package picture

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// sheet lays the calendar out.
func (c *Calendar) sheet() *sheet {
	offset := weekday(date(c.Days[0].Date)) // of the first day in its column
	weeks := (offset + len(c.Days) + 6) / 7
	sh := &sheet{width: gridLeft + max(weeks, columns)*pitch - (pitch - cellSize) + margin, desc: c.describe()}
	sh.head(c.Title, c.Sentence)
	for i := range c.Days {
		d := (*calendarDay)(&c.Days[i])
		column, row := (offset+i)/7, (offset+i)%7
		box := rect{gridLeft + column*pitch, gridTop + row*pitch, cellSize, cellSize}
		sh.cells = append(sh.cells, drawn{class: "day " + d.class(), title: d.title(), shapes: d.figure(box)})
	}
	for row := range 7 {
		name := time.Weekday((row + 1) % 7).String()[:3]
		sh.labels = append(sh.labels, label{small, gridLeft - 14, gridTop + row*pitch + cellSize - 3, true, grey, name})
	}
	sh.monthsOf(c, offset)
	sh.key(c, gridTop+7*pitch+24)
	return sh
}

// weekday counts from Monday.
func weekday(d date) int { return (int(d.time().Weekday()) + 6) % 7 }

// monthsOf names the months above the columns in which they begin, and that of the
// first day if there is room before the next.
func (sh *sheet) monthsOf(c *Calendar, offset int) {
	free := sh.width
	for i := len(c.Days) - 1; i >= 0; i-- {
		d := c.Days[i].Date
		if d.Day != 1 && i > 0 {
			continue
		}
		x, name := gridLeft+(offset+i)/7*pitch, d.Month.String()[:3]
		if long := fmt.Sprint(name, " ", d.Year); (d.Month == time.January || i == 0) && x+small.width(long) < free {
			name = long
		}
		if x+small.width(name) < free {
			sh.labels = append(sh.labels, label{small, x, monthLine, false, grey, name})
			free = x
		}
	}
}

// key explains the figures, of those that are rare only what is used.
func (sh *sheet) key(c *Calendar, y int) {
	x := gridLeft
	item := func(d calendarDay, word string) {
		sh.cells = append(sh.cells, drawn{class: "legend", shapes: d.figure(rect{x, y, cellSize, cellSize})})
		sh.labels = append(sh.labels, label{small, x + cellSize + 8, y + cellSize - 3, false, black, word})
		x += cellSize + 8 + small.width(word) + 20
	}
	for _, s := range shades() {
		item(calendarDay{Deployments: s.least, Known: true}, s.word)
	}
	x, y = gridLeft, y+cellSize+12
	item(calendarDay{Breaches: 1}, "breach")
	item(calendarDay{Forbidden: rules.ShareWhole, Known: true}, "forbidden")
	used := make(map[string]bool)
	for i := range c.Days {
		used[(*calendarDay)(&c.Days[i]).class()] = true
		used["part"] = used["part"] || c.Days[i].Forbidden == rules.SharePart
	}
	if used["part"] {
		item(calendarDay{Forbidden: rules.SharePart, Known: true}, "forbidden in part")
	}
	if used["unknown"] {
		item(calendarDay{}, "not known")
	}
	if used["ahead"] {
		item(calendarDay{Ahead: true}, "to come")
	}
	note := "Deployments by the day on which they began. A column is a week from Monday, by the clock of " + brief(c.zone().String()) + "."
	sh.labels = append(sh.labels, label{small, gridLeft, y + cellSize + 28, false, grey, sh.fit(small, gridLeft, note)})
	sh.height = y + cellSize + 28 + margin
}

// describe says the year to those who do not see it.
func (c *Calendar) describe() string {
	deployments, breaches := 0, 0
	for i := range c.Days {
		if d := &c.Days[i]; !d.Ahead {
			deployments += max(d.Deployments, 0)
			breaches += max(d.Breaches, 0)
		}
	}
	first, last := date(c.Days[0].Date).time(), date(c.Days[len(c.Days)-1].Date).time()
	return fmt.Sprintf("%s to %s: %s, %s.", first.Format(day), last.Format(day), count(deployments, "deployment", "deployments"), count(breaches, "breach", "breaches"))
}
