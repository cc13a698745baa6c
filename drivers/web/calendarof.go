package web

import (
	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// calendarOf returns the year as a picture, of its latest days if there are more than
// a picture has.
func calendarOf(v *View) picture.Calendar {
	days := v.Year.Days
	days = days[max(0, len(days)-picture.MaxDays):]
	c := picture.Calendar{
		Title:    "A year of deployments",
		Sentence: v.Number.Sentence,
		Zone:     v.At.Location(),
		Days:     make([]picture.Day, len(days)),
	}
	for i, d := range days {
		c.Days[i] = picture.Day{
			Date:        d.Date,
			Deployments: d.Deployments,
			Breaches:    d.Breaches,
			Forbidden:   shareOf(d.Forbidden),
			Known:       d.Known,
			Ahead:       d.Ahead,
		}
	}
	return c
}

func shareOf(s rules.Share) picture.Share {
	switch s {
	case rules.SharePart:
		return picture.SharePart
	case rules.ShareWhole:
		return picture.ShareWhole
	}
	return picture.ShareNone
}
