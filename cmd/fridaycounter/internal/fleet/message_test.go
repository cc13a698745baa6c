package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/engine/wall"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

var update = flag.Bool("u", false, "rewrite the goldens")

// golden compares a text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), rewrite with -u:\n%s", path, diff)
	}
}

func indented(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return b.String() + "\n"
}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

// shop is a status: the shop deployed on a Friday in May, and five weeks passed.
func shop(t *testing.T) *engine.Status {
	t.Helper()
	c := &schema.Config{Timezone: "UTC", Hash: strings.Repeat("ab", 32), Rules: []rules.Rule{{
		Name: "no-friday-deploys", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}},
	}}}
	c.Sources = []schema.Source{{Name: "bamboo", Kind: "bamboo", URL: "https://bamboo.example.com"}}
	p, err := engine.NewPolicy(c, "/")
	if err != nil {
		t.Fatal(err)
	}
	d := rules.Deployment{
		ID: "7", Source: "bamboo", EnvironmentID: "1", Environment: "Production", Project: "shop", Version: "hotfix",
		URL: "https://bamboo.example.com/7", State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
		Started: at("2026-05-01 12:00"), Executed: at("2026-05-01 12:00"), Finished: at("2026-05-01 12:10"),
	}
	e := []rules.Environment{{Source: "bamboo", ID: "1", Name: "Production", Project: "shop", CompleteFrom: at("2026-01-01 00:00"), Deployments: []rules.Deployment{d}}}
	return &engine.Status{
		Policy: p, Verdict: p.Judge(e, at("2026-06-10 09:00")), Environments: e, Every: time.Minute, Level: 8,
		Pages: []schema.Page{{Text: "5", Font: led.FontAuto, Overflow: led.Saturate, For: 10 * time.Second}},
		Good:  at("2026-06-10 08:59"), Clock: engine.ClockTrusted,
		Known: []source.Known{{Key: source.Key{Name: "bamboo"}, Good: at("2026-06-10 08:59")}},
	}
}

// The message is what fleet.md says: the state and the JSON of `once` in one.
func TestStateJSON(t *testing.T) {
	status := shop(t)
	status.Stale = true
	status.Because = map[string][]facts.Reason{"no-friday-deploys": {{Kind: "poll", Source: "bamboo", Text: "GET https://bamboo.example.com: 502"}}}
	status.Polls = []engine.PollStatus{{Source: "bamboo", Err: &source.Error{Kind: source.Login, Err: errors.New("401")}}}
	s := newMessage(status)
	s.Boot, s.Seq, s.Host, s.Facts = "BOOT", 7, "pi", factsHash(status.Environments)
	s.At, s.ShownSince, s.Version = at("2026-06-10 09:00"), at("2026-06-05 12:10"), "1.2.0"
	s.FactsSince = s.ShownSince
	data := s.payload()
	golden(t, "state.json", indented(t, data))
	if bytes.Contains(data, []byte("http")) || bytes.Contains(data, []byte("bamboo.example")) {
		t.Errorf("the state has a URL: %s", data)
	}

	var once, got map[string]any // every field of once is there, with its value
	plain, _ := json.Marshal(report.PublicVerdict(status, false))
	if err := errors.Join(json.Unmarshal(plain, &once), json.Unmarshal(data, &got)); err != nil {
		t.Fatal(err)
	}
	for name, want := range once {
		if diff := cmp.Diff(want, got[name]); name != "at" && diff != "" {
			t.Errorf("%s (-want +got): %s", name, diff)
		}
	}
	var w wall.State // and a wall reads it
	if err := json.Unmarshal(data, &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.State, w); diff != "" {
		t.Errorf("as a wall reads it (-want +got): %s", diff)
	}
}

func TestState(t *testing.T) {
	unknown := func(s *engine.Status) { s.Verdict.Lead.Known = false }
	bare := []wall.Page{{Text: "5", Font: "auto", Overflow: "saturate", For: 60}}
	for _, c := range []struct {
		name   string
		change func(*engine.Status)
		want   wall.State // beside V, Policy, and what every one has
	}{
		{"known", func(*engine.Status) {}, wall.State{Known: true, Every: 60, Pages: []wall.Page{{Text: "5", Font: "auto", Overflow: "saturate", For: 10}}, Marks: []string{}}},
		{"no pages", func(s *engine.Status) { s.Pages = nil }, wall.State{Known: true, Every: 60, Pages: bare, Marks: []string{}}},
		{"pages fail", func(s *engine.Status) { s.Pages, s.PagesErr = nil, errors.New("no") }, wall.State{Known: true, Every: 60, Pages: bare, Marks: []string{"refused"}}},
		{"unknown", unknown, wall.State{Every: 60, Pages: []wall.Page{}, Marks: []string{}}},
		{"at least", func(s *engine.Status) { s.Verdict.Lead.AtLeast, s.Pages = true, nil }, wall.State{Known: true, Every: 60, Pages: bare, Marks: []string{"at_least"}}},
		{"stale, and a display is broken", func(s *engine.Status) { s.Stale, s.Faulty, s.Pages = true, []string{"web"}, nil }, wall.State{Known: true, Stale: true, Every: 60, Pages: bare, Marks: []string{"stale"}}},
		{"clock", func(s *engine.Status) { s.Clock, s.Pages = engine.ClockBehind, nil }, wall.State{Known: true, Every: 60, Symbol: "clock", Pages: bare, Marks: []string{}}},
		{"half a second", func(s *engine.Status) { s.Every, s.Pages = 500*time.Millisecond, nil }, wall.State{Known: true, Every: 1, Pages: bare, Marks: []string{}}},
		{"no policy", func(s *engine.Status) {
			*s = engine.Status{Refused: errors.New("no"), Clock: engine.ClockTrusted}
		}, wall.State{Every: 60, Symbol: "policy", Pages: []wall.Page{}, Marks: []string{"refused"}}},
	} {
		status := shop(t)
		c.change(status)
		c.want.V = wall.Version
		got := newMessage(status)
		got.Policy = ""
		if diff := cmp.Diff(c.want, got.State); diff != "" {
			t.Errorf("%s (-want +got): %s", c.name, diff)
		}
		if c.name == "clock" && (got.ForbiddenNow != nil || got.NextWindow != nil) {
			t.Errorf("%s: it says whether deploying is forbidden", c.name)
		}
	}
}

// A state with more reasons than fit leaves some out, and none of what a wall shows.
func TestStateIsBounded(t *testing.T) {
	status := shop(t)
	status.Because, status.Stale = map[string][]facts.Reason{}, true
	for i := range 500 {
		status.Because["no-friday-deploys"] = append(status.Because["no-friday-deploys"], facts.Reason{Kind: "gone", Text: fmt.Sprint(i, strings.Repeat("x", 200))})
	}
	data := newMessage(status).payload()
	var got message
	if err := json.Unmarshal(data, &got); err != nil || len(data) > maxState || len(got.StaleBecause) != 10 || len(got.State.Pages) != 1 {
		t.Errorf("got %d bytes, %d reasons, %v", len(data), len(got.StaleBecause), err)
	}
}

func TestFactsHash(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct {
		name   string
		change func(*rules.Deployment)
		same   bool
	}{
		{"as it is", func(*rules.Deployment) {}, false},
		{"seen again", func(d *rules.Deployment) { d.SeenRunning = at("2026-06-01 00:00") }, true},
		{"id", func(d *rules.Deployment) { d.ID += "1" }, false},
		{"environment", func(d *rules.Deployment) { d.EnvironmentID = "2" }, false},
		{"state", func(d *rules.Deployment) { d.State = rules.StateFailed }, false},
		{"ended later", func(d *rules.Deployment) { d.Finished = d.Finished.Add(time.Second) }, false},
		{"an outcome before", func(d *rules.Deployment) { d.Outcomes = d.Outcomes.With(rules.OutcomeFailed) }, false},
		{"denied", func(d *rules.Deployment) { d.Denied = true }, false},
	} {
		e := shop(t).Environments
		c.change(&e[0].Deployments[0])
		hash := factsHash(e)
		if _, old := seen[hash]; old != c.same || len(hash) != 64 {
			t.Errorf("%s: %s, as of %q", c.name, hash, seen[hash])
		}
		seen[hash] = c.name
	}
}

// A wall takes whatever a policy may say.
func TestWallTakesWhatIsPublished(t *testing.T) {
	page := schema.Page{Text: strings.Repeat("4", 1000), For: 99999 * time.Hour}
	for name, c := range map[string]struct {
		change func(*engine.Status)
		pages  int
	}{
		"long times":       {func(s *engine.Status) { s.Every, s.Pages[0].For = 99999*time.Hour+99999*time.Minute, page.For }, 1},
		"long texts":       {func(s *engine.Status) { s.Pages = slices.Repeat([]schema.Page{page}, 10) }, 10},
		"many long texts":  {func(s *engine.Status) { s.Pages = slices.Repeat([]schema.Page{page}, 100) }, 1},
		"many short texts": {func(s *engine.Status) { s.Pages = slices.Repeat([]schema.Page{{Text: "4", For: page.For}}, 101) }, 1},
	} {
		status := shop(t)
		c.change(status)
		s := newMessage(status)
		s.Boot, s.At = "a", status.Verdict.At
		if err := wall.Check(s.payload()); err != nil || len(s.Pages) != c.pages {
			t.Errorf("%s: got %d pages and %v, want %d pages", name, len(s.Pages), err, c.pages)
		}
	}
}

// The configs are those that Home Assistant's documentation asks for.
func TestDiscovery(t *testing.T) {
	var b strings.Builder
	for _, m := range discovery("fridaycounter/shop", 60) {
		if !m.Retain || m.QoS != 1 {
			t.Errorf("%s: retained %v, QoS %d", m.Topic, m.Retain, m.QoS)
		}
		data := bytes.ReplaceAll(m.Payload, []byte(newMessage(shop(t)).Version), []byte("VERSION"))
		fmt.Fprintf(&b, "%s\n%s", m.Topic, indented(t, data))
	}
	golden(t, "discovery.txt", b.String())
}

func TestFrame(t *testing.T) {
	var b strings.Builder
	show := func(title, size string, uptime time.Duration, change func(*engine.Status)) {
		status := shop(t)
		change(status)
		var got struct {
			V    int
			Rows []string
		}
		if err := json.Unmarshal(frame(size, status, uptime), &got); err != nil || got.V != 1 {
			t.Fatalf("%s: %v, version %d", title, err, got.V)
		}
		fmt.Fprintf(&b, "%s\n%s\n\n", title, strings.Join(got.Rows, "\n"))
	}
	pages := func(s *engine.Status) {
		s.Pages = append(s.Pages, schema.Page{Text: "42 weeks", Overflow: led.Scroll, For: 5 * time.Second})
	}
	show("the number, with solid marks", "32x8", 0, func(s *engine.Status) { s.Stale, s.Refused, s.Verdict.Lead.AtLeast = true, errors.New("no"), true })
	show("a broken display is not for others", "8x8", 0, func(s *engine.Status) { s.Faulty = []string{"web"} })
	show("the first page", "16x8", 24*time.Second, pages)
	show("the second page scrolls", "16x8", 11*time.Second, pages)
	show("a page that does not fit: the number", "8x8", 0, func(s *engine.Status) { s.Pages[0].Text, s.Pages[0].Font = "weeks", led.Font8x8 })
	show("not known", "16x8", 0, func(s *engine.Status) { s.Verdict.Lead.Known = false })
	show("a symbol takes turns", "8x8", 2*time.Second, func(s *engine.Status) { s.Clock = engine.ClockBehind })
	show("dark", "8x8", 0, func(s *engine.Status) { s.Level = led.Off })
	golden(t, "frames.txt", b.String())
}
