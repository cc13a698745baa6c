package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// TestManualPolicies vets each policy and part of a policy, and checks each scenario. Not even a
// note is due.
func TestManualPolicies(t *testing.T) {
	if testing.Short() {
		t.Skip("the manual is the same on every machine")
	}
	checked := 0
	for _, p := range manual(t) {
		for _, text := range p.in("cue") {
			checked++
			if err := checkSample(t, wholeFile(text)); err != nil {
				t.Errorf("%s: %v in\n%s", p.path, err, text)
			}
		}
	}
	if checked < 30 {
		t.Errorf("found %d samples only", checked)
	}
}

// checkSample judges a policy, or scenarios of the shipped one.
func checkSample(t *testing.T, file string) error {
	t.Helper()
	if strings.Contains(file, "schema.#Scenarios") {
		dir := t.TempDir()
		_, err := runProgram(t, "init", dir)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "counter_scenarios.cue"), []byte(file), 0o644)
		}
		if err != nil {
			return err
		}
		out, err := runProgram(t, "test", dir)
		if err != nil {
			return errors.New(out)
		}
		return nil
	}
	if schema.IsWall("", []byte(file)) {
		_, err := policyfile.Evaluator().Wall(t.Context(), "wall.cue", []byte(file))
		return err
	}
	policy, err := policyfile.Read(t.Context(), "-", strings.NewReader(file))
	if err != nil {
		return err
	}
	for _, n := range policy.Config.Notes(clock()) {
		return errors.New(n.String())
	}
	return nil
}

// wholeFile makes a whole file of a sample: what a policy must have and the sample leaves out is
// added.
func wholeFile(text string) string {
	if strings.Contains(text, "package counter") || schema.IsWall("", []byte(text)) {
		return text
	}
	head := "package counter\n\nimport \"github.com/fridaycounter/fridaycounter/schema\"\n\n"
	if strings.Contains(text, "schema.#Scenarios") {
		return head + text
	}
	for _, field := range []struct{ name, text string }{
		{"timezone", `timezone: "UTC"`},
		{"source", `source: bamboo: {url: "https://bamboo.example.com", environments: ["Production"]}`},
		{"rules", `rules: fridays: forbid: [{weekdays: ["Friday"]}]`},
		{"poll", `poll: [{every: "1h"}]`},
		{"display", `display: {modules: 4, terminal: {}}`},
		{"#streak", `#streak: _`},
		{"#streaks", `#streaks: _`},
	} {
		if !regexp.MustCompile(`(?m)^ *` + field.name + `s?:`).MatchString(text) {
			text += field.text + "\n"
		}
	}
	return head + "schema.#Counter & {\n" + text + "}\n"
}

// TestManualWindows checks that windows of docs/policy.md forbid what the text beside them says.
func TestManualWindows(t *testing.T) {
	if testing.Short() {
		t.Skip("the manual is the same on every machine")
	}
	for _, c := range []struct {
		rule          string
		no, yes       []string // when nobody may deploy, and when one may
		line, without string   // a line, and an instant that is free without it
	}{
		{"calm-weekends", []string{"2026-11-27 14:00", "2026-11-29 12:00", "2026-12-21 00:00", "2027-01-03 23:59"}, []string{"2026-11-27 13:59", "2027-01-04 00:00"}, "", ""},
		{"office-hours", []string{"2026-11-26 18:00", "2026-11-27 07:59", "2026-11-28 00:00", "2026-11-28 08:00", "2026-11-29 23:59", "2026-11-30 07:59"},
			[]string{"2026-11-27 17:59", "2026-11-30 08:00"}, `	{weekdays: ["Monday"], to: "08:00"},`, "2026-11-30 00:00"},
		{"christmas", []string{"2026-12-20 00:00", "2027-01-06 23:59", "2029-12-31 12:00"}, []string{"2026-12-19 23:59", "2027-01-07 00:00"}, "", ""},
		{"maintenance", []string{"2026-01-17 00:00", "2026-02-21 23:59", "2027-05-15 12:00"}, []string{"2026-01-10 12:00", "2026-01-24 12:00", "2026-01-16 12:00"}, "", ""},
		{"evenings", []string{"2026-11-30 18:00", "2026-11-30 23:59"}, []string{"2026-12-01 00:00", "2026-11-28 20:00"}, "", ""},
		{"freeze", []string{"2026-11-27 16:00", "2026-11-28 00:00", "2026-11-30 07:59"}, []string{"2026-11-27 15:59", "2026-11-30 08:00"}, "", ""},
		{"nights", []string{"2026-11-30 22:00", "2026-12-04 05:59"}, []string{"2026-12-04 22:00", "2026-11-30 05:00"}, "", ""},
	} {
		samples := manualPage(t, "docs/policy.md").in("cue")
		i := slices.IndexFunc(samples, func(s string) bool { return strings.Contains(s, `rules: "`+c.rule+`"`) })
		if i < 0 || !strings.Contains(samples[i], c.line) {
			t.Fatalf("docs/policy.md has no such example of %s", c.rule)
		}
		policy := evaluated(t, samples[i])
		for _, at := range c.no {
			if !forbids(t, policy, at) {
				t.Errorf("%s: %s is free", c.rule, at)
			}
		}
		for _, at := range c.yes {
			if forbids(t, policy, at) {
				t.Errorf("%s: %s is forbidden", c.rule, at)
			}
		}
		if c.without != "" && forbids(t, evaluated(t, strings.Replace(samples[i], c.line, "", 1)), c.without) {
			t.Errorf("%s: %s is forbidden without %s too", c.rule, c.without, c.line)
		}
	}
}

// evaluated evaluates a sample.
func evaluated(t *testing.T, sample string) policyfile.Policy {
	t.Helper()
	policy, err := policyfile.Read(t.Context(), "-", strings.NewReader(wholeFile(sample)))
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// forbids reports whether the first rule of a policy forbids an instant of its zone.
func forbids(t *testing.T, policy policyfile.Policy, at string) bool {
	t.Helper()
	instant, err := time.ParseInLocation("2006-01-02 15:04", at, policy.Zone)
	if err != nil {
		t.Fatal(err)
	}
	no, _ := rules.MatchWindows(policy.Config.Rules[0].Forbid, policy.Zone, instant)
	return no
}

// TestManualFields checks that each field of a policy is in an example of docs/policy.md, and each
// of a source in one of docs/sources.md.
func TestManualFields(t *testing.T) {
	data, err := os.ReadFile("../../schema/counter.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema node
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	policy, source := map[string]bool{}, map[string]bool{}
	schema.collect(schema.Defs, policy, map[string]bool{"Source": true})
	schema.Defs["Wall"].collect(schema.Defs, policy, map[string]bool{})
	schema.Defs["Source"].collect(schema.Defs, source, map[string]bool{})
	if len(policy) < 50 || len(source) < 80 {
		t.Fatalf("the schema has %d and %d fields only", len(policy), len(source))
	}
	for path, fields := range map[string]map[string]bool{"docs/policy.md": policy, "docs/sources.md": source} {
		examples := strings.Join(manualPage(t, path).in("cue"), "")
		for field := range fields {
			if !regexp.MustCompile(`(^|[^\w"])"?` + field + `"?:`).MatchString(examples) {
				t.Errorf("%s has no example of %s", path, field)
			}
		}
	}
}

// A node is a part of a JSON Schema.
type node struct {
	Ref               string          `json:"$ref"`
	Defs              map[string]node `json:"$defs"`
	Properties        map[string]node
	PatternProperties map[string]node
	Items             *node
	OneOf, AnyOf      []node
	AllOf             []node
}

// collect adds the names of all fields below a node.
func (n node) collect(defs map[string]node, fields, seen map[string]bool) {
	if name := strings.TrimPrefix(n.Ref, "#/$defs/"); name != "" && !seen[name] {
		seen[name] = true
		defs[name].collect(defs, fields, seen)
	}
	for name, p := range n.Properties {
		fields[name] = true
		p.collect(defs, fields, seen)
	}
	for _, p := range n.PatternProperties {
		p.collect(defs, fields, seen)
	}
	if n.Items != nil {
		n.Items.collect(defs, fields, seen)
	}
	for _, p := range slices.Concat(n.OneOf, n.AnyOf, n.AllOf) {
		p.collect(defs, fields, seen)
	}
}
