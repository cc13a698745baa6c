package fleet

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/engine/wall"
)

func TestWallState(t *testing.T) {
	began := at("2026-06-10 09:00")
	counter := &message{State: wall.State{V: 1, Boot: "a", Seq: 7, At: began, Every: 60, Policy: "p", Facts: "f"}, FactsSince: began}
	good := wall.Shown{V: 1, Boot: "a", Seq: 7, Policy: "p", Facts: "f", At: began}
	for _, c := range []struct {
		name    string
		offline bool
		change  func(*wall.Shown)
		after   time.Duration // since the state was published
		want    string
	}{
		{"as published", false, func(*wall.Shown) {}, time.Second, "online"},
		{"no connection", true, func(*wall.Shown) {}, time.Second, "offline"},
		{"the message before", false, func(s *wall.Shown) { s.Seq, s.At = 6, began.Add(-time.Minute) }, time.Second, "online"},
		{"two minutes behind", false, func(s *wall.Shown) { s.Seq, s.At = 5, began.Add(-2*time.Minute) }, time.Second, "online"},
		{"more than that", false, func(s *wall.Shown) { s.Seq, s.At = 4, began.Add(-2*time.Minute-time.Second) }, time.Second, "stale"},
		{"by its own clock", false, func(s *wall.Shown) { s.Stale = true }, time.Second, "stale"},
		{"other facts of the message before, on their way", false, func(s *wall.Shown) { s.Seq, s.Facts = 6, "g" }, 10 * time.Second, "online"},
		{"for too long", false, func(s *wall.Shown) { s.Seq, s.Facts = 6, "g" }, 11 * time.Second, "diverged"},
		{"other facts of this message", false, func(s *wall.Shown) { s.Facts = "g" }, 0, "diverged"},
		{"another policy of this message", false, func(s *wall.Shown) { s.Policy = "q" }, 0, "diverged"},
		{"another policy, stale too", false, func(s *wall.Shown) { s.Policy, s.Stale = "q", true }, 0, "diverged"},
		{"what another counter published", false, func(s *wall.Shown) { s.Boot, s.Policy = "b", "q" }, time.Minute, "diverged"},
		{"the counter before a restart, same facts", false, func(s *wall.Shown) { s.Boot, s.Seq = "b", 900 }, time.Minute, "online"},
	} {
		shown := good
		c.change(&shown)
		s := seenWall{status: "online", shown: &shown}
		if c.offline {
			s.status = "offline"
		}
		if got := s.state(counter, began.Add(c.after)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	counter.Seq, counter.At = 9, began.Add(11*time.Second) // polls each few seconds do not hide it
	if got := (&seenWall{status: "online", shown: &wall.Shown{Boot: "a", Seq: 7, Policy: "q", Facts: "f", At: began}}).state(counter, counter.At); got != "diverged" {
		t.Errorf("another policy for two short polls: got %s", got)
	}
	if got := (&seenWall{status: "online"}).state(counter, began); got != "stale" {
		t.Errorf("a wall that shows nothing yet: got %s", got)
	}
	if got := (&seenWall{status: "online", shown: &good}).state(new(message), began); got != "stale" {
		t.Errorf("without a counter: got %s", got)
	}
}

func TestWallsReceive(t *testing.T) {
	began := at("2026-06-10 09:00")
	counter := &message{State: wall.State{V: 1, Boot: "a", Seq: 7, At: began, Every: 60}}
	shown := func(s wall.Shown) string {
		s.V, s.Boot, s.Seq, s.At = max(s.V, 1), "a", 7, began
		data, _ := json.Marshal(s)
		return string(data)
	}
	long := strings.Repeat("n", maxName)
	for _, c := range []struct {
		name     string
		messages [][2]string
		want     []string
	}{
		{"two walls", [][2]string{{"b/status", "online"}, {"b/shown", shown(wall.Shown{Text: "42", Version: "1.2.0"})}, {"a/status", "offline"}}, []string{"a offline  ", "b online 42 1.2.0"}},
		{"shown before status", [][2]string{{"a/shown", shown(wall.Shown{Text: "42"})}, {"a/status", "online"}}, []string{"a online 42 "}},
		{"forgotten", [][2]string{{"a/status", "online"}, {"a/shown", shown(wall.Shown{})}, {"a/shown", ""}, {"a/status", ""}}, nil},
		{"forgotten, the status first", [][2]string{{"a/status", "online"}, {"a/shown", shown(wall.Shown{})}, {"a/status", ""}, {"a/shown", ""}}, nil},
		{"forgotten, but for what it shows", [][2]string{{"a/status", "online"}, {"a/shown", shown(wall.Shown{})}, {"a/status", ""}}, nil},
		{"forgotten that was never there", [][2]string{{"a/status", ""}}, nil},
		{"an empty shown", [][2]string{{"a/status", "online"}, {"a/shown", shown(wall.Shown{Text: "42"})}, {"a/shown", ""}}, []string{"a stale  "}},
		{"a status of another program", [][2]string{{"a/status", "ONLINE\x1b[2J"}}, []string{"a offline  "}},
		{"garbage", [][2]string{{"a/status", "online"}, {"a/shown", "{"}}, []string{"a stale  "}},
		{"a newer version", [][2]string{{"a/status", "online"}, {"a/shown", shown(wall.Shown{V: 2, Text: "42"})}}, []string{"a stale  "}},
		{"too long", [][2]string{{"a/status", "online"}, {"a/shown", shown(wall.Shown{Text: strings.Repeat("4", maxShown)})}}, []string{"a stale  "}},
		{"a long text", [][2]string{{"a/status", "online"}, {"a/shown", shown(wall.Shown{Text: strings.Repeat("4", 1000)})}}, []string{"a online " + strings.Repeat("4", maxText) + " "}},
		{"control characters", [][2]string{{"a/status", "online"}, {"a/shown", shown(wall.Shown{Text: "\x1b[31m42", Version: "1\n2"})}}, []string{`a online \x1b[31m42 1\x0a2`}},
		{"names that are none", [][2]string{{"/status", "online"}, {"a\x1b/status", "online"}, {"x" + long + "/status", "online"}}, nil},
		{"the longest name", [][2]string{{long + "/status", "online"}}, []string{long + " stale  "}},
		{"other topics", [][2]string{{"a", "online"}, {"a/b/status", "online"}, {"a/status/x", "online"}, {"a/other", "x"}}, nil},
	} {
		var w walls
		for _, m := range c.messages {
			w.receive(m[0], []byte(m[1]))
		}
		var got []string
		for _, one := range w.list(counter, began, time.UTC) {
			got = append(got, fmt.Sprintf("%s %s %s %s", one.Name, one.State, one.Text, one.Version))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got): %s", c.name, diff)
		}
	}
}

// What a wall says can be printed as JSON, whatever it says.
func TestWallsAsJSON(t *testing.T) {
	var w walls
	east := time.FixedZone("", 14*60*60)
	for i, since := range []string{"9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "2026-06-10T09:00:00Z"} {
		w.receive(fmt.Sprint(i, "/status"), []byte("online"))
		w.receive(fmt.Sprint(i, "/shown"), []byte(`{"v":1,"since":"`+since+`"}`))
	}
	list := w.list(new(message), time.Time{}, east)
	if _, err := json.Marshal(list); err != nil || list[0].Since != nil || list[2].Since == nil {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestWallsAreBounded(t *testing.T) {
	var w walls
	for i := range maxWalls + 10 {
		w.receive(fmt.Sprintf("wall-%d/status", i), []byte("online"))
	}
	w.receive("wall-1/status", []byte("offline")) // those that are known go on
	list := w.list(new(message), time.Time{}, time.UTC)
	i := 0
	for list[i].Name != "wall-1" {
		i++
	}
	if len(list) != maxWalls || list[i].State != "offline" {
		t.Errorf("got %d walls, wall-1 %s", len(list), list[i].State)
	}
}

func TestFleetText(t *testing.T) {
	since := at("2026-06-10 09:00")
	f := report.Fleet{Topic: "fridaycounter/shop", Counter: report.Wall{Name: "pi", State: "online", Text: "42", Since: &since, Version: "1.2.0"}, Walls: []report.Wall{
		{Name: "cellar", State: "offline"}, {Name: "kitchen", State: "online", Text: "42", Since: &since, Version: "1.2.0"},
	}}
	golden(t, "fleet.txt", fmt.Sprintf("%serror: %v\n", f.Text(), f.Err()))
	f.Walls = f.Walls[1:]
	if err := f.Err(); err != nil {
		t.Errorf("all are well: %v", err)
	}
	f.Counter.State = "offline"
	if got := f.Text(); strings.Contains(got, "pi") || f.Err() == nil {
		t.Errorf("an offline counter: %s, %v", got, f.Err())
	}
}
