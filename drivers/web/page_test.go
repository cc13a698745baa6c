package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/fridaycounter/fridaycounter/rules"
)

func TestPageIsWellMade(t *testing.T) {
	now := sampleView(t)
	now.Window.Now = true
	for name, v := range map[string]*View{"sample": sampleView(t), "forbidden": now, "zero": {}, "hostile": hostileView(t)} {
		t.Run(name, func(t *testing.T) {
			d := parsePage(t, wholePage(t, v, sampleGlass(t, "12")))
			if n := len(d.named("h1")); n != 1 {
				t.Errorf("%d h1", n)
			}
			for _, landmark := range []string{"header", "main", "footer", "title", "noscript"} {
				if n := len(d.elements(func(n *html.Node) bool { return n.Data == landmark && n.Namespace == "" })); n != 1 {
					t.Errorf("%d %s", n, landmark)
				}
			}
			ids := make(map[string]bool)
			for _, n := range d.elements(func(*html.Node) bool { return true }) {
				checkElement(t, n)
				if id := attr(n, "id"); id != "" && ids[id] {
					t.Errorf("id %q twice", id)
				} else {
					ids[id] = true
				}
			}
			for _, n := range d.named("table") {
				if n.FirstChild.NextSibling == nil || n.FirstChild.NextSibling.Data != "caption" || text(n.FirstChild.NextSibling) == "" {
					t.Errorf("a table without a caption: %.80s", text(n))
				}
			}
		})
	}
}

// checkElement refuses what the content security policy does, and what comes from
// elsewhere.
func checkElement(t *testing.T, n *html.Node) {
	t.Helper()
	if n.Data == "style" || n.Data == "iframe" || n.Data == "form" || n.Data == "base" || n.Data == "script" && n.FirstChild != nil || n.Data == "meta" && attr(n, "http-equiv") != "" {
		t.Errorf("<%s> of %q", n.Data, text(n))
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
		case a.Key != "href" && a.Key != "src" && a.Key != "srcset" && a.Key != "action":
		case n.Data == "a" && strings.HasPrefix(a.Val, "https://bamboo.example.com/"):
			if attr(n, "rel") != "noreferrer" {
				t.Errorf("%s learns where it was followed from", a.Val)
			}
		case strings.Contains(a.Val, ":") || strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, `\`):
			t.Errorf("<%s %s=%q> is not relative", n.Data, a.Key, a.Val)
		}
	}
}

func TestPageDays(t *testing.T) {
	for _, monday := range []rules.Date{{Year: 2025, Month: 3, Day: 17}, {Year: 2024, Month: 2, Day: 26}, {Year: 2023, Month: 12, Day: 25}} {
		v := sampleView(t)
		for i := range v.Year.Days {
			v.Year.Days[i].Date = rules.DateOf(noon(monday).AddDate(0, 0, i))
		}
		checkDays(t, v)
	}
}

// checkDays compares every cell with its day.
func checkDays(t *testing.T, v *View) {
	t.Helper()
	d := parsePage(t, wholePage(t, v, nil))
	rows := d.elements(func(n *html.Node) bool {
		return n.Data == "tr" && n.Parent.Data == "tbody" && attr(n.Parent.Parent, "class") == "days"
	})
	if len(rows) != 7 {
		t.Fatalf("%d rows", len(rows))
	}
	var cells [7][]*html.Node
	for i, row := range rows {
		for c := range row.ChildNodes() {
			if c.Type == html.ElementNode {
				cells[i] = append(cells[i], c)
			}
		}
		if got, want := attr(cells[i][0], "abbr"), time.Weekday((i+1)%7).String(); got != want {
			t.Errorf("row %d is of %s", i, got)
		}
	}
	seen := 0
	for i := range v.Year.Days {
		day := &v.Year.Days[i]
		cell := cells[i%7][1+i/7]
		if got, want := text(cell), wantName(day); got != want {
			t.Errorf("%s: %q, want %q", day.Date, got, want)
		}
		if got, want := attr(cell, "class"), wantClass(day); got != want {
			t.Errorf("%s: class %q, want %q", day.Date, got, want)
		}
		date := ""
		if day.Breaches > 0 && !day.Ahead {
			date = day.Date.String()
		}
		if got := attr(cell, "data-date"); got != date {
			t.Errorf("%s: data-date %q", day.Date, got)
		}
		seen++
	}
	if stops := d.elements(func(n *html.Node) bool { return n.Data == "td" && attr(n, "tabindex") == "0" }); len(stops) != seen {
		t.Errorf("%d cells for %d days", len(stops), seen)
	}
	columns := 0
	for _, n := range d.elements(func(n *html.Node) bool { return attr(n, "colspan") != "" }) {
		weeks := 0
		fmt.Sscan(attr(n, "colspan"), &weeks)
		columns += weeks
	}
	if columns != 53 {
		t.Errorf("the months are above %d columns, want 53", columns)
	}
}

// wantName is what the picture of the calendar calls the day, too.
func wantName(d *rules.Day) string {
	said := fmt.Sprintf("%s %d %s %d: ", noon(d.Date).Weekday(), d.Date.Day, d.Date.Month, d.Date.Year)
	s := func(n int, one, more string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprint(n, " ", more)
	}
	switch {
	case d.Ahead:
		said += "to come"
	case d.Deployments == 0 && d.Known:
		said += "no deployments"
	case d.Deployments == 0:
		said += "not known"
	case d.Known:
		said += s(d.Deployments, "deployment", "deployments")
	default:
		said += "at least " + s(d.Deployments, "deployment", "deployments")
	}
	if d.Breaches > 0 && !d.Ahead {
		said += ", " + s(d.Breaches, "breach", "breaches")
	}
	return said + map[float64]string{0.5: ", forbidden in part", 1: ", forbidden"}[d.Forbidden]
}

func wantClass(d *rules.Day) string {
	class := ""
	switch {
	case d.Ahead:
		class = "ahead"
	case d.Breaches > 0:
		class = "breach"
	case !d.Known:
		class = "unknown"
	case d.Deployments >= 8:
		class = "n4"
	case d.Deployments >= 4:
		class = "n3"
	case d.Deployments >= 2:
		class = "n2"
	case d.Deployments == 1:
		class = "n1"
	}
	return strings.TrimSpace(class + map[float64]string{0.5: " partly", 1: " forbidden"}[d.Forbidden])
}

func TestPageHours(t *testing.T) {
	v := sampleView(t)
	d := parsePage(t, wholePage(t, v, nil))
	cells := d.elements(func(n *html.Node) bool { return n.Data == "td" && within(n, "tbody") && inside(n, "hours") })
	if len(cells) != 168 {
		t.Fatalf("%d hours", len(cells))
	}
	for i, cell := range cells {
		h := v.Year.Hours[(i/24+1)%7][i%24]
		want := fmt.Sprint(h.Deployments)
		if h.Breaches == 1 {
			want += ", 1 breach"
		} else if h.Breaches > 1 {
			want += fmt.Sprintf(", %d breaches", h.Breaches)
		}
		if h.Forbidden == 1 {
			want += ", forbidden"
		}
		if got := text(cell); got != want {
			t.Errorf("hour %d: %q, want %q", i, got, want)
		}
		if got := strings.Contains(attr(cell, "class"), "breach"); got != (h.Breaches > 0) {
			t.Errorf("hour %d: class %q", i, attr(cell, "class"))
		}
	}
}

// inside reports whether n is in an element of this class.
func inside(n *html.Node, class string) bool {
	for a := range n.Ancestors() {
		if attr(a, "class") == class {
			return true
		}
	}
	return false
}

func TestPageWords(t *testing.T) {
	v := sampleView(t)
	d := parsePage(t, wholePage(t, v, nil))
	for id, want := range map[string]string{
		"number": "At least 12 weeks since Friday 19 December 2025, 15:22 PST.",
		"window": "Deploying is allowed until Friday 20 March 2026, 00:00 PDT (in 33 hours 58 minutes). Then rule no-friday-deploys forbids it until Saturday 21 March 2026, 00:00 PDT.",
		"words":  "On the glass: 12, stale" + v.Marks[0] + v.Marks[1],
		"as-of":  "As of Wednesday 18 March 2026, 14:02 PDT.",
		"link":   "",
	} {
		if got := text(d.id(t, id)); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if got := text(d.named("title")[0]); got != "at least 12 weeks, stale – fridaycounter" {
		t.Errorf("title %q", got)
	}
	for id, wants := range map[string][]string{
		"state":   {"At least: ", "Stale: ", "Refused: ", "record 14 weeks, 20 breaches", "freeze 1 week 31 1"},
		"why":     {"hotfix of shop to Production broke rule", "outcome success, id 5000001085", "excused: agreed with the customer"},
		"facts":   {"503 Service Unavailable", "Wed 18 Mar 2026, 13:57 5 minutes ago", "none yet", "0123456789ab, since Monday 9 March 2026", `not a weekday: "Fryday"`},
		"streaks": {"40 streaks", "goes on"},
		"number":  {"At least 12 weeks"},
	} {
		for _, want := range wants {
			if id == "state" {
				want = strings.ReplaceAll(want, "freeze 1 week 31 1", "freeze1 week311")
			}
			if got := text(d.id(t, id)); !strings.Contains(got, want) {
				t.Errorf("%s does not say %q: %s", id, want, got)
			}
		}
	}
	if n := len(d.elements(func(n *html.Node) bool { return n.Data == "a" && attr(n, "rel") == "noreferrer" })); n != 20 {
		t.Errorf("%d links to breaches", n)
	}
}

func TestPageWindow(t *testing.T) {
	at := time.Date(2026, 3, 13, 19, 0, 0, 0, pacific(t))
	for _, c := range []struct {
		window *Window
		want   string
	}{
		{nil, "Deploying is allowed: no forbidden window is ahead."},
		{&Window{Now: true, Rule: "r", End: at.Add(5 * time.Hour)}, "Deploying is forbidden now, until Saturday 14 March 2026, 00:00 PDT (in 5 hours), by rule r."},
		{&Window{Now: true, Rule: "r"}, "Deploying is forbidden now, for ever, by rule r."},
		{&Window{Start: at.Add(30 * time.Second), Rule: "r"}, "Deploying is allowed until Friday 13 March 2026, 19:00 PDT (in less than a minute). Then rule r forbids it for ever."},
	} {
		v := &View{At: at, Window: c.window}
		if got := text(parsePage(t, wholePage(t, v, nil)).id(t, "window")); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A day of 23 hours is as wide as any other, and an instant of it has its zone's name.
func TestPageAcrossAChangeOfTheClock(t *testing.T) {
	v := sampleView(t)
	c := page{v}.Chart()
	at := time.Date(2026, 3, 9, 0, 0, 0, 0, pacific(t)) // the clock was put forward on the 8th
	if got, want := c.day(at), 357.0; got != want {
		t.Errorf("9 March 2026 begins %v days after 17 March 2025, want %v", got, want)
	}
	if got := v.Time(time.Date(2026, 3, 8, 3, 0, 0, 0, pacific(t)).Add(-time.Minute)).Text; got != "Sunday 8 March 2026, 01:59 PST" {
		t.Error(got)
	}
}

func TestPageBeforeAnythingIsKnown(t *testing.T) {
	d := parsePage(t, wholePage(t, &View{}, nil))
	if got := text(d.named("h1")[0]); got != "Nothing is known yet." {
		t.Errorf("h1 %q", got)
	}
	if n := len(d.named("table")); n != 0 {
		t.Errorf("%d tables of nothing", n)
	}
	for _, id := range []string{"why", "year", "streaks", "week", "breaches"} {
		if n := d.id(t, id); n.FirstChild != nil {
			t.Errorf("section %s is not empty: %q", id, text(n))
		}
	}
}

func TestPageSize(t *testing.T) {
	v := sampleView(t)
	if len(v.Year.Days) != 371 || len(v.Year.Streaks) != 40 || len(v.Year.Breaches) != 20 {
		t.Fatalf("a year of %d days, %d streaks, %d breaches", len(v.Year.Days), len(v.Year.Streaks), len(v.Year.Breaches))
	}
	const most = 55_000
	size := len(wholePage(t, v, sampleGlass(t, "12")))
	if size > most {
		t.Errorf("%d bytes, want at most %d", size, most)
	}
	for i := range 360 {
		begin := v.At.AddDate(0, 0, i-370)
		v.Year.Streaks = append(v.Year.Streaks, Streak{Start: begin, End: begin.AddDate(0, 0, 1), Ended: "release-1 of shop to Production"})
	}
	if more := len(wholePage(t, v, sampleGlass(t, "12"))) - size; more > 8000 {
		t.Errorf("360 streaks more take %d bytes", more)
	}
}

func TestChartStairs(t *testing.T) {
	at := time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC)
	v := &View{At: at}
	for i := range 21 {
		v.Year.Days = append(v.Year.Days, rules.Day{Date: rules.DateOf(at.AddDate(0, 0, i-20))})
	}
	first := at.AddDate(0, 0, -20)
	v.Year.Streaks = []Streak{
		{Start: first.AddDate(-1, 0, 0), End: first.AddDate(0, -1, 0), Weeks: 40}, // not of these days
		{Start: first.AddDate(0, 0, -10), End: first.AddDate(0, 0, 5), Weeks: 2},
		{Start: first.AddDate(0, 0, 5), Weeks: 2, Current: true},
	}
	c := page{v}.Chart()
	if c.top != 2 || c.End != "M50 150v6" {
		t.Errorf("top %d, ends %s", c.top, c.End)
	}
	for got, want := range map[string]string{c.Ended: "M0 150H0V75H40V0H50V150", c.Current: "M120 150H120V75H190V0H200V150"} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestPageWithoutStreaks(t *testing.T) {
	v := sampleView(t)
	v.Year.Streaks, v.Year.Breaches = nil, nil
	d := parsePage(t, wholePage(t, v, nil))
	for _, id := range []string{"streaks", "breaches"} {
		if n := d.id(t, id); n.FirstChild != nil {
			t.Errorf("section %s is not empty: %q", id, text(n))
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		59 * time.Second: "in less than a minute", 0: "just now", -time.Minute: "1 minute ago", time.Hour: "in 1 hour",
		47*time.Hour + 59*time.Minute: "in 47 hours 59 minutes", 49 * time.Hour: "in 2 days 1 hour", 400 * 24 * time.Hour: "in 400 days", -48 * time.Hour: "2 days ago",
	} {
		if got := away(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	v, glass := sampleView(b), sampleGlass(b, "12")
	b.ReportAllocs()
	for b.Loop() {
		newShown(*v).withGlass(glass)
	}
}
