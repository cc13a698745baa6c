package web

import (
	"fmt"
	"slices"
)

// maxBars is how many streaks are drawn; a phone has room for no more.
const maxBars = 20

// Bars are the latest streaks of at least a week, oldest first, and the record. SVG scales
// their places to the width of the page, and leaves their words as they are.
type bars struct {
	Description string // for those who do not see it
	Bars        []bar
	More        int // streaks that are not drawn: older ones, and those shorter than a week
}

// A bar is one streak. X and Width are percents of the width, Y and Height pixels.
type bar struct {
	Weeks             int
	Class             string // current, record or both; "" for others
	Name              string // below the bar: its month, or "now"; "" where that is said before
	X, Middle, Width  float64
	Y, Height, LabelY int
}

const (
	barsTop    = 24  // pixels above the highest bar, for its weeks
	barsHeight = 110 // pixels of the highest bar
	maxNames   = 10  // bars that have room for a name each
)

// Bars returns nil where no streak is known.
func (p page) Bars() *bars {
	all := p.Year.Streaks // newest first
	if len(all) == 0 {
		return nil
	}
	list := slices.DeleteFunc(slices.Clone(all), func(s Streak) bool { return s.Weeks == 0 && !s.Current })
	most := slices.MaxFunc(list, func(a, b Streak) int { return a.Weeks - b.Weeks }).Weeks
	if len(list) > maxBars {
		list = list[:maxBars]
	}
	slices.Reverse(list)
	shown := len(list)
	b := &bars{More: len(all) - shown}
	if r := p.Number.RecordSpan; r != nil && p.Number.Record > most { // it ended before these
		list, most = slices.Insert(list, 0, *r), r.Weeks
	}
	b.Description = fmt.Sprintf("%s, the longest of %s; the last goes on with %s.", count(shown, "streak", "streaks"), count(most, "week", "weeks"), count(list[len(list)-1].Weeks, "week", "weeks"))
	slot, month := 100/float64(len(list)), ""
	for i, s := range list {
		one := bar{Weeks: s.Weeks, Width: min(slot*.7, 12), Height: max(2, barsHeight*s.Weeks/max(1, most))}
		one.Middle = slot * (float64(i) + .5)
		one.X = one.Middle - one.Width/2
		one.Y = barsTop + barsHeight - one.Height
		one.LabelY = one.Y - 7
		if s.Weeks == p.Number.Record && s.Weeks > 0 {
			one.Class = "record"
		}
		name := s.Start.In(p.At.Location()).Format("Jan")
		if s.Current {
			one.Class, name = "current", "now"
		}
		crowded := len(list) > maxNames && i > 0 && b.Bars[i-1].Name != ""
		if crowded && s.Current {
			b.Bars[i-1].Name = ""
		}
		if name != month && (!crowded || s.Current) {
			one.Name, month = name, name
		}
		b.Bars = append(b.Bars, one)
	}
	return b
}
