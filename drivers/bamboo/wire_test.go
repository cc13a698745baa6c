package bamboo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

func TestDates(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`1631513979524`, "2021-09-13T06:19:39.524Z"}, // does not fit 32 bits
		{`null`, ""}, {`0`, ""},
		{`"2021-09-13T02:32:08.842Z"`, "2021-09-13T02:32:08.842Z"}, // build results and the OpenAPI have these
		{`"2021-09-13T02:32:08+02:00"`, "2021-09-13T00:32:08Z"},
		{`253402300799999`, "9999-12-31T23:59:59.999Z"},
		{`253402300800000`, "bad 253402300800000"},
		{`-1`, "bad -1"}, {`1.5`, "bad 1.5"}, {`1e12`, "bad 1e12"}, {`true`, "bad true"}, {`{}`, "bad {}"},
		{`""`, `bad ""`}, {`"yesterday"`, `bad "yesterday"`}, {`"1969-01-01T00:00:00Z"`, `bad "1969-01-01T00:00:00Z"`},
		{`9223372036854775808`, "bad 9223372036854775808"},
	} {
		var r struct{ D wireDate }
		if err := json.Unmarshal([]byte(`{"d":`+test.text+`}`), &r); err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		got := ""
		switch {
		case r.D.bad != "":
			got = "bad " + r.D.bad
		case !r.D.at.IsZero():
			got = r.D.at.Format(time.RFC3339Nano)
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.text, got, test.want)
		}
	}
}

// Absent, null and 0 are the same, in both vocabularies; an unfamiliar word is
// kept, and said once for all results that have it.
func TestFieldsByServer(t *testing.T) {
	at := noon.Add(-time.Hour)
	results := []bambootest.Result{
		{ID: 9007199254740993, Version: "v3", Started: at, State: "UNKNOWN", LifeCycle: "QUEUED"},
		{ID: 5000000002, Version: "v2", Started: at.Add(-time.Hour), Executed: at.Add(-time.Hour), State: "UNKNOWN", LifeCycle: "IN_PROGRESS"},
		{ID: 3, Version: "v1", Started: at.Add(-2 * time.Hour), Executed: at.Add(-2 * time.Hour), Finished: at, State: "SKIPPED", LifeCycle: "REPLACED"},
		{ID: 2, Version: "v0", Started: at.Add(-3 * time.Hour), Executed: at.Add(-3 * time.Hour), Finished: at, State: "SKIPPED"},
	}
	dates := func(absent any) func(map[string]any) {
		return func(result map[string]any) {
			for _, name := range []string{"startedDate", "queuedDate", "executedDate", "finishedDate"} {
				if _, ok := result[name]; !ok {
					result[name] = absent
				}
			}
		}
	}
	titles := map[string]string{"UNKNOWN": "Unknown", "QUEUED": "Queued", "IN_PROGRESS": "InProgress", "FINISHED": "Finished"}
	for name, change := range map[string]func(result map[string]any){
		"absent": func(map[string]any) {}, "null": dates(nil), "zero": dates(0),
		"title words": func(result map[string]any) { // of the OpenAPI text
			for _, field := range []string{"deploymentState", "lifeCycleState"} {
				if title, ok := titles[result[field].(string)]; ok {
					result[field] = title
				}
			}
		},
	} {
		s := one(results)
		s.Clock, s.NoDate = nil, true
		s.Inject("results", -1, rewrite(change))
		a := ask(t, client(t, s, "Production"), newMemory(), noon)
		got := map[string]string{}
		for _, d := range a.Deployments {
			got[d.ID] = fmt.Sprint(d.Version, " ", d.State, " ", d.LifeCycle, " ", !d.Started.IsZero(), !d.Executed.IsZero(), !d.Finished.IsZero())
		}
		want := map[string]string{
			"9007199254740993": "v3 UNKNOWN QUEUED true false false",
			"5000000002":       "v2 UNKNOWN IN_PROGRESS true true false",
			"3":                "v1 SKIPPED REPLACED true true true",
			"2":                "v0 SKIPPED FINISHED true true true",
		}
		for id := range want {
			if got[id] != want[id] {
				t.Errorf("%s: result %s: got %s, want %s", name, id, got[id], want[id])
			}
		}
		if got, want := fmt.Sprint(a.Notes[:2]), `[{deploymentState SKIPPED result 3: unknown deploymentState "SKIPPED"}`+
			` {lifeCycleState REPLACED result 3: unknown lifeCycleState "REPLACED"}]`; got != want {
			t.Errorf("%s: got the notes %s, want %s", name, got, want)
		}
	}
}

// What has no date at all and may have run cannot be judged.
func TestNoDates(t *testing.T) {
	for _, test := range []struct {
		state, cycle string
		ok           bool
	}{
		{"SUCCESS", "FINISHED", false}, {"FAILED", "FINISHED", false}, {"UNKNOWN", "IN_PROGRESS", false}, {"UNKNOWN", "?", false}, {"SUCCESS", "QUEUED", false},
		{"UNKNOWN", "PENDING", true}, {"UNKNOWN", "QUEUED", true}, {"UNKNOWN", "NOT_BUILT", true}, {"FAILED", "NOT_BUILT", true},
	} {
		field, _ := (&wireResult{ID: wireID{text: "1"}, State: test.state, LifeCycle: test.cycle}).unusable()
		if (field == "") != test.ok {
			t.Errorf("%s %s: got %q", test.state, test.cycle, field)
		}
	}
}

// Names are cut, and nothing in them can act on a terminal. Lists are bounded.
func TestNamesAndListsAreBounded(t *testing.T) {
	results := history(1)
	results[0].Version, results[0].State = strings.Repeat("v", 10000)+"\x1b[2A", strings.Repeat("é", 40)
	s := one(results)
	s.Projects[0].Name, s.Projects[0].Environments[0].Name = strings.Repeat("p", 10000), "a\u202eb\n\x1b[2K"
	a := ask(t, client(t, s, "7"), newMemory(), noon)
	if d := a.Deployments[0]; len(d.Version) != 512 || len(d.Project) != 512 || d.Environment != `a\u202eb\x0a\x1b[2K` || len(d.State) != 64 {
		t.Errorf("got %+v", d)
	}
	s = one(nil)
	s.Inject("results", 1, bambootest.Respond(200, "application/json", `{"results":[`+strings.Repeat("{},", 20000)+"{}]}"))
	if _, err := client(t, s).Poll(t.Context(), nil, noon); err == nil || !strings.Contains(err.Error(), "a list of more than 10000 elements") {
		t.Errorf("got %v", err)
	}
}

// FuzzDecode lets the server answer with anything: an error, or facts that hold
// what the driver promises.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"size":0,"results":[]}`, `{"results":[{}]}`, `{"results":null}`, `[]`, `{"results":[{"id":"12","startedDate":1631513979524}]}`,
		`{"results":[{"id":1,"deploymentState":"SUCCESS","lifeCycleState":"FINISHED","startedDate":1,"executedDate":null,"finishedDate":0}]}`,
	} {
		f.Add([]byte(seed), int64(0))
	}
	f.Fuzz(func(t *testing.T, body []byte, from int64) {
		s := &bambootest.Server{NoDate: true, Projects: []bambootest.Project{{ID: 1, Name: "p", Environments: []bambootest.Environment{{ID: 7, Name: "e"}}}}}
		s.Inject("results", 1, bambootest.Respond(200, "application/json", string(body)))
		s.Inject("results", -1, bambootest.Respond(200, "application/json", `{"results":[]}`))
		c, err := New(flat{URL: "https://bamboo.example.com", Transport: handled(s), HistoryFrom: time.UnixMilli(from % maxMillis)}.opts())
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Poll(context.Background(), nil, noon)
		read := len(a.Environments) == 1 && a.Environments[0].Reading != source.ReadNothing
		if err != nil && (read || len(a.Deployments) > 0) {
			t.Fatalf("facts beside %v", err)
		}
		if err == nil && !read {
			t.Fatalf("neither facts nor error")
		}
		for _, u := range a.Unusable {
			if u.EnvironmentID != "7" || u.Field == "" || u.Value == "" || len(u.Value) > 40 || !utf8.ValidString(u.Value) {
				t.Fatalf("unusable %+v", u)
			}
		}
		for _, d := range a.Deployments {
			for _, at := range []time.Time{d.Started, d.Executed, d.Finished} {
				if !at.IsZero() && (at.Year() < 1970 || at.Year() > 9999) {
					t.Fatalf("took the date %v", at)
				}
			}
			if d.ID == "" || d.ID == "0" || d.EnvironmentID != "7" || d.Project != "p" {
				t.Fatalf("took %+v", d)
			}
		}
	})
}
