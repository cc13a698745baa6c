package dashboard

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// scrapedAt is when the tests below ask: a Thursday.
func scrapedAt() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) }

// someStatus is a status that has a value for every metric.
func someStatus() engine.Status {
	now := scrapedAt()
	day := 24 * time.Hour
	friday := rules.Streak{Rule: "Friday", Known: true, Since: now.Add(-20 * day), Weeks: 2, Days: 20}
	night := rules.Streak{Rule: "night", Known: true, AtLeast: true, Since: now.Add(-400 * day), Weeks: 57, Days: 400}
	return engine.Status{
		Policy: &engine.Policy{
			Config: &schema.Config{Hash: "0123456789abcdef0123456789abcdef"}, Zone: time.UTC,
			Sources: []engine.PolicySource{{Key: source.Key{Name: "bamboo", Address: "ci.example.com"}}},
		},
		Verdict: engine.Verdict{
			At: now, Streaks: []rules.Streak{friday, night, {Rule: "unknown"}}, Lead: friday,
			Histories: []rules.History{
				{Rule: "Friday", Known: true, Breaches: 3, Record: &rules.StreakSpan{Weeks: 11}},
				{Rule: "night", Known: true, Record: &rules.StreakSpan{Weeks: 57}},
				{Rule: "unknown"},
			},
			Occurrence: &rules.Occurrence{Start: now.Add(12 * time.Hour), End: now.Add(36 * time.Hour), Rule: "Friday"},
		},
		Faulty: []string{"max7219 SPI0.0"},
		Stale:  true, Good: now.Add(-time.Hour),
		Polls:   []engine.PollStatus{{Source: "bamboo", Err: &source.Error{Kind: source.Login, Err: errors.New("http://bamboo.example/secret: refused")}}},
		Refused: errors.New("/home/secret/counter.cue:3: no"),
		Known: readAt(
			source.KnownEnvironment{Environment: rules.Environment{ID: "1", Name: "Production", Project: "shop"}, Read: now.Add(-90 * time.Minute)},
			source.KnownEnvironment{Environment: rules.Environment{ID: "2", Name: "Production", Project: "shop"}, Read: now.Add(-time.Minute)},
			source.KnownEnvironment{Environment: rules.Environment{ID: "3", Name: "never read", Project: "shop"}},
		),
		Reloads: engine.Reloads{Accepted: 2, Refused: 1, Last: now.Add(-48 * time.Hour)},
		Clock:   engine.ClockTrusted,
	}
}

// readAt is what is known of someStatus's source: environments, as they were read.
func readAt(list ...source.KnownEnvironment) []source.Known {
	for i := range list {
		list[i].Source = "bamboo"
	}
	return []source.Known{{Key: source.Key{Name: "bamboo", Address: "ci.example.com"}, Environments: list}}
}

// someMetrics are of a status, and of two chains.
func someMetrics(s engine.Status) *Dashboard {
	chains := []Chain{
		{Port: "SPI1.0", Stats: max7219.Stats{Ioctls: 1, Bytes: 28, Opens: 1, Refreshes: 1}, Milliamps: 8},
		{Port: "SPI0.0", Stats: max7219.Stats{Ioctls: 12, Frames: 40, Bytes: 320, Opens: 2, Refreshes: 10, Errors: 1}},
	}
	walls := []report.Wall{{Name: "kitchen", State: "online"}, {Name: "cellar", State: "offline"}, {Name: "reception", State: "online"}}
	d := New(Options{Clock: scrapedAt, Chains: func() []Chain { return chains }, Walls: func() []report.Wall { return walls }})
	d.Update(s)
	return d
}

// registry has the counter's own metrics.
func registry(d *Dashboard) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.CollectorFunc(d.collect))
	return r
}

// scrapeOf scrapes as Prometheus does. A broken metric is an error.
func scrapeOf(t testing.TB, d *Dashboard) string {
	t.Helper()
	if _, err := registry(d).Gather(); err != nil {
		t.Errorf("gathering: %v", err)
	}
	server := httptest.NewServer(d.metrics())
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("got %s, %v", resp.Status, err)
	}
	return string(body)
}

// ours returns the lines of the counter's own metrics, as in the golden file: without what
// differs from build to build.
func ours(body string) string {
	var lines strings.Builder
	for line := range strings.Lines(body) {
		if strings.Contains(line, "fridaycounter_") && !strings.HasPrefix(line, "# TYPE") {
			lines.WriteString(line)
		}
	}
	return regexp.MustCompile(`(goversion|revision|version)="[^"]*"`).ReplaceAllString(lines.String(), `$1="…"`)
}

func TestMetricsGolden(t *testing.T) {
	got := ours(scrapeOf(t, someMetrics(someStatus())))
	path := filepath.Join("testdata", "metrics.txt")
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(got, "secret") {
		t.Errorf("the text of an error is in the answer:\n%s", got)
	}
}

// wants checks that the answer has lines with each prefix; after a "!", that it has none.
func wants(t *testing.T, body string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		prefix, none := strings.CutPrefix(line, "!")
		if none == strings.Contains("\n"+body, "\n"+prefix) {
			t.Errorf("want %q in\n%s", line, ours(body))
		}
	}
}

func TestMetricsFollowTheStatus(t *testing.T) {
	d := New(Options{Clock: scrapedAt})
	wants(t, scrapeOf(t, d), "fridaycounter_build_info{", "!fridaycounter_stale", "!fridaycounter_forbidden", "!fridaycounter_spi_")

	d.Update(engine.Status{Stale: true, Clock: engine.ClockBehind})
	wants(t, scrapeOf(t, d), "fridaycounter_stale 1\n", "fridaycounter_poll_failing 0\n", `fridaycounter_clock_state{state="behind"} 1`,
		`fridaycounter_clock_state{state="trusted"} 0`, "!fridaycounter_forbidden", "!fridaycounter_config_")

	s := someStatus()
	d.Update(s)
	wants(t, scrapeOf(t, d), `fridaycounter_streak{rule="Friday"} 2`, `!fridaycounter_streak{rule="unknown"}`, "fridaycounter_poll_failing 1\n",
		`fridaycounter_poll_trouble{kind="auth"} 1`, `fridaycounter_poll_trouble{kind="other"} 0`,
		"fridaycounter_forbidden 0\n", "fridaycounter_config_last_reload_successful 0\n")

	s = someStatus()
	s.Polls[0].Err = &source.Error{Kind: source.Clock, Err: errors.New("the clock was set")}
	s.Clock = engine.ClockUnsynchronised
	d.Update(s)
	wants(t, scrapeOf(t, d), "fridaycounter_poll_failing 1\n", `fridaycounter_poll_trouble{kind="clock"} 1`, `fridaycounter_poll_trouble{kind="other"} 0`)

	s = someStatus()
	s.Stale, s.Polls, s.Refused = false, nil, nil
	s.Verdict.Streaks[0].Weeks = 0
	s.Verdict.Forbidden, s.Verdict.Occurrence = true, &rules.Occurrence{Rule: "for ever"}
	d.Update(s)
	wants(t, scrapeOf(t, d), `fridaycounter_streak{rule="Friday"} 0`, "fridaycounter_stale 0\n", "fridaycounter_poll_failing 0\n",
		`fridaycounter_poll_trouble{kind="auth"} 0`, "fridaycounter_forbidden 1\n", "!fridaycounter_next_window_",
		"fridaycounter_config_last_reload_successful 1\n")
}

// Each metric has a help text.
func TestMetricsHelp(t *testing.T) {
	families, err := registry(someMetrics(someStatus())).Gather()
	if err != nil || len(families) < 29 {
		t.Fatalf("got %d families, %v", len(families), err)
	}
	for _, f := range families {
		if help := f.GetHelp(); strings.HasPrefix(f.GetName(), "fridaycounter_") && (len(help) < 30 || !strings.HasSuffix(help, ".")) {
			t.Errorf("%s: help %q", f.GetName(), help)
		}
	}
}

// The age of a poll is as of the scrape.
func TestMetricsAgeOfPolls(t *testing.T) {
	now := scrapedAt()
	d := New(Options{Clock: func() time.Time { return now }})
	s := someStatus()
	d.Update(s)
	const first = `fridaycounter_poll_age_seconds{environment="Production",environment_id="1",project="shop",source="bamboo"} `
	wants(t, scrapeOf(t, d), first+"5400\n")
	now = now.Add(30 * time.Second)
	wants(t, scrapeOf(t, d), first+"5430\n", `!fridaycounter_poll_age_seconds{environment="never read"`)
}

// No name of a deployment project or a rule makes the answer unreadable.
func TestMetricsOfHostileNames(t *testing.T) {
	names := []string{"", "a\"} 1\n# EOF\n", "\\", "\xff\xfe", "\xfe\xff", "\x00", "Grüße 🎉", "{{.}}", strings.Repeat("x", 1<<16)}
	s := someStatus()
	var list []source.KnownEnvironment
	for i, name := range names {
		e := rules.Environment{ID: strconv.Itoa(i) + name, Name: name, ProjectID: strconv.Itoa(i), Project: name}
		list = append(list, source.KnownEnvironment{Environment: e, Read: scrapedAt().Add(-time.Duration(i) * time.Second)})
	}
	s.Known = readAt(list...)
	s.Verdict.Streaks[0].Rule = names[1]
	body := scrapeOf(t, someMetrics(s))
	wants(t, body,
		`fridaycounter_streak{rule="a\"} 1\n# EOF\n"} 2`,
		`fridaycounter_poll_age_seconds{environment="\\",environment_id="2\\",project="\\",source="bamboo"} 2`,
		"fridaycounter_poll_age_seconds{environment=\"\uFFFD\",environment_id=\"4\uFFFD\",project=\"\uFFFD\",source=\"bamboo\"} 4\n",
		"!# EOF")
	lint(t, body)
}

func BenchmarkMetrics(b *testing.B) {
	s := someStatus()
	s.Verdict.Streaks, s.Verdict.Histories = nil, nil
	for i := range 10 {
		rule := "rule " + strconv.Itoa(i)
		s.Verdict.Streaks = append(s.Verdict.Streaks, rules.Streak{Rule: rule, Known: true, Since: scrapedAt(), Weeks: i})
		s.Verdict.Histories = append(s.Verdict.Histories, rules.History{Rule: rule, Known: true, Record: &rules.StreakSpan{Weeks: i}})
	}
	var list []source.KnownEnvironment
	for i := range 50 {
		e := rules.Environment{ID: strconv.Itoa(i), Name: "Production", Project: "project " + strconv.Itoa(i)}
		list = append(list, source.KnownEnvironment{Environment: e, Read: scrapedAt()})
	}
	s.Known = readAt(list...)
	handler := someMetrics(s).metrics()
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		b.ReportMetric(float64(w.Body.Len()), "B-answer")
	}
}
