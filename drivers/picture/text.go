package picture

import (
	"cmp"
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A textStyle is one of the sizes of text. Its fields are exported for the template.
type textStyle struct {
	Size int // of the SVG's font, in units
	Bold bool
	dot  int // pitch of the PNG's dots, in half units
}

var (
	small   = textStyle{13, false, 3} // months, years, key
	medium  = textStyle{17, false, 4} // what the number is
	heading = textStyle{26, true, 6}  // the rule's name
)

// line lays out a text in dots. All letters of [ascii] are in the wall's fonts.
func (s textStyle) line(text string) led.Line {
	const most = 1 << 20 // more than any text is wide
	line, _ := led.Fit(ascii(text), most, 8, led.FontNarrow, led.Saturate)
	return line
}

// width returns the units that a clean text takes at most: with an ordinary font in the
// SVG, and always in the PNG, whose letters are narrower.
func (s textStyle) width(text string) int {
	return fontUnits(text, s.Size, letters{"mw%@#&…" + capitals, 80})
}

const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// letters are as wide as hundredths of a font's size.
type letters struct {
	letters    string
	hundredths int
}

// fontUnits returns the units that a text takes in a font of a size, in which some
// letters are narrow or wide, and ideographs and pictures as wide as the size.
func fontUnits(text string, size int, groups ...letters) (units int) {
	for _, r := range text {
		hundredths := 60
		if r >= 0x2e80 {
			hundredths = 100
		}
		for _, g := range groups {
			if strings.ContainsRune(g.letters, r) {
				hundredths = g.hundredths
			}
		}
		units += hundredths * size
	}
	return (units + 99) / 100
}

const (
	maxName  = 80  // letters of a name in a cell's title
	maxLine  = 400 // more letters than a strip is wide
	ellipsis = "…"
	day      = "Monday 2 January 2006"
)

// clean returns a text for one line of an SVG. Control characters, marks that turn the
// direction of writing, and broken UTF-8 become the replacement character, and white
// space a blank.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200d' || unicode.IsGraphic(r): // the first makes one picture of several
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// brief returns a name, clean and short enough for a title.
func brief(name string) string { return shorten(name, maxName) }

// shorten returns the first n letters of a text, clean, with an ellipsis where it is cut.
func shorten(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return strings.TrimSpace(clean(text[:i])) + ellipsis
		}
	}
	return clean(text)
}

// fit returns as much of a text as fits into some units, clean, with an ellipsis where it
// is cut.
func (s textStyle) fit(text string, units int) string {
	if whole := shorten(text, maxLine); s.width(whole) <= units {
		return whole
	}
	return shorten(text, sort.Search(maxLine, func(n int) bool { return s.width(shorten(text, n+1)) > units }))
}

// plain has at the same place what comes closest to each of signs.
const (
	signs = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ‘’′“”„«»‐‑–—−→·•"
	plain = `AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty'''"""""----->..`
)

// ascii returns a clean text in the letters that the wall's fonts have.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if ' ' <= r && r <= '~' {
			return r
		}
		if i := strings.IndexRune(signs, r); i >= 0 {
			return rune(plain[utf8.RuneCountInString(signs[:i])])
		}
		return '?'
	}, strings.ReplaceAll(text, ellipsis, "..."))
}

// statuses are the worst first, each with its word for people.
var statuses = [...]struct {
	status rules.Status
	word   string
}{
	{rules.StatusBroken, "broken"}, {rules.StatusUnknown, "not known"}, {rules.StatusBefore, "before the rule"},
	{rules.StatusOpen, "going on"}, {rules.StatusAhead, "to come"}, {rules.StatusKept, "kept"},
}

// rank returns the index of a status in statuses; an unknown name is as not known.
func rank(s rules.Status) int {
	for i := range statuses {
		if statuses[i].status == s {
			return i
		}
	}
	return rank(rules.StatusUnknown)
}

func word(s rules.Status) string { return statuses[rank(s)].word }

// title says what a cell is: "Friday 13 March 2026: kept".
func (s *Strip) title(c *cell) string {
	o := c.occurrences[0]
	switch {
	case len(c.occurrences) > 1:
		return fmt.Sprintf("%s, %d windows: %s", o.Start.In(s.Zone).Format(day), len(c.occurrences), counts(c.occurrences))
	case o.Status != rules.StatusBroken || o.Breach == nil:
		return s.when(o) + ": " + word(o.Status)
	case o.Breaches == 1:
		return fmt.Sprintf("%s: broken by %s, 1 deployment", s.when(o), subject(&o.Breach.Deployment))
	}
	return fmt.Sprintf("%s: broken by %s, the latest of %d deployments", s.when(o), subject(&o.Breach.Deployment), o.Breaches)
}

// counts counts statuses: "1 broken, the latest by hotfix of shop to Production; 2 kept".
func counts(list []*rules.Occurrence) string {
	var n [len(statuses)]int
	var latest *rules.Breach
	for _, o := range list {
		n[rank(o.Status)]++
		if o.Status == rules.StatusBroken && o.Breach != nil && (latest == nil || latest.At.Before(o.Breach.At)) {
			latest = o.Breach
		}
	}
	var parts []string
	for i, status := range statuses {
		if n[i] == 0 {
			continue
		}
		text := fmt.Sprint(n[i], " ", status.word)
		if i == rank(rules.StatusBroken) && latest != nil {
			text += ", the latest by " + subject(&latest.Deployment)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// subject names a deployment.
func subject(d *rules.Deployment) string {
	name := cmp.Or(brief(d.Version), "deployment "+brief(d.ID))
	if d.Project != "" {
		name += " of " + brief(d.Project)
	}
	if d.Environment != "" {
		name += " to " + brief(d.Environment)
	}
	return name
}

// when is the time of an occurrence, in whole days where possible:
// "Friday 13 March 2026, 14:00 to 18:00".
func (s *Strip) when(o *rules.Occurrence) string {
	start, end := o.Start.In(s.Zone), o.End.In(s.Zone)
	last := end.Add(-1)
	from, to, closing := start.Format(day), last.Format(day), end.Format("15:04")
	if startsDay(end) { // which is not inside
		closing = "24:00"
	}
	whole := startsDay(start) && (o.End.IsZero() || startsDay(end))
	if !whole {
		from, to = from+", "+start.Format("15:04"), to+", "+closing
	}
	switch {
	case o.Start.IsZero() && o.End.IsZero():
		return "always"
	case o.Start.IsZero():
		return "until " + last.Format(day) + ", " + closing
	case o.End.IsZero():
		return "from " + from + " on"
	case sameDay(start, last) && whole:
		return from
	case sameDay(start, last):
		return from + " to " + closing
	}
	return from + " to " + to
}

// startsDay reports whether t is the first instant of its day. That is not midnight
// where the clock is put forward at midnight.
func startsDay(t time.Time) bool { return !sameDay(t, t.Add(-1)) }

func sameDay(a, b time.Time) bool { return rules.DateOf(a) == rules.DateOf(b) }
