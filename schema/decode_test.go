package schema

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// TestEveryFieldIsTested wants each field of the schema in a sample, or in a change to it.
func TestEveryFieldIsTested(t *testing.T) {
	tests := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	everyField(t, diagnose.ShapeOf(wallKind()), testFile(t, "wall/wall.cue")+testFile(t, "sample.cue")+tests("decode_test.go"))
	everyField(t, diagnose.ShapeOf(policyKind()), testFile(t, "sample.cue")+testFile(t, "sources.cue")+testFile(t, "published.cue")+string(shipped(t))+tests("decode_test.go")+tests("example_test.go"))
	everyField(t, diagnose.ShapeOf(scenariosKind()).Field("scenarios").Shape, tests("scenario_test.go"))
}

func everyField(t *testing.T, s *diagnose.Shape, sample string) {
	for _, f := range s.Fields {
		if !regexp.MustCompile(`\b` + f.Name + `\??:`).MatchString(sample) {
			t.Errorf("no test has %s", f.Name)
		}
		everyField(t, f.Shape, sample)
	}
	for _, below := range []*diagnose.Shape{s.Of, s.Any} {
		if below != nil {
			everyField(t, below, sample)
		}
	}
}

// TestStreak holds the live values to #Streak.
func TestStreak(t *testing.T) {
	text, err := json.Marshal(Streak{})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	kind := policyKind()
	kind.Definition = "#Streak"
	want := diagnose.ShapeOf(kind).Names()
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Error(diff)
	}
}

// TestNothingLost changes every value of the samples and wants another Config, or Wall.
func TestNothingLost(t *testing.T) {
	nothingLost(t, "sample.cue", []string{
		"Europe/Berlin => Europe/Paris", "ci.example => cd.example", `"Shop" => "Stop"`, "1736705 => 1736706",
		"1802241 => 1802242", `"wall" => "hall"`, "/etc/wall => /etc/hall", "example.pem => exemple.pem",
		`timeout: "10s" => timeout: "11s"`, `"Thursday"], from => "Wednesday"], from`, "16:00 => 16:01",
		`from: "16:00" => to: "16:00"`, `environments: ["/^Production/"] => environments: ["/^Prod/"]`,
		`environments: ["/^Production/"] => projects: ["/^Production/"]`,
		`["success", "failed"] => ["success"]`, "2026-01-01 => 2026-01-02", `version: "1.2.3" => version: "1.2.4"`,
		`version: "1.2.3" => id: "1.2.3"`, `version: "1.2.3" => project: "1.2.3"`, `version: "1.2.3" => environment: "1.2.3"`,
		`version: "1.2.3" => dates: [{first: "2026-01-01"}]`, "was down => was up", "2026-12-20 => 2026-12-21",
		"2027-01-06 => 2027-01-07", `measure: "triggered" => measure: "executed"`, `count:   "midnight" => count:   "survived"`,
		`every: "5m" => every: "6m"`, `every: "1h" => every: "2h"`, `["Thursday", "Friday"] => ["Friday"]`,
		"2025-01-01 => 2025-01-02", "columns: 4 => columns: 5", "rows:    1 => rows:    2", "SPI0.0 => SPI0.1",
		`"parola" => "generic"`, "rotate:  180 => rotate:  90", "mirror:  true => mirror:  false",
		"mirror:  true => mirror:  true, reversed: true", "mirror:  true => mirror:  true, serpentine: true",
		"mirror:  true => mirror:  true, bottom_up: true",
		"500kHz => 501kHz", `refresh: "5s" => refresh: "6s"`, "terminal: {} => ", `font: "narrow" => font: "auto"`,
		`overflow: "scroll" => overflow: "saturate"`, `for: "5s" => for: "6s"`, `level: "off" => level: 0`,
		`"Saturday", "Sunday" => "Sunday"`, "level: 1 => level: 2", `"19:00" => "19:01"`, `"07:00" => "07:01"`,
		"christmas: => advent:", `timeout: "10s" => insecure: true`, `columns: 4\n\t\trows:    1 => modules: 6`,
		`auth: basic: {username: "wall", password: file: "/etc/wall/password"} => auth: token: env: "X"`,
	})
	nothingLost(t, "published.cue", []string{
		"mqtt.example => mqtt2.example", "fridaycounter/shop => fridaycounter/stop", "leader-shop => leader-stop", `file: "/etc/fridaycounter/mqtt" => env: "X"`,
		"company.pem => companie.pem", "insecure: false => insecure: true", "text:     true => text:     false", "discovery: {} => ", "64x8 => 64x16",
		"clock.example => clock2.example", `app:      "fridaycounter" => app:      "friday"`, "#ff8800 => #FF8801", "{weeks} weeks => {weeks}",
		"chat-url => chats-url", "CHAT_URL => CHATS_URL", `, "stale" => `, `before: "2h" => before: "3h"`, `, before: "2h" => `,
	})
	nothingLost(t, "wall/wall.cue", []string{
		"package wall => package kitchen", "Europe/Berlin => Europe/Paris", "mqtt.example => mqtt2.example", "fridaycounter/shop => fridaycounter/stop", `"walls" => "halls"`,
		`credential: "mqtt-password" => env: "X"`, "company.pem => companie.pem", "insecure:    false => insecure: true", "kitchen => hall", "10m => 11m",
		"modules: 4 => columns: 4, rows: 2", "fc16 => parola", "terminal: {} => ", `, "Sunday" => `, "level: 8 => level: 9",
	})
}

func nothingLost(t *testing.T, name string, changes []string) {
	t.Helper()
	sample := testFile(t, name)
	seen := map[string]string{config(t, sample): "the sample"}
	for _, change := range changes {
		old, new, _ := strings.Cut(unescape(change), " => ")
		if strings.Count(sample, old) == 0 {
			t.Fatalf("%s has no %s", name, old)
		}
		got := config(t, strings.Replace(sample, old, new, 1))
		if other := seen[got]; other != "" {
			t.Errorf("%s: %s: the same as after: %s", name, change, other)
		}
		seen[got] = change
	}
}

// config returns the file's Config as marshal does.
func config(t *testing.T, file string) string {
	t.Helper()
	a := evaluateFile(file)
	if len(a.Diagnostics) > 0 {
		t.Fatalf("%v in\n%s", &Error{Diagnostics: a.Diagnostics}, file)
	}
	if a.Wall != nil {
		a.Wall.Hash = ""
		text, err := json.Marshal(a.Wall)
		if err != nil {
			t.Fatal(err)
		}
		return position.ReplaceAllString(string(text), "")
	}
	return marshal(t, a.Config)
}

// marshal returns a Config as JSON, without its hash and positions.
func marshal(t interface{ Fatal(...any) }, c *Config) string {
	copied := *c
	copied.Hash = ""
	text, err := json.Marshal(copied)
	if err != nil {
		t.Fatal(err)
	}
	return position.ReplaceAllString(string(text), "")
}

var position = regexp.MustCompile(`,?"Position":\{"File":"[^"]*","Line":\d+,"Column":\d+\}`)
