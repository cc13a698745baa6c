package web

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

//go:embed page.html
var pageHTML string

//go:embed style.css
var styleCSS []byte

//go:embed live.js
var liveJS []byte

// pageTemplate is parsed when the first page is asked for, since most commands never
// show one.
var pageTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Parse(pageHTML)
})

// writePage writes the page, which is complete without a script. glass is the element
// of [picture.Glass], nil if nothing was shown yet.
func writePage(w io.Writer, v *View, glass []byte) error {
	t, err := pageTemplate()
	if err == nil {
		err = t.Execute(w, page{v, template.HTML(glass)})
	}
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// A page is what the template shows: a view, and in its methods the view in words.
type page struct {
	*View
	Glass template.HTML // our own drawing, which escapes its texts
}

// Title is the number for the tab of a browser.
func (p page) Title() string {
	if p.At.IsZero() {
		return "nothing known yet"
	}
	return p.Number.Score()
}

// Headline is the sentence under the glass.
func (p page) Headline() string {
	switch {
	case p.Number.Sentence != "":
		return p.Number.Sentence
	case p.At.IsZero():
		return "Nothing is known yet."
	}
	score := p.Number.Score()
	return strings.ToUpper(score[:1]) + score[1:] + "."
}

// Remarks limit what the number says.
func (p page) Remarks() []string {
	var list []string
	if !p.Number.Known && !p.At.IsZero() {
		list = append(list, "Not known: no deployment is known, or not all of an environment has been read.")
	}
	if p.Number.Known && p.Number.AtLeast {
		list = append(list, "At least: the facts reach no further back.")
	}
	if p.Number.Stale {
		list = append(list, "Stale: the number is from the last facts that could be read.")
	}
	if len(p.Config.Refused) > 0 {
		list = append(list, "Refused: the policy that was saved last is not in force.")
	}
	return list
}

// NextWindow returns the forbidden window of now, or the next one; an empty one if
// there is none. It is nil before anything is known, and while the clock is not trusted.
func (p page) NextWindow() *Window {
	switch {
	case p.At.IsZero(), p.Health.Clock != "":
		return nil
	case p.Window == nil:
		return &Window{}
	}
	return p.Window
}

// maxRuns bounds the table of the runs; the chart has them all.
const maxRuns = 60

// MoreRuns returns how many runs, the oldest, are not in the table.
func (p page) MoreRuns() int { return max(0, len(p.Year.Runs)-maxRuns) }

// Runs returns those of the table, the newest first.
func (p page) Runs() []Run {
	runs := slices.Clone(p.Year.Runs[p.MoreRuns():])
	slices.Reverse(runs)
	return runs
}

// KnownFrom says how far back an environment is known.
func (p page) KnownFrom(f Freshness) string {
	from := p.Time(f.From)
	switch {
	case from == nil && f.All:
		return "all: no deployments"
	case from == nil:
		return "not known whole"
	case f.All:
		return "all, from " + from.Short
	}
	return from.Short + " on"
}

// Link returns the breach's address, if it may be followed: it came from a CI server,
// and a script in its place would run in this page.
func (b Breach) Link() string {
	u, err := url.Parse(b.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// Score says a number: "at least 12 weeks, stale".
func (n Number) Score() string {
	score := "not known"
	if n.Known {
		score = n.weeks()
	}
	if n.Stale {
		score += ", stale"
	}
	return score
}

// A timeText is an instant in words.
type timeText struct {
	Machine string // for <time>
	Text    string // Friday 13 March 2026, 16:49 PDT
	Short   string // Fri 13 Mar 2026, 16:49
	Away    string // in 5 hours
}

// date is a day in words.
const date = "Monday 2 January 2006"

// Time puts an instant into words, as of the view and in its zone; nil for the zero
// time.
func (v *View) Time(t time.Time) *timeText {
	if t.IsZero() {
		return nil
	}
	t = t.In(v.At.Location())
	return &timeText{t.Format(time.RFC3339), t.Format(date + ", 15:04 MST"), t.Format("Mon 2 Jan 2006, 15:04"), away(t.Sub(v.At))}
}

// away says how far an instant is from now. live.js says the same.
func away(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return "in " + span(d)
	case d > 0:
		return "in less than a minute"
	case d > -time.Minute:
		return "just now"
	}
	return span(-d) + " ago"
}

// span says a duration without more figures than matter.
func span(d time.Duration) string {
	minutes := int(d.Minutes())
	hours, days := minutes/60, minutes/60/24
	large, small, n := "", "", 0
	switch {
	case days >= 14:
		large = picture.Count(days, "day", "days")
	case days >= 2:
		n = hours - 24*days
		large, small = picture.Count(days, "day", "days"), picture.Count(n, "hour", "hours")
	case hours >= 1:
		n = minutes - 60*hours
		large, small = picture.Count(hours, "hour", "hours"), picture.Count(n, "minute", "minutes")
	default:
		large = picture.Count(minutes, "minute", "minutes")
	}
	if n == 0 {
		return large
	}
	return large + " " + small
}
