package web

import (
	"cmp"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// Badge says the number of the leading rule for a README.
func (v *View) Badge() picture.Badge {
	n := v.Number
	b := picture.Badge{Label: cmp.Or(n.Rule, "fridaycounter"), Message: "not known", Tone: picture.ToneUnknown}
	if !n.Known {
		return b
	}
	b.Message, b.Tone = n.weeks(), picture.ToneGood
	if n.Weeks == 0 {
		b.Tone = picture.ToneBad
	}
	if n.Stale {
		b.Message, b.Tone = b.Message+" (stale)", picture.ToneStale
	}
	return b
}

// weeks says the number, if it is known: "at least 1 week".
func (n Number) weeks() string {
	text := picture.Count(n.Weeks, "week", "weeks")
	if n.AtLeast {
		return "at least " + text
	}
	return text
}

// Calendar is the year as a picture, of its latest days if there are more than a picture
// has.
func (v *View) Calendar() picture.Calendar {
	return picture.Calendar{
		Title:    "A year of deployments",
		Sentence: v.Number.Sentence,
		Zone:     v.At.Location(),
		Days:     v.latestDays(),
	}
}
