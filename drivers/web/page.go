package web

import (
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed page.html wall.html calendar.svg
var templates embed.FS

//go:embed style.css
var styleCSS []byte

//go:embed live.js
var liveJS []byte

// build is another text in another version of the program, so that pages load themselves again.
var build = sync.OnceValue(func() string {
	pageHTML, _ := templates.ReadFile("page.html") // it is embedded, as the next
	wallHTML, _ := templates.ReadFile("wall.html")
	return strings.Trim(tagOf(slices.Concat(pageHTML, wallHTML, styleCSS, liveJS)), `"`)
})

// parsed is made when the first page is asked for, since most commands never show one.
var parsed = sync.OnceValue(func() *template.Template {
	functions := template.FuncMap{"has": strings.Contains, "times": func(a, b int) int { return a * b }, "short": func(day string) string { return day[:3] },
		"build": build}
	return template.Must(template.New("").Funcs(functions).ParseFS(templates, "*"))
})

// A page is what the templates show: a view, and in its methods the view in words.
type page struct{ *View }

// All returns the rules, the one that leads first.
func (p page) All() []Number { return append([]Number{p.Number}, p.Others...) }

// Subtitle says what the number is of.
func (p page) Subtitle() string {
	n := p.Number
	if day, ok := strings.CutSuffix(n.Windows, "days"); ok { // Fridays
		return "weeks without a " + day + "day deployment"
	}
	if n.Rule != "" {
		return "weeks since a deployment broke rule " + n.Rule
	}
	return ""
}

// Environments says how many there are.
func (p page) Environments() string { return count(len(p.Sources), "environment", "environments") }

// WallStates says how many walls are in which state: "2 online, 1 offline".
func (p page) WallStates() string {
	n, states := map[string]int{}, []string{}
	for _, w := range p.Walls {
		if n[w.State]++; n[w.State] == 1 {
			states = append(states, w.State)
		}
	}
	for i, s := range states {
		states[i] = fmt.Sprint(n[s], " ", s)
	}
	return strings.Join(states, ", ")
}

// ThisYear returns what became of a rule's windows in the year of an instant; nil if that is not known.
func (n Number) ThisYear(at time.Time) *WindowYear {
	if last := len(n.Years) - 1; last >= 0 && n.Known && n.Years[last].Year == at.Year() {
		return &n.Years[last]
	}
	return nil
}

// Title names the windows of a rule at the beginning of a line.
func (n Number) Title() string { return strings.ToUpper(n.Windows[:1]) + n.Windows[1:] }

// Ended returns how many windows have ended, and are known.
func (y WindowYear) Ended() int { return y.Kept + y.Broken }

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
	UTC     string // Fri 13 Mar 2026, 23:49 UTC
	Away    string // in 5 h
	Left    string // 5 h, of what is to come
	Age     string // 5 h, of what is past
}

// date is a day in words.
const date = "Monday 2 January 2006"

// shortDate is a day of a year, or of two, in fewer words.
const shortDate = "Mon 2 Jan 2006"

// Time puts an instant into words, as of the view and in its zone; nil for the zero
// time.
func (v *View) Time(t time.Time) *timeText {
	if t.IsZero() {
		return nil
	}
	t = t.In(v.At.Location())
	return &timeText{
		t.Format(time.RFC3339), t.Format(date + ", 15:04 MST"), t.Format(shortDate + ", 15:04"), t.UTC().Format(shortDate + ", 15:04 MST"),
		away(t.Sub(v.At)), span(max(0, t.Sub(v.At))), span(max(0, v.At.Sub(t))),
	}
}

// away says how far an instant is from now. live.js says the same.
func away(d time.Duration) string {
	switch {
	case d > 0:
		return "in " + span(d)
	case d > -time.Minute:
		return "just now"
	}
	return span(-d) + " ago"
}

// span says a duration without more figures than matter: "4 d 11 h". live.js says the same.
func span(d time.Duration) string {
	minutes := int(d.Minutes())
	hours, days := minutes/60, minutes/60/24
	switch {
	case days >= 14:
		return fmt.Sprintf("%d d", days)
	case days >= 2:
		return two(days, "d", hours-24*days, "h")
	case hours >= 1:
		return two(hours, "h", minutes-60*hours, "min")
	case minutes == 0:
		return "less than a minute"
	}
	return fmt.Sprintf("%d min", minutes)
}

// two says two figures, without a second that is 0.
func two(n int, unit string, m int, smaller string) string {
	if m == 0 {
		return fmt.Sprintf("%d %s", n, unit)
	}
	return fmt.Sprintf("%d %s %d %s", n, unit, m, smaller)
}
