package web

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// pacific is the zone of the sample.
func pacific(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// sampleView is a year of 53 weeks with two changes of the clock, 40 streaks and 20
// breaches, as of a Wednesday.
func sampleView(t testing.TB) *View {
	t.Helper()
	loc := pacific(t)
	at := time.Date(2026, time.March, 18, 14, 2, 0, 0, loc)
	v := &View{
		At:    at,
		Glass: "12, stale",
		Marks: []string{"The top right pixel blinks: the facts are stale.", "The bottom left pixel is lit: at least."},
		Number: Number{Rule: "no-friday-deploys", Known: true, Stale: true, AtLeast: true, Weeks: 12, Record: 14, Breaches: 20,
			Forbids: "Friday", Windows: "Fridays", Cause: "hotfix of shop to Production",
			Sentence: "At least 12 weeks since Friday 19 December 2025, 15:22 PST."},
		Others: []Number{{Rule: "freeze", Forbids: "2026-12-20 to 2026-12-31", Windows: "windows", Known: true, Weeks: 1, Record: 31, Breaches: 1}, {Rule: "night", Windows: "windows", Forbids: "from 22:00", Stale: true}},
		Why:    sampleWhy,
		Window: &Window{Start: time.Date(2026, 3, 20, 0, 0, 0, 0, loc), End: time.Date(2026, 3, 21, 0, 0, 0, 0, loc), Rule: "no-friday-deploys"},
		Sources: []Freshness{
			{Project: "shop", Name: "Production", Good: at.Add(-5 * time.Minute), From: at.AddDate(-1, 0, 0), All: true},
			{Project: "billing", Name: "Production", Good: at.Add(-3 * time.Hour), From: at.AddDate(-2, 0, 0)},
			{Project: "new", Name: "Production"},
		},
		Trouble: "poll bamboo: get https://bamboo.example.com/rest/api/latest/deploy: 503 Service Unavailable",
		Config:  Config{RefusedSince: at.Add(-20 * time.Minute), Hash: strings.Repeat("0123456789abcdef", 4), Loaded: at.AddDate(0, 0, -9), Refused: []string{"counter.cue:34:19: forbid: not a weekday: \"Fryday\"", "  (hint: want Monday … Sunday)"}},
	}
	v.Walls = []Wall{
		{Name: "cellar", State: "offline"},
		{Name: "kitchen", State: "stale", Text: "12", Version: "1.2.0", Since: at.Add(-20 * time.Minute)},
	}
	v.Year = sampleYear(at)
	v.Number.Years = []WindowYear{sampleWindows(2025, 52, 20), sampleWindows(2026, 10, 0)}
	v.Others[0].Years = []WindowYear{sampleWindows(2026, 10, 1)}
	v.Others[1].Years = []WindowYear{sampleWindows(2026, 10, 2)}
	return v
}

// sampleWindows is a year with a window each week, the first of which have ended.
func sampleWindows(year, ended, broken int) WindowYear {
	y := WindowYear{Year: year, Kept: ended - broken, Broken: broken}
	for i := range y.Weeks {
		w := &y.Weeks[i]
		w.Name = time.Date(year, 1, 3+7*i, 0, 0, 0, 0, time.UTC).Format("Mon 2 Jan: ")
		switch {
		case i == 52:
			w.Name = ""
		case i >= ended:
			w.Status, w.Name = rules.StatusAhead, w.Name+"to come"
		case i%2 == 1 && broken > 0:
			w.Status, w.Name = rules.StatusBroken, w.Name+"broken by release-"+fmt.Sprint(800+i)+" of shop to Production"
			broken--
		default:
			w.Status, w.Name = rules.StatusKept, w.Name+"kept"
		}
	}
	return y
}

const sampleWhy = `At least 12 weeks since Friday 19 December 2025, 15:22 PST.

hotfix of shop to Production broke rule no-friday-deploys, which forbids Friday.
  triggered  Fri 19 Dec 2025, 15:10:20 PST (Fri 23:10:20 UTC)
  executed   Fri 19 Dec 2025, 15:12:00 PST (Fri 23:12:00 UTC)
  finished   Fri 19 Dec 2025, 15:22:00 PST (Fri 23:22:00 UTC)
  outcome    success, id 5000001085
It was in the window Friday (counter.cue:34), Friday 19 December 2025, 00:00 PST to Saturday 20 December 2025, 00:00 PST.

Not counted, although in a forbidden window:
  Fri 27 Feb 2026, 10:15  release-901 of shop to Production: excused: agreed with the customer (counter.cue:41)
  Fri 6 Mar 2026, 11:00  release-907 of shop to Staging: out of the rule's scope

Read:
  Production of shop: all, from Thursday 20 March 2025, 09:49 PDT
`

// sampleYear has no chance in it: the same every time.
func sampleYear(at time.Time) Year {
	var y Year
	first := time.Date(2025, time.March, 17, 0, 0, 0, 0, at.Location())
	breaches := map[rules.Date]bool{}
	begin := first.AddDate(0, 0, -40)
	for i := range 39 {
		end := first.AddDate(0, 0, 4+7*(i*i%38)).Add(time.Duration(9+i%8)*time.Hour + 22*time.Minute)
		if i < 20 {
			breaches[rules.DateOf(end)] = true
			y.Breaches = append(y.Breaches, Breach{At: end, Date: rules.DateOf(end), Rule: "no-friday-deploys", Subject: fmt.Sprintf("release-%d of shop to Production", 800+i), URL: fmt.Sprintf("https://bamboo.example.com/deploy/viewDeploymentResult.action?deploymentResultId=%d", 5_000_001_000+int64(i))})
		}
	}
	slices.SortFunc(y.Breaches, func(a, b Breach) int { return b.At.Compare(a.At) })
	for i, length := range []int{40, 9, 2, 3, 61, 1, 1, 12, 70, 5, 2} {
		end := begin.AddDate(0, 0, length).Add(15 * time.Hour)
		y.Streaks = append(y.Streaks, Streak{Start: begin, End: end, Weeks: length / 7, Ended: fmt.Sprintf("release-%d of shop to Production", 800+i)})
		begin = end
	}
	for i := range 28 {
		end := begin.Add(53 * time.Hour)
		y.Streaks = append(y.Streaks, Streak{Start: begin, End: end, Ended: fmt.Sprintf("release-%d of shop to Production", 820+i)})
		begin = end
	}
	y.Streaks = append(y.Streaks, Streak{Start: begin, Weeks: int(at.Sub(begin).Hours() / 168), Current: true})
	slices.Reverse(y.Streaks)
	for i := range 371 {
		date := first.AddDate(0, 0, i)
		d := rules.Day{Date: rules.DateOf(date), Deployments: (i*i + i/7) % 11 * (i % 3) / 2, Known: i > 9, Ahead: date.After(at)}
		if date.Weekday() == time.Friday {
			d.Forbidden, d.Deployments = 1, 0
		}
		if i%50 == 3 {
			d.Forbidden = 0.5
		}
		if breaches[d.Date] {
			d.Breaches, d.Deployments = 1+i%2, 2
		}
		if d.Ahead {
			d.Deployments, d.Breaches = 0, 0
		}
		y.Days = append(y.Days, d)
	}
	for day := range 7 {
		for hour := range 24 {
			h := &y.Hours[day][hour]
			if day > 0 && day < 6 && hour > 7 && hour < 19 {
				h.Deployments = (day*hour*hour + hour) % 23
			}
			if day == 5 {
				h.Forbidden = 1
				h.Deployments /= 5
				h.Breaches = min(h.Deployments, hour%3)
			}
		}
	}
	return y
}

// sampleGlass shows what the wall would.
func sampleGlass(t testing.TB, text string) []byte {
	t.Helper()
	f := led.NewFrame(32, 8)
	line, err := led.Fit(text, f.Width(), f.Height(), led.FontAuto, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	line.Draw(f, 0)
	led.Stale.Draw(f, true)
	b, err := picture.Glass{Frame: f, Level: 8, Title: text}.SVG()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLook writes the page to the folder PAGE_OUT for somebody to look at, and is
// skipped without one: PAGE_OUT=/tmp/page go test -run Look ./drivers/web, then
// python3 -m http.server in it.
func TestLook(t *testing.T) {
	dir := os.Getenv("PAGE_OUT")
	if dir == "" {
		dir = t.TempDir()
	}
	forbidden := sampleView(t)
	forbidden.Window.Now = true
	forbidden.Number.Stale, forbidden.Number.AtLeast, forbidden.Trouble, forbidden.Config.Refused = false, false, "", nil
	one := sampleView(t)
	one.Title, one.Number.Stale, one.Number.AtLeast, one.Trouble, one.Config.Refused, one.Others = "Shop", false, false, "", nil, nil
	glass := sampleGlass(t, "12")
	for name, content := range map[string][]byte{
		"index.html":     wholePage(t, sampleView(t), glass),
		"forbidden.html": wholePage(t, forbidden, glass),
		"one.html":       wholePage(t, one, glass),
		"wall":           withGlass(newShown(*one).wall(), glass),
		"zero.html":      wholePage(t, &View{}, nil),
		"style.css":      styleCSS,
		"live.js":        liveJS,
		"frame.svg":      glass,
		"calendar.svg":   newShown(*sampleView(t)).calendar(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// wholePage returns the page.
func wholePage(t testing.TB, v *View, glass []byte) []byte {
	t.Helper()
	b := withGlass(newShown(*v).page(), glass)
	if kind := http.DetectContentType(b); kind != "text/html; charset=utf-8" {
		t.Fatalf("a page of type %s", kind)
	}
	return b
}
