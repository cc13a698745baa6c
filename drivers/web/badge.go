package web

import (
	"fmt"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// Badge says the number of the leading rule for a README.
func (v *View) Badge() picture.Badge {
	n := v.Number
	b := picture.Badge{Label: n.Rule, Message: "not known", Tone: picture.ToneUnknown}
	if b.Label == "" {
		b.Label = "fridaycounter"
	}
	if !n.Known {
		return b
	}
	b.Message, b.Tone = weeks(n), picture.ToneGood
	if n.Weeks == 0 {
		b.Tone = picture.ToneBad
	}
	if n.Stale {
		b.Message, b.Tone = b.Message+" (stale)", picture.ToneStale
	}
	return b
}

// weeks says the number: "at least 1 week".
func weeks(n Number) string {
	text := fmt.Sprintf("%d weeks", n.Weeks)
	if n.Weeks == 1 {
		text = "1 week"
	}
	if n.AtLeast {
		text = "at least " + text
	}
	return text
}
