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
	seen, step := 0, wantStep(v.Year.Days)
	for i := range v.Year.Days {
		day := &v.Year.Days[i]
		cell := cells[i%7][1+i/7]
		if got, want := text(cell), wantName(day); got != want {
			t.Errorf("%s: %q, want %q", day.Date, got, want)
		}
		if got, want := attr(cell, "class"), wantClass(day, step); got != want {
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
	said := fmt.Sprintf("%.3s %d %.3s %d: ", noon(d.Date).Weekday(), d.Date.Day, d.Date.Month, d.Date.Year)
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

// wantStep is a quarter, rounded up, of the least number of deployments that 19 of 20 days
// with deployments do not exceed.
func wantStep(days []rules.Day) int {
	for step := 1; ; step++ {
		for most := 4*step - 3; most <= 4*step; most++ {
			within, all := 0, 0
			for _, d := range days {
				if d.Deployments > 0 && !d.Ahead {
					all++
					if d.Deployments <= most {
						within++
					}
				}
			}
			if 20*within >= 19*all {
				return step
			}
		}
	}
}

func wantClass(d *rules.Day, step int) string {
	class := ""
	switch {
	case d.Ahead:
		class = "ahead"
	case d.Breaches > 0:
		class = "breach"
	case !d.Known:
		class = "unknown"
	case d.Deployments > 3*step:
		class = "n4"
	case d.Deployments > 2*step:
		class = "n3"
	case d.Deployments > step:
		class = "n2"
	case d.Deployments > 0:
		class = "n1"
	}
	return strings.TrimSpace(class + map[float64]string{0.5: " partly", 1: " forbidden"}[d.Forbidden])
}

// The sample has deployments from 8 to 18 o'clock, from Monday to Friday.
func TestPageHours(t *testing.T) {
	v := sampleView(t)
	d := parsePage(t, wholePage(t, v, nil))
	cells := d.elements(func(n *html.Node) bool { return n.Data == "td" && within(n, "tbody") && inside(n, "hours") })
	if len(cells) != 5*11 {
		t.Fatalf("%d hours", len(cells))
	}
	for i, cell := range cells {
		h := v.Year.Hours[i/11+1][8+i%11]
		want := ""
		if h.Deployments > 0 {
			want = fmt.Sprint(h.Deployments)
		}
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
	v.Year.Hours[0][23].Deployments = 1 // a Sunday night
	w := page{v}.Week()
	if len(w.Rows) != 7 || w.Hours[0] != 8 || len(w.Hours) != 16 {
		t.Errorf("%d rows, hours %v", len(w.Rows), w.Hours)
	}
	v.Year.Hours = [7][24]rules.Hour{}
	if (page{v}).Week() != nil {
		t.Error("hours without deployments are drawn")
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
		"window": "until Fri 20 Mar 2026, 00:00 · then rule no-friday-deploys",
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
		"trouble": {"The counter.cue that was saved last is refused; the one before is in force. Since Wed 18 Mar 2026, 13:42 (20 min ago).", `not a weekday: "Fryday"`, "fridaycounter vet counter.cue",
			"The number may be out of date.", "503 Service Unavailable", "fridaycounter doctor"},
		"answer":  {"Deploying is allowed", "33 h 58 min", "hotfix of shop to Production", "why?"},
		"rules":   {"no-friday-deploys Friday≥ 12 stale1410 of 1020", "freeze 2026-12-20 to 2026-12-311319 of 101", "night from 22:00– stale–––"},
		"strip":   {"Fridays no-friday-deploys: Friday", "2025", "Fri 10 Jan: broken by release-801 of shop to Production", "32 kept · 20 broken"},
		"why":     {"hotfix of shop to Production broke rule", "outcome success, id 5000001085", "excused: agreed with the customer"},
		"facts":   {"Wed 18 Mar 2026, 13:57 5 min ago", "none yet", "0123456789ab, since Monday 9 March 2026"},
		"walls":   {"Walls 1 offline, 1 stale", "cellaroffline–––", "kitchenstale12Wed 18 Mar 2026, 13:421.2.0"},
		"streaks": {"Streaks weeks of no-friday-deploys", "goes on"},
	} {
		for _, want := range wants {
			if got := text(d.id(t, id)); !strings.Contains(got, want) {
				t.Errorf("%s does not say %q: %s", id, want, got)
			}
		}
	}
	if n := len(d.elements(func(n *html.Node) bool { return n.Data == "a" && attr(n, "rel") == "noreferrer" })); n != 20 {
		t.Errorf("%d links to breaches", n)
	}
}

// TestPageWithoutWalls has no list of them.
func TestPageWithoutWalls(t *testing.T) {
	v := sampleView(t)
	v.Walls = nil
	if got := text(parsePage(t, wholePage(t, v, nil)).id(t, "walls")); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	for range 60 {
		v.Walls = append(v.Walls, Wall{Name: "<b>", State: "online"})
	}
	page := parsePage(t, wholePage(t, v, nil))
	rows := page.elements(func(n *html.Node) bool { return n.Data == "th" && text(n) == "<b>" })
	if got := text(page.id(t, "walls")); len(rows) != 50 || !strings.Contains(got, "60 online") || !strings.Contains(got, "fridaycounter fleet") {
		t.Errorf("got %d rows: %s", len(rows), got)
	}
}

// TestPageTiles says the figures of one rule, and nothing as 0 that is not known.
func TestPageTiles(t *testing.T) {
	v := sampleView(t)
	v.Others = nil
	tiles := func() string { return text(parsePage(t, wholePage(t, v, nil)).id(t, "tiles")) }
	if got, want := tiles(), "weeks now≥ 12 record14 Fridays kept in 202610 / 10 Fridays broken in 20260 since the last good poll · 3 environments–"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	v.Sources = v.Sources[:2]
	v.Number = Number{Rule: "r", Windows: "Fridays", Years: v.Number.Years}
	if got, want := tiles(), "weeks now: not known– record: not known– Fridays kept this year: not known– Fridays broken this year: not known– since the last good poll · 2 environments3 h"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPageWindow(t *testing.T) {
	at := time.Date(2026, 3, 13, 19, 0, 0, 0, pacific(t))
	for _, c := range []struct {
		window *Window
		want   string
	}{
		{nil, "Deploying is allowed No forbidden window is ahead."},
		{&Window{Now: true, Rule: "r", End: at.Add(5 * time.Hour)}, "No deploys now 5 h until Sat 14 Mar 2026, 00:00 · rule r"},
		{&Window{Now: true, Rule: "r"}, "No deploys now for ever it does not end · rule r"},
		{&Window{Start: at.Add(30 * time.Second), Rule: "r"}, "Deploying is allowed less than a minute until Fri 13 Mar 2026, 19:00 · then rule r"},
	} {
		v := &View{At: at, Window: c.window}
		if got := text(parsePage(t, wholePage(t, v, nil)).id(t, "answer")); got != c.want+" Nothing is known yet. why?" {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	v := &View{At: at, Health: Health{Clock: "behind"}, Window: &Window{Start: at.Add(time.Hour), Rule: "r"}}
	if got := text(parsePage(t, wholePage(t, v, nil)).id(t, "answer")); !strings.HasPrefix(got, "Nobody knows what time it is Nothing") {
		t.Errorf("without a clock: %q", got)
	}
}

// An instant has the name of its zone then.
func TestPageAcrossAChangeOfTheClock(t *testing.T) {
	v := sampleView(t)
	if got := v.Time(time.Date(2026, 3, 8, 3, 0, 0, 0, pacific(t)).Add(-time.Minute)).Text; got != "Sunday 8 March 2026, 01:59 PST" {
		t.Error(got)
	}
}

func TestPageBeforeAnythingIsKnown(t *testing.T) {
	d := parsePage(t, wholePage(t, &View{}, nil))
	if got := text(d.id(t, "answer")); got != "Not known yet Nothing is known yet. why?" {
		t.Errorf("answer %q", got)
	}
	if n := len(d.named("table")); n != 0 {
		t.Errorf("%d tables of nothing", n)
	}
	for _, id := range []string{"trouble", "strip", "why", "year", "streaks", "week", "breaches"} {
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
	const most = 61_000
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

// TestBars draws the latest 20 streaks of at least a week, and the record before them.
func TestBars(t *testing.T) {
	at := time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC)
	v := &View{At: at, Number: Number{Known: true, Record: 40, RecordSpan: &Streak{Start: at.AddDate(-3, 0, 0), End: at.AddDate(-2, 0, 0), Weeks: 40}}}
	v.Year.Streaks = []Streak{{Start: at.AddDate(0, 0, -3), Current: true}}
	for i := range 30 {
		start := at.AddDate(0, 0, -14*(i+1))
		v.Year.Streaks = append(v.Year.Streaks, Streak{Start: start, End: start.AddDate(0, 0, 14), Weeks: i % 3})
	}
	b := page{v}.Bars()
	last := len(b.Bars) - 1
	if len(b.Bars) != 21 || b.More != 11 {
		t.Fatalf("%d bars, %d more", len(b.Bars), b.More)
	}
	if first := b.Bars[0]; first.Class != "record" || first.Weeks != 40 || first.Height != barsHeight || first.Name != "Mar" {
		t.Errorf("the record is %+v", first)
	}
	if now := b.Bars[last]; now.Class != "current" || now.Name != "now" || now.Height < 1 || now.Y+now.Height != barsTop+barsHeight {
		t.Errorf("the current one is %+v", now)
	}
	names := ""
	for i, one := range b.Bars {
		if i > 0 && one.X < b.Bars[i-1].X+b.Bars[i-1].Width {
			t.Errorf("bar %d begins at %v, in the one before", i, one.X)
		}
		if i > 0 && one.Name != "" && b.Bars[i-1].Name != "" {
			t.Errorf("%q has no room beside %q", one.Name, b.Bars[i-1].Name)
		}
		names += one.Name + " "
	}
	if got := strings.Join(strings.Fields(names), " "); got != "Mar Apr May Jul Aug Sep Nov Dec Feb now" {
		t.Errorf("got the months %q", got)
	}
	if end := b.Bars[last].X + b.Bars[last].Width; end > 100 {
		t.Errorf("the last bar ends at %v", end)
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
		59 * time.Second: "in less than a minute", 0: "just now", -time.Minute: "1 min ago", time.Hour: "in 1 h",
		47*time.Hour + 59*time.Minute: "in 47 h 59 min", 49 * time.Hour: "in 2 d 1 h", 400 * 24 * time.Hour: "in 400 d", -48 * time.Hour: "2 d ago",
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
		withGlass(newShown(*v).page(), glass)
	}
}
