package web

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"
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
		err = t.Execute(w, newPage(v, glass))
	}
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// A page is what the template shows: the view in words, and in the order of the page.
type page struct {
	*View
	Title    string
	Picture  template.HTML
	Headline string
	Remarks  []string
	Ahead    *ahead
	Because  []passage
	Days     *daysTable
	Chart    template.HTML
	Past     pastRuns
	Week     *weekTable
	Broken   []broken
	Read     []source
	AsOf     *moment // nil: no policy is in force yet
	InForce  *moment // since when the policy is
}

func newPage(v *View, glass []byte) *page {
	return &page{
		View:     v,
		Title:    title(v) + " – fridaycounter",
		Picture:  template.HTML(glass), // our own drawing, which escapes what it is told
		Headline: headline(v),
		Remarks:  remarks(v),
		Ahead:    newAhead(v),
		Because:  passages(v.Why),
		Days:     newDaysTable(v.Year.Days),
		Chart:    newChart(v).svg(),
		Past:     newPastRuns(v),
		Week:     newWeekTable(v),
		Broken:   newBroken(v),
		Read:     newSources(v),
		AsOf:     v.moment(v.At),
		InForce:  v.moment(v.Config.Loaded),
	}
}

// moment puts an instant into words, as of the view and in its zone.
func (v *View) moment(t time.Time) *moment {
	if t.IsZero() {
		return nil
	}
	t = t.In(v.At.Location())
	return &moment{Machine: t.Format(time.RFC3339), Text: t.Format(minute), Short: t.Format(brief), Away: away(t.Sub(v.At))}
}

// A moment is an instant in words.
type moment struct {
	Machine string // for <time>
	Text    string // Friday 13 March 2026, 16:49 PDT
	Short   string // Fri 13 Mar 2026, 16:49
	Away    string // in 5 hours
}

const (
	minute = "Monday 2 January 2006, 15:04 MST"
	brief  = "Mon 2 Jan 2006, 15:04"
	date   = "Monday 2 January 2006"
)

// title is the number for the tab of a browser.
func title(v *View) string {
	if v.At.IsZero() {
		return "nothing known yet"
	}
	return v.Number.Score()
}

// headline is the sentence under the glass.
func headline(v *View) string {
	switch {
	case v.Number.Sentence != "":
		return v.Number.Sentence
	case v.At.IsZero():
		return "Nothing is known yet."
	}
	score := v.Number.Score()
	return strings.ToUpper(score[:1]) + score[1:] + "."
}

// remarks are what must not be overlooked of the number.
func remarks(v *View) []string {
	var said []string
	if !v.Number.Known && !v.At.IsZero() {
		said = append(said, "Not known: no deployment is known, or not all of an environment has been read.")
	}
	if v.Number.Known && v.Number.AtLeast {
		said = append(said, "At least: the facts reach no further back.")
	}
	if v.Number.Stale {
		said = append(said, "Stale: the number is from the last facts that could be read.")
	}
	if len(v.Config.Refused) > 0 {
		said = append(said, "Refused: the policy that was saved last is not in force.")
	}
	return said
}

// Score says a number: "at least 12 weeks, stale".
func (n Number) Score() string {
	said := "not known"
	if n.Known {
		said = n.weeks()
	}
	if n.Stale {
		said += ", stale"
	}
	return said
}

// count says a number of things.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}

// away says how far an instant is from now. live.js says it alike.
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
	minutes := int64(d / time.Minute)
	days, hours := int(minutes/(24*60)), int(minutes/60)
	switch {
	case days >= 14:
		return count(days, "day", "days")
	case days >= 2:
		return two(count(days, "day", "days"), hours-24*days, "hour", "hours")
	case hours >= 1:
		return two(count(hours, "hour", "hours"), int(minutes)-60*hours, "minute", "minutes")
	}
	return count(int(minutes), "minute", "minutes")
}

// two appends a smaller part, if there is any.
func two(large string, n int, one, more string) string {
	if n == 0 {
		return large
	}
	return large + " " + count(n, one, more)
}
