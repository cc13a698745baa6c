package jsonl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

var _ source.Source = (*Source)(nil)

// now is when the tests poll.
var now = at("2026-12-01T12:00:00Z")

func at(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return parsed.UTC()
}

// poll writes a file and reads it. FILE stands for its path in errors.
func poll(t *testing.T, known *source.Known, text string, environments ...string) (source.Answer, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "deployments.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var patterns []rules.Pattern
	for _, e := range environments {
		p, err := rules.ParsePattern(e)
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, p)
	}
	answer, err := New(path, patterns).Poll(t.Context(), known, now)
	if err != nil {
		if _, ok := err.(*source.Error); !ok {
			t.Errorf("got an error of type %T, want *source.Error", err)
		}
		err = fmt.Errorf("%s%w", strings.ReplaceAll(err.Error(), path, "FILE"), silent{err})
	}
	return answer, err
}

// silent hides an error's text and keeps what it wraps.
type silent struct{ err error }

func (s silent) Error() string { return "" }
func (s silent) Unwrap() error { return s.err }

func TestPoll(t *testing.T) {
	got, err := poll(t, nil, "\ufeff"+`{"id":"1","project":"shop","environment":"Production","started":"2026-11-19T10:00:00+01:00"}
{"id":2,"project":"shop","environment":"Staging","version":"7","state":"Failed","started":"2026-11-20T10:00:00Z","executed":"2026-11-20T10:01:00Z","finished":"2026-11-20T10:02:00Z"}

{"id":"1","project":"shop","environment":"Production","version":"1.2","state":"success","started":"2026-11-19t10:00:00+01:00","finished":"2026-11-19T10:05:00+01:00","url":"https://ci/1"}
{"id":"3","environment":"Production","life_cycle":"queued","started":"2026-11-21T10:00:00Z","executed":null}`+"\r\n")
	if err != nil {
		t.Fatal(err)
	}
	environment := func(e rules.Environment) source.Environment {
		return source.Environment{Environment: e, Reading: source.ReadWhole, From: at("2026-11-19T09:00:00Z"), Exhausted: true}
	}
	want := source.Answer{
		Listed:  true,
		OneList: true,
		Environments: []source.Environment{
			environment(rules.Environment{ID: "Production", Name: "Production"}),
			environment(rules.Environment{ID: "shop/Production", Name: "Production", ProjectID: "shop", Project: "shop"}),
			environment(rules.Environment{ID: "shop/Staging", Name: "Staging", ProjectID: "shop", Project: "shop"}),
		},
		Deployments: []rules.Deployment{
			{ID: "1", ProjectID: "shop", Project: "shop", EnvironmentID: "shop/Production", Environment: "Production", Version: "1.2", URL: "https://ci/1",
				Started: at("2026-11-19T09:00:00Z"), Executed: at("2026-11-19T09:00:00Z"), Finished: at("2026-11-19T09:05:00Z"),
				State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished},
			{ID: "2", ProjectID: "shop", Project: "shop", EnvironmentID: "shop/Staging", Environment: "Staging", Version: "7",
				Started: at("2026-11-20T10:00:00Z"), Executed: at("2026-11-20T10:01:00Z"), Finished: at("2026-11-20T10:02:00Z"),
				State: rules.StateFailed, LifeCycle: rules.LifeCycleFinished},
			{ID: "3", EnvironmentID: "Production", Environment: "Production", Started: at("2026-11-21T10:00:00Z"),
				State: rules.StateUnknown, LifeCycle: rules.LifeCycleQueued},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPollRecords has, for lines of one environment, the records that they bring: id,
// start, end and outcome.
func TestPollRecords(t *testing.T) {
	const (
		friday   = `"started":"2026-03-13T10:00:00Z"`
		saturday = `"started":"2026-03-14T00:10:00Z"`
	)
	for _, test := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"A1: an id that is given again", []string{
			`"id":"41","state":"failed",` + friday + `,"finished":"2026-03-13T16:49:00Z"`, `"id":"41","state":"success",` + saturday},
			"41 13T10:00 13T16:49 failed, 41 14T00:10 - success"},
		{"A2: in progress, then cancelled before an agent began", []string{`"id":"41",` + friday, `"id":"41","life_cycle":"not_built",` + friday},
			"41 13T10:00 - running, 41 13T10:00 - not_built"},
		{"in progress, then cancelled", []string{`"id":"41",` + friday, `"id":"41","life_cycle":"not_built","executed":"2026-03-13T10:00:00Z",` + friday},
			"41 13T10:00 - not_built"},
		{"A3: the end line has another start", []string{`"id":"41",` + friday, `"id":"41",` + saturday + `,"finished":"2026-03-14T00:10:00Z"`},
			"41 13T10:00 - running, 41 14T00:10 14T00:10 unknown"},
		{"A5: the end line first", []string{`"id":"41",` + friday + `,"finished":"2026-03-13T10:09:00Z"`, `"id":"41",` + friday},
			"41 13T10:00 13T10:09 unknown"},
		{"A5, with another run between", []string{`"id":"41","state":"failed",` + friday, `"id":"41",` + saturday, `"id":"41",` + friday},
			"41 13T10:00 - failed, 41 14T00:10 - running"},
		{"A5, queued again", []string{`"id":"41","state":"failed",` + friday, `"id":"41","life_cycle":"queued",` + friday},
			"41 13T10:00 - failed"},
		{"start and end", []string{`"id":"41",` + friday, `"id":"42",` + friday, `"id":"41","state":"success",` + friday + `,"finished":"2026-03-13T10:09:00Z"`},
			"41 13T10:00 13T10:09 success, 42 13T10:00 - running"},
		{"a fraction of a second is no other start", []string{`"id":"41",` + friday, `"id":"41","state":"success","started":"2026-03-13T10:00:00.9Z"`},
			"41 13T10:00 - success"},
		{"two ends", []string{`"id":"41","state":"failed",` + friday, `"id":"41","state":"success",` + friday, `"id":"41","state":"success",` + friday},
			"41 13T10:00 - failed, 41 13T10:00 - success"},
		{"running, denied and running again", []string{`"id":"41",` + friday, `"id":"41",` + saturday, `"id":"41",` + friday},
			"41 13T10:00 - running, 41 14T00:10 - running, 41 13T10:00 - running"},
		{"queued, then begun", []string{`"id":"41","life_cycle":"queued",` + friday, `"id":"41","executed":"2026-03-14T00:10:00Z",` + friday},
			"41 13T10:00 - running, 41 14T00:10 - running"},
		{"queued, then begun at once", []string{`"id":"41","life_cycle":"queued",` + friday, `"id":"41",` + friday},
			"41 13T10:00 - running"},
		{"A2, then in progress after all", []string{`"id":"41","life_cycle":"not_built",` + friday, `"id":"41",` + friday},
			"41 13T10:00 - not_built, 41 13T10:00 - running"},
		{"dates that cannot be are not refused", []string{`"id":"41","started":"1970-01-01T00:00:00Z"`, `"id":"42","started":"9999-12-31T23:59:59-23:59"`, `"id":"43","started":"0001-01-01T00:00:00Z"`},
			"41 01T00:00 - running, 42 01T23:58 - running, 43 01T00:00 - running"},
		{"an unusable end after its start", []string{`"id":"41",` + friday, `"id":"41","state":"success",` + friday + `,"finished":"1970-01-01T00:00:00Z"`},
			"41 13T10:00 - running, 41 13T10:00 01T00:00 success"},
		{"an end to come, then the right one", []string{`"id":"41",` + friday, `"id":"41",` + friday + `,"finished":"2036-01-01T00:00:00Z"`, `"id":"41",` + friday + `,"finished":"2026-03-13T10:09:00Z"`},
			"41 13T10:00 - running, 41 13T10:00 01T00:00 unknown, 41 13T10:00 13T10:09 unknown"},
		{"an unusable end before its start", []string{`"id":"41",` + friday + `,"finished":"1970-01-01T00:00:00Z"`, `"id":"41",` + friday},
			"41 13T10:00 01T00:00 unknown, 41 13T10:00 - running"},
		{"the same id from 1970, running", []string{`"id":"41",` + friday, `"id":"41","started":"1970-01-01T00:00:00Z"`},
			"41 13T10:00 - running, 41 01T00:00 - running"},
		{"the same id from 1970, ended", []string{`"id":"41",` + friday, `"id":"41","state":"success","started":"1970-01-01T00:00:00Z"`},
			"41 13T10:00 - running, 41 01T00:00 - success"},
		{"running in turn", []string{`"id":"41",` + friday, `"id":"41",` + saturday, `"id":"41",` + friday, `"id":"41",` + saturday, `"id":"41",` + friday, `"id":"41",` + saturday},
			"41 13T10:00 - running, 41 14T00:10 - running, 41 14T00:10 - running"},
		{"running in turn, then ended", []string{`"id":"41",` + friday, `"id":"41",` + saturday, `"id":"41",` + friday, `"id":"41","state":"failed",` + saturday, `"id":"41",` + friday, `"id":"41","state":"failed",` + friday},
			"41 13T10:00 - running, 41 14T00:10 - running, 41 14T00:10 - failed, 41 13T10:00 - failed"},
	} {
		text := ""
		for _, line := range test.lines {
			text += `{"environment":"P",` + line + "}\n"
		}
		answer, err := poll(t, nil, text)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		var got []string
		for _, d := range answer.Deployments {
			finished := "-"
			if !d.Finished.IsZero() {
				finished = d.Finished.Format("02T15:04")
			}
			got = append(got, fmt.Sprintf("%s %s %s %s", d.ID, d.Start().Format("02T15:04"), finished, d.Outcome()))
			if d.Started.IsZero() {
				t.Errorf("%s: %s has no start", test.name, d.ID)
			}
		}
		if got := strings.Join(got, ", "); got != test.want {
			t.Errorf("%s:\n got %s,\nwant %s", test.name, got, test.want)
		}
	}
}

// The end line names what the start line did not, and changes nothing that it did.
func TestPollNamesAsFirstSeen(t *testing.T) {
	answer, err := poll(t, nil, `{"id":"1","environment_id":"7","environment":"Production","started":"2026-11-19T10:00:00Z","url":"https://ci/old"}
{"id":"1","environment_id":"7","environment":"Prod live","version":"1.2","state":"success","started":"2026-11-19T10:00:00Z"}
{"id":"2","environment_id":"7","environment":"Prod live","version":"1.3","started":"2026-11-19T10:00:00Z"}
{"id":"2","environment_id":"7","environment":"Prod live","version":"1.4","state":"success","started":"2026-11-19T10:00:00Z","url":"https://ci/2"}
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range answer.Deployments {
		got = append(got, strings.Join([]string{d.ID, d.Environment, d.Version, d.URL, string(d.State)}, "|"))
	}
	want := []string{"1|Production|1.2|https://ci/old|SUCCESS", "2|Prod live|1.3|https://ci/2|SUCCESS"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPollSelection(t *testing.T) {
	const text = `{"id":"1","project":"a","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"1","project":"b","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"2","project":"b","environment":"Staging","started":"2026-11-19T10:00:00Z"}
{"id":"3","project_id":"3","environment_id":"9","environment":"Old","started":"2026-11-19T10:00:00Z"}
{"id":"4","project_id":"3","environment_id":"9","environment":"New","started":"2026-11-20T10:00:00Z"}
`
	known := &source.Known{Environments: []source.KnownEnvironment{
		{Environment: rules.Environment{ID: "9", Name: "Older", FormerNames: []string{"Oldest"}}},
		{Environment: rules.Environment{ID: "gone", Name: "Expired"}},
	}}
	for _, test := range []struct {
		known    *source.Known
		patterns []string
		want     string // environment ids of the answer / of the deployments
	}{
		{nil, nil, "9 a/Production b/Production b/Staging / a/Production b/Production b/Staging 9 9"},
		{nil, []string{"Production"}, "a/Production b/Production / a/Production b/Production"},
		{nil, []string{"b/Production"}, "b/Production / b/Production"},
		{nil, []string{"/^Stag/", "a/Production"}, "a/Production b/Staging / a/Production b/Staging"},
		{nil, []string{"New"}, "9 / 9 9"},
		{nil, []string{"Old"}, "9 / 9 9"},
		{known, []string{"Older"}, "9 / 9 9"},
		{known, []string{"Oldest"}, "9 / 9 9"},
		{known, []string{"Expired"}, "gone / "},
		{&source.Known{}, []string{"9"}, "9 / 9 9"},
	} {
		answer, err := poll(t, test.known, text, test.patterns...)
		if err != nil {
			t.Errorf("%q: %v", test.patterns, err)
			continue
		}
		var environments, deployments []string
		for _, e := range answer.Environments {
			environments = append(environments, e.ID)
			if !e.From.Equal(at("2026-11-19T10:00:00Z")) || e.Reading != source.ReadWhole || !e.Exhausted {
				t.Errorf("%q: %s was read so: %+v", test.patterns, e.ID, e)
			}
		}
		for _, d := range answer.Deployments {
			deployments = append(deployments, d.EnvironmentID)
		}
		if got := strings.Join(environments, " ") + " / " + strings.Join(deployments, " "); got != test.want {
			t.Errorf("%q:\n got %s,\nwant %s", test.patterns, got, test.want)
		}
	}
}

// Former names are those of earlier lines and those that are known, of the project too,
// though only another environment's line tells it.
func TestPollRenamed(t *testing.T) {
	line := func(project, environmentID, environment string) string {
		return fmt.Sprintf(`{"id":"1","project_id":"3","project":%q,"environment_id":%q,"environment":%q,"started":"2026-11-19T10:00:00Z"}`+"\n", project, environmentID, environment)
	}
	known := &source.Known{Key: source.Key{Name: "file"}, Environments: []source.KnownEnvironment{
		{Environment: rules.Environment{ID: "1", Name: "P2", FormerNames: []string{"P0"}, ProjectID: "3", Project: "shop", FormerProjects: []string{"stall"}}},
	}}
	answer, err := poll(t, known, line("shop", "1", "P1")+line("shop", "1", "P2")+line("shop", "1", "P1")+line("store", "2", "Q"))
	if err != nil {
		t.Fatal(err)
	}
	got := []rules.Environment{answer.Environments[0].Environment, answer.Environments[1].Environment}
	want := []rules.Environment{
		{ID: "1", Name: "P1", FormerNames: []string{"P0", "P2"}, ProjectID: "3", Project: "store", FormerProjects: []string{"stall", "shop"}},
		{ID: "2", Name: "Q", ProjectID: "3", Project: "store", FormerProjects: []string{"shop"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if k := known.Environments[0]; k.Name != "P2" || k.FormerNames[0] != "P0" || len(k.FormerNames) != 1 || len(k.FormerProjects) != 1 {
		t.Errorf("the poll changed what is known: %+v", k)
	}
}

// An environment_id that two projects give is two environments.
func TestPollIdentity(t *testing.T) {
	answer, err := poll(t, nil, `{"id":"1","project_id":"1","project":"a","environment_id":"prod","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"1","project_id":"2","project":"b","environment_id":"prod","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"2","project_id":"1","project":"A","environment_id":"prod","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"3","project":"c","environment_id":"x","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"4","project":"d","environment_id":"x","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"5","project_id":"1","environment":"Production","started":"2026-11-19T10:00:00Z"}
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range answer.Deployments {
		got = append(got, d.ID+" "+d.EnvironmentID)
	}
	if want := "1 prod, 1 2/prod, 2 prod, 3 x, 4 x, 5 1/Production"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestPollVanished(t *testing.T) {
	running := func(id, started string) rules.Deployment {
		return rules.Deployment{ID: id, EnvironmentID: "P", Started: at(started), Executed: at(started), LifeCycle: rules.LifeCycleInProgress}
	}
	final, queued, denied := running("final", "2026-11-19T10:00:00Z"), running("queued", "2026-11-19T10:00:00Z"), running("denied", "2026-11-19T10:00:00Z")
	final.LifeCycle, queued.LifeCycle, queued.Executed, denied.Denied = rules.LifeCycleFinished, rules.LifeCycleQueued, time.Time{}, true
	known := &source.Known{Environments: []source.KnownEnvironment{
		{Environment: rules.Environment{ID: "P", Name: "P", Deployments: []rules.Deployment{
			running("again", "2026-11-19T10:00:00Z"), denied, running("ended", "2026-11-19T10:00:00Z"), final,
			running("moved", "2026-11-19T10:00:00Z"), queued, running("other", "2026-11-19T10:00:00Z"),
			running("unusable", "2026-11-19T10:00:00Z"), running("vanished", "2026-11-19T10:00:00Z"),
		}}},
		{Environment: rules.Environment{ID: "Q", Name: "Q", Deployments: []rules.Deployment{running("elsewhere", "2026-11-19T10:00:00Z")}}},
	}}
	answer, err := poll(t, known, `{"id":"again","environment":"P","started":"2026-11-19T10:00:00Z"}
{"id":"ended","environment":"P","state":"success","started":"2026-11-19T10:00:00Z"}
{"id":"moved","environment":"P","state":"success","started":"2026-11-18T10:00:00Z"}
{"id":"other","environment":"P","started":"2026-11-20T10:00:00Z"}
{"id":"unusable","environment":"P","state":"success","started":"1970-01-01T00:00:00Z"}
`, "P")
	if err != nil {
		t.Fatal(err)
	}
	want := []source.Ref{{EnvironmentID: "P", ID: "moved"}, {EnvironmentID: "P", ID: "queued"}, {EnvironmentID: "P", ID: "vanished"}}
	if diff := cmp.Diff(want, answer.Vanished); diff != "" {
		t.Error(diff)
	}
}

// TestPollFrom has the instant from which a file is complete: its oldest usable run.
func TestPollFrom(t *testing.T) {
	for _, test := range []struct{ name, lines, want string }{
		{"an empty file", "", ""},
		{"executed before started", `"started":"2026-11-19T10:00:00Z","executed":"2026-11-19T10:05:00Z"`, "2026-11-19T10:05:00Z"},
		{"1970", `"started":"1970-01-01T00:00:00Z"`, ""},
		{"finished in 1970", `"started":"2026-11-10T10:00:00Z","finished":"1970-01-01T00:00:00Z"|"started":"2026-11-19T10:00:00Z"`, "2026-11-19T10:00:00Z"},
		{"ahead", `"started":"2026-11-10T10:00:00Z","finished":"2026-12-01T12:06:00Z"|"started":"2026-11-19T10:00:00Z"`, "2026-11-19T10:00:00Z"},
		{"a clock that is a little ahead", `"started":"2026-12-01T12:04:00Z"`, "2026-12-01T12:04:00Z"},
		{"never ran", `"life_cycle":"not_built","started":"2001-11-10T10:00:00Z"|"life_cycle":"queued","started":"2001-11-10T10:00:00Z"|"started":"2026-11-19T10:00:00Z"`, "2026-11-19T10:00:00Z"},
		{"2000", `"started":"2000-01-01T00:00:00Z"`, "2000-01-01T00:00:00Z"},
		{"out of order", `"started":"2026-11-19T10:00:00Z"|"started":"2026-11-10T10:00:00Z"|"started":"2026-11-20T10:00:00Z"`, "2026-11-10T10:00:00Z"},
	} {
		text := `{"id":"0","environment":"P","life_cycle":"queued","started":"2026-11-19T10:00:00Z"}` + "\n"
		for i, line := range strings.Split(test.lines, "|") {
			if line != "" {
				text += fmt.Sprintf(`{"id":"%d","environment":"Q",%s}`+"\n", i+1, line)
			}
		}
		answer, err := poll(t, nil, text, "P")
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := ""
		if from := answer.Environments[0].From; !from.IsZero() {
			got = from.Format(time.RFC3339)
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestPollMissing(t *testing.T) {
	const text = `{"id":"1","environment":"Prod\u00a0","started":"2026-11-19T10:00:00Z"}` + "\n"
	answer, err := poll(t, nil, text, "Production", "/^Prod/")
	if got, want := err.Error(), `jsonl: FILE: no deployment to environment ["Production"]; it has ["Prod\u00a0"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if source.KindOf(err) != source.Missing {
		t.Errorf("got kind %v, want missing", source.KindOf(err))
	}
	if len(answer.Environments) != 1 || len(answer.Deployments) != 1 || !answer.Listed {
		t.Errorf("got %+v, want what is there beside the error", answer)
	}
	if _, err = poll(t, nil, "", "Production"); source.KindOf(err) != source.Missing {
		t.Errorf("an empty file: got %v", err)
	}
	if answer, err := poll(t, nil, ""); err != nil || !answer.Listed || !answer.OneList {
		t.Errorf("an empty file without patterns: %+v, %v", answer, err)
	}
	text2 := ""
	for i := range 30 {
		text2 += fmt.Sprintf(`{"id":"1","environment":"e%02d","started":"2026-11-19T10:00:00Z"}`+"\n", i)
	}
	if _, err := poll(t, nil, text2, "Production"); !strings.Contains(err.Error(), `"e19"] and 10 more`) {
		t.Errorf("got %v", err)
	}
}

func TestPollNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe, sparse := filepath.Join(dir, "pipe"), filepath.Join(dir, "sparse")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(sparse, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<40); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                           "is a directory: want a regular file",
		pipe:                          "is a named pipe: want a regular file",
		"/dev/zero":                   "is a device: want a regular file",
		sparse:                        "it is too long: want at most 64 MiB",
		filepath.Join(dir, "none"):    "no such file",
		filepath.Join(dir, "no/none"): "no such file",
	} {
		answer, err := New(path, nil).Poll(t.Context(), nil, now)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
		if diff := cmp.Diff(source.Answer{}, answer); diff != "" {
			t.Errorf("%s: an answer beside the error: %s", path, diff)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(path, nil).Poll(ctx, nil, now); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

// A script may be at any byte of its write: the poll does not fail, and the new deployment is
// there once its line is whole, with or without its newline.
func TestPollWhileAppended(t *testing.T) {
	const first = `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z"}` + "\n"
	const second = `{"id":"2","environment":"P\u00e9é","version":"a \"b\"","started":"2026-11-19T10:00:00Z"}`
	for n := range len(second) + 1 {
		answer, err := poll(t, nil, first+second[:n])
		if err != nil {
			t.Fatalf("after %q: %v", second[:n], err)
		}
		want := 1
		if n == len(second) {
			want = 2
		}
		if got := len(answer.Deployments); got != want {
			t.Fatalf("after %q: got %d deployments, want %d", second[:n], got, want)
		}
	}
}

// A file that is shorter the second time brings no answer, in which runs would seem to
// have vanished.
func TestPollCutShort(t *testing.T) {
	text := `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z"}` + "\n"
	wanted := map[string]bool{"P": true}
	for lines, want := range map[int]string{1: "", 2: "jsonl: FILE: was cut short while it was read"} {
		found := newRecords(1, now)
		err := readRuns(t.Context(), strings.NewReader(text), "FILE", lines, found, wanted)
		if got := fmt.Sprint(err); err != nil && got != want || err == nil && (want != "" || len(found.list) != 1) {
			t.Errorf("%d: got %v, want %s", lines, err, want)
		}
	}
}
