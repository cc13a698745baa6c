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
