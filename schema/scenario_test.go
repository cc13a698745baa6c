package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// scenariosOf returns the scenarios with the given text, under the shipped policy
// after an edit "old => new"; "" is none.
func scenariosOf(t *testing.T, edit, text string) ([]Scenario, error) {
	t.Helper()
	old, new, _ := strings.Cut(edit, " => ")
	e := newEvaluator()
	policy, err := e.Evaluate(t.Context(), "counter.cue", []byte(strings.Replace(string(shipped(t)), old, new, 1)))
	if err != nil {
		t.Fatal(err)
	}
	file := "package counter\nimport \"" + diagnose.ImportPath + "\"\nscenarios: schema.#Scenarios & {\n" + text + "\n}\n"
	return e.Scenarios(t.Context(), "counter_scenarios.cue", []byte(file), policy)
}

// TestScenario follows every field through the child process.
func TestScenario(t *testing.T) {
	got, err := scenariosOf(t, "", `
	"every field": {
		known_from: "2026-01-01 00:00"
		at:         "2026-03-20T12:00:00+01:00"
		deployments: [
			{started: "2026-03-13 10:00", executed: "2026-03-13 10:01:30", finished: "2026-03-13T18:00:00Z",
				id: 412, version: "1.2", project: "Shop", environment: "Production", outcome: "failed"},
			{executed: "2026-03-12 10:00"},
			{started: "2026-03-12 10:00", version: "queued"},
			{started: "2026-03-12 10:00", finished: "2026-03-12 10:01", outcome: "not_built"},
			{executed: "2026-03-12 10:00", finished: "2026-03-12 10:01", outcome: "unknown", environment: "Staging"},
			{executed: "2026-03-12 10:00", finished: "2026-03-12 10:01"},
		]
		want: {
			weeks: 1, days: 7, rule: "no-friday-deploys", since: "2026-03-13 11:00", breach: 412
			known: true, at_least: false, forbidden: true
			rules: "no-friday-deploys": {weeks: 2, days: 8, since: "2026-03-13 11:01", breach: false, known: false, at_least: true}
		}
	}`)
	if err != nil {
		t.Fatal(err)
	}
	la, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04:05", text, la)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	deployment := func(id string, started, executed, finished string, state rules.State, life rules.LifeCycle) rules.Deployment {
		d := rules.Deployment{ID: id, Source: "bamboo", ProjectID: "project", Project: "project", EnvironmentID: "project/Production", Environment: "Production", State: state, LifeCycle: life}
		for text, to := range map[string]*time.Time{started: &d.Started, executed: &d.Executed, finished: &d.Finished} {
			if text != "" {
				*to = at(text)
			}
		}
		return d
	}
	first := deployment("412", "2026-03-13 10:00:00", "2026-03-13 10:01:30", "2026-03-13 11:00:00", "FAILED", "FINISHED")
	first.Version, first.ProjectID, first.Project, first.EnvironmentID = "1.2", "Shop", "Shop", "Shop/Production"
	queued := deployment("3", "2026-03-12 10:00:00", "", "", "UNKNOWN", "QUEUED")
	queued.Version = "queued"
	known := at("2026-01-01 00:00:00")
	since, other := at("2026-03-13 11:00:00"), at("2026-03-13 11:01:00")
	want := []Scenario{{
		Name: "every field",
		At:   at("2026-03-20 04:00:00"),
		Environments: []rules.Environment{
			{Source: "bamboo", ID: "Shop/Production", Name: "Production", ProjectID: "Shop", Project: "Shop", CompleteFrom: known, Deployments: []rules.Deployment{first}},
			{Source: "bamboo", ID: "project/Production", Name: "Production", ProjectID: "project", Project: "project", CompleteFrom: known, Deployments: []rules.Deployment{
				deployment("2", "", "2026-03-12 10:00:00", "", "UNKNOWN", "IN_PROGRESS"),
				queued,
				deployment("4", "2026-03-12 10:00:00", "", "2026-03-12 10:01:00", "UNKNOWN", "NOT_BUILT"),
				// The fifth is not there: the source does not read Staging.
				deployment("6", "", "2026-03-12 10:00:00", "2026-03-12 10:01:00", "SUCCESS", "FINISHED"),
			}},
		},
		Want: Want{
			WantStreak: WantStreak{ptr(1), ptr(7), &since, ptr("412"), ptr(true), ptr(false)},
			Rule:       ptr("no-friday-deploys"),
			Forbidden:  ptr(true),
			Rules:      map[string]WantStreak{"no-friday-deploys": {ptr(2), ptr(8), &other, ptr(""), ptr(false), ptr(true)}},
		},
		Position: rules.Position{File: "counter_scenarios.cue", Line: 5, Column: 2},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestScenarioTargets shows where a deployment goes that does not say it.
func TestScenarioTargets(t *testing.T) {
	const source = "source: bamboo: {\n\t\turl: \"https://bamboo.example.com\"\n\t\tenvironments: [\"Production\"]\n\t\tauth: token: credential: \"bamboo-token\"\n\t}"
	const rule = `rules: "no-friday-deploys": forbid: => rules: "no-friday-deploys": %s, rules: "no-friday-deploys": forbid:`
	const two = `rules: "no-friday-deploys": forbid: => rules: other: {forbid: [{}], environments: ["%s"]}, rules: "no-friday-deploys": forbid:`
	for _, c := range []struct {
		name, edit, deployment string
		want                   string // where it goes; where else everything is known
	}{
		{"the source's", "", "", "project/Production"},
		{"stated", "", `project: "Shop", environment: "Production"`, "Shop/Production"},
		{"project stated", "", `project: "Shop"`, "Shop/Production"},
		{"not read", "", `environment: "Staging"`, "nowhere; project/Production"},
		{"by id, which may be that of a name", "", `environment: 17`, "project/17"},
		{"source by id", `["Production"] => [17]`, "", "project/17"},
		{"source by id, which may be that of the stated name", `["Production"] => [17]`, `environment: "Production"`, "project/Production"},
		{"source's project", `["Production"] => ["Production"], projects: ["Shop", "/Stock/"]`, "", "Shop/Production"},
		{"a project that is not read", `["Production"] => ["Production"], projects: ["Shop"]`, `project: "Stock"`, "nowhere; Shop/Production"},
		{"source by expression", `["Production"] => ["/^(prod|live)-[0-9]+$/"]`, `environment: "prod-1"`, "project/prod-1"},
		{"source by any expression", `["Production"] => ["/./"]`, "", "project/Production"},
		{"rule's", fmt.Sprintf(rule, `environments: ["/^Prod/"]`), "", "project/Production"},
		{"rule's project", fmt.Sprintf(rule, `projects: ["Shop"]`), "", "Shop/Production"},
		{"of two rules", fmt.Sprintf(two, "/Prod/"), "", "project/Production"},
		{"of a file without environments", source + ` => source: file: path: "x"`, "", "project/Production"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := scenariosOf(t, c.edit, `x: {at: "2026-03-20 10:00", deployments: [{executed: "2026-03-13 10:00", `+c.deployment+`}], want: weeks: 1}`)
			if err != nil {
				t.Fatal(err)
			}
			where := "nowhere"
			for _, e := range got[0].Environments {
				if len(e.Deployments) > 0 {
					where = e.Deployments[0].Project + "/" + e.Deployments[0].Environment
				}
			}
			for _, e := range got[0].Environments {
				if at := e.Project + "/" + e.Name; at != where {
					where += "; " + at
				}
			}
			if where != c.want {
				t.Errorf("got %s, want %s", where, c.want)
			}
		})
	}
}

// TestScenarioWithoutTarget has rules that have no environment in common.
func TestScenarioWithoutTarget(t *testing.T) {
	edit := `environments: ["Production"] => environments: ["Production", "Staging"]`
	rest := `x: {at: "2026-03-20 10:00", deployments: [{executed: "2026-03-13 10:00"%s}], want: weeks: 1}`
	split := func(t *testing.T, deployment string) ([]Scenario, error) {
		policy := strings.Replace(string(shipped(t)), strings.Split(edit, " => ")[0], strings.Split(edit, " => ")[1], 1)
		policy = strings.Replace(policy, `rules: "no-friday-deploys": forbid:`, `rules: a: {forbid: [{}], environments: ["Staging"]}, rules: "no-friday-deploys": environments: ["Production"], rules: "no-friday-deploys": forbid:`, 1)
		return scenariosOf(t, string(shipped(t))+" => "+policy, fmt.Sprintf(rest, deployment))
	}
	_, err := split(t, "")
	if want := `counter_scenarios.cue:4:43: scenarios.x.deployments[0]: no environment that the policy names is in the scope of all of its rules: want environment (and project)`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	got, err := split(t, `, environment: "Staging"`)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got[0].Environments); n != 2 {
		t.Errorf("got %v, want the environments of both rules", got[0].Environments)
	}
}

// TestScenarioProjects has two environments of one name in two projects: each has its own
// deployments.
func TestScenarioProjects(t *testing.T) {
	got, err := scenariosOf(t, `rules: "no-friday-deploys": forbid: => rules: "no-friday-deploys": projects: ["api"], rules: "no-friday-deploys": forbid:`,
		`x: {at: "2026-03-20 10:00", want: weeks: 1, deployments: [
			{executed: "2026-03-13 10:00", finished: "2026-03-13 10:01", project: "web", environment: "Production"}, {executed: "2026-03-05 10:00", finished: "2026-03-05 10:01", project: "api"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var where []string
	for _, e := range got[0].Environments {
		for _, d := range e.Deployments {
			where = append(where, e.ID+": "+d.EnvironmentID+" "+d.ID)
		}
	}
	if diff := cmp.Diff([]string{"web/Production: web/Production 1", "api/Production: api/Production 2"}, where); diff != "" {
		t.Error(diff)
	}
}

// TestFirstInstant compares with going through two days minute by minute.
func TestFirstInstant(t *testing.T) {
	for _, c := range []struct{ zone, day string }{
		{"America/Los_Angeles", "2026-03-08"}, {"America/Los_Angeles", "2026-11-01"},
		{"Australia/Lord_Howe", "2026-04-05"}, {"Australia/Lord_Howe", "2026-10-04"}, // half an hour
		{"Pacific/Apia", "2011-12-30"}, // no such day
		{"Africa/Casablanca", "2026-02-15"}, {"America/St_Johns", "2006-10-29"}, {"UTC", "2026-03-08"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		const layout = "2006-01-02 15:04"
		want := map[string]time.Time{}
		for at := day.Add(-48 * time.Hour); at.Before(day.Add(72 * time.Hour)); at = at.Add(time.Minute) {
			if text := at.In(zone).Format(layout); want[text].IsZero() {
				want[text] = at
			}
		}
		for at := day.Add(-12 * time.Hour); at.Before(day.Add(36 * time.Hour)); at = at.Add(time.Minute) {
			text := at.Format(layout)
			if got, ok := firstInstant(at, zone); ok == want[text].IsZero() || ok && !got.Equal(want[text]) {
				t.Errorf("%s in %s: got %s, %v; want %s", text, c.zone, got, ok, want[text])
			}
		}
	}
}

// TestScenariosBomb wants the right file to be blamed.
func TestScenariosBomb(t *testing.T) {
	if raceDetector {
		t.Skip("a race detector build can have no memory limit")
	}
	for name, text := range map[string]string{
		"deployments": `x: {at: "2026-03-20 10:00", want: weeks: 1, deployments: [for i in list.Range(0, 100000000, 1) {executed: "2026-03-13 10:00"}]}`,
		"scenarios":   `for i in list.Range(0, 20000, 1) {"\(i)": {at: "2026-03-20 10:00", want: weeks: 1}}`,
		"size":        strings.Repeat("\n", MaxFile),
	} {
		policy, e := shippedPolicy(t), newEvaluator()
		file := "package counter\nimport \"list\"\nimport \"" + diagnose.ImportPath + "\"\nscenarios: schema.#Scenarios & {\n" + text + "\n}\n"
		begin := time.Now()
		got, err := e.Scenarios(t.Context(), "counter_scenarios.cue", []byte(file), policy)
		var refused *Error
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), "counter_scenarios.cue: ") || strings.Contains(err.Error(), "counter.cue") {
			t.Errorf("%s: got %d scenarios, %v", name, len(got), err)
		}
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func BenchmarkScenarios(b *testing.B) {
	e, file, policy := newEvaluator(), shippedScenarios(b), shippedPolicy(b)
	benchmarkChild(b, e, func() error {
		_, err := e.Scenarios(b.Context(), "counter_scenarios.cue", file, policy)
		return err
	})
}
