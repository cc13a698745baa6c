package web

import "github.com/fridaycounter/fridaycounter/drivers/picture"

// calendarOf returns the year as a picture, of its latest days if there are more than
// a picture has.
func calendarOf(v *View) picture.Calendar {
	days := v.Year.Days
	days = days[max(0, len(days)-picture.MaxDays):]
	return picture.Calendar{
		Title:    "A year of deployments",
		Sentence: v.Number.Sentence,
		Zone:     v.At.Location(),
		Days:     days,
	}
}
