package web

import (
	"embed"
	"html/template"
	"net/url"
	"strings"
	"sync"
	"time"
)

//go:embed page.html calendar.svg
var templates embed.FS

//go:embed style.css
var styleCSS []byte

//go:embed live.js
var liveJS []byte

// parsed is made when the first page is asked for, since most commands never show one.
var parsed = sync.OnceValue(func() *template.Template {
	functions := template.FuncMap{"has": strings.Contains, "times": func(a, b int) int { return a * b }}
	return template.Must(template.New("").Funcs(functions).ParseFS(templates, "*"))
})

// A page is what the templates show: a view, and in its methods the view in words.
type page struct{ *View }

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

// weeks says the number, if it is known: "at least 1 week".
func (n Number) weeks() string {
	text := count(n.Weeks, "week", "weeks")
	if n.AtLeast {
		return "at least " + text
	}
	return text
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
	large, small, n := count(minutes, "minute", "minutes"), "", 0
	switch {
	case days >= 14:
		large = count(days, "day", "days")
	case days >= 2:
		n = hours - 24*days
		large, small = count(days, "day", "days"), count(n, "hour", "hours")
	case hours >= 1:
		n = minutes - 60*hours
		large, small = count(hours, "hour", "hours"), count(n, "minute", "minutes")
	}
	if n == 0 {
		return large
	}
	return large + " " + small
}
