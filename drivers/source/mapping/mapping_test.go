package mapping

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// parsed is JSON as a source decodes it.
func parsed(t testing.TB, text string) (v any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func feed(r Read) *Feed { return &Feed{Read: r} }

// mapped returns what the one record of an answer became.
func mapped(t testing.TB, l List, answer string) Record {
	m := feed(Read{List: l})
	items, _, err := m.Items(parsed(t, answer))
	if err != nil || len(items) != 1 {
		t.Fatalf("%s: got %d items, %v", answer, len(items), err)
	}
	rec, err := m.Record(&items[0], noon, source.Text)
	if err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return rec
}

// plain is a list whose fields have the names of the Map's.
func plain() List {
	return List{
		Map: Map{
			ID: Where{Path: "id"}, Environment: Where{Text: "prod"}, State: Where{Path: "state"}, Executed: Where{Path: "executed"},
			Version: Where{Path: "version"}, Link: Where{Path: "link"}, Started: Where{Path: "started"}, Finished: Where{Path: "finished"},
			Duration: Where{Path: "duration"}, Running: Where{Path: "running"},
		},
		States: States{
			Success: []string{"ok"}, Failed: []string{"failed"}, Running: []string{"runs"}, FailedIfStarted: []string{"broke"},
			Waiting: []string{"waits"}, Cancelled: []string{"cancelled"}, Skipped: []string{"skipped"}, SaysNothing: []string{"-"},
		},
	}
}

func TestPaths(t *testing.T) {
	v := parsed(t, `{
		"a": {"b": 1, "null": null}, "list": [10, 20, {"name": "x", "value": "of x"}, {"name": "q\"]", "value": "of q"}, {"name": 7, "value": true}],
		"actions": [{}, {"parameters": [{"name": "OTHER", "value": "no"}]}, {"parameters": [{"name": "ENV", "value": "prod"}]}], "@id-1": "at"
	}`)
	for _, test := range []struct{ path, want string }{
		{"a.b", "1"},
		{"a.null", "absent"},
		{"a.c", "absent"},
		{"a.b.c", "absent"},
		{"a[0]", "absent"},
		{"list[0]", "10"},
		{"list[-5]", "10"},
		{"list[-6]", "absent"},
		{"list[5]", "absent"},
		{"list[-1].value", "true"},
		{"list.value", "absent"},
		{"list[name=x].value", "of x"},
		{`list[name="x"].value`, "of x"},
		{`list[name="q\"]"].value`, "of q"},
		{"list[name=7].value", "true"},
		{"list[name=y].value", "absent"},
		{"list[].value", "of x"},
		{"list[]", "10"},
		{"actions[].parameters[name=ENV].value", "prod"},
		{"actions[].parameters[name=NONE].value", "absent"},
		{"@id-1", "at"},
	} {
		got := "absent"
		if found := Path(test.path).find(v); found != nil {
			got, _ = textOf(found)
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
}

func TestWheres(t *testing.T) {
	for _, test := range []struct{ where, want string }{
		{`"a"`, "A"},
		{`"none"`, "absent"},
		{`{"root": "top"}`, "T"},
		{`{"root": "a"}`, "absent"},
		{`{"text": "same"}`, "same"},
		{`{"join": ["a", {"root": "top"}, {"text": "c"}]}`, "A/T/c"},
		{`{"join": ["a", "none"]}`, "absent"},
		{`{"join": ["a", "list"]}`, "absent"},
		{`["none", "null", "a"]`, "A"},
		{`["empty", "a"]`, ""},
		{`["none", {"join": ["none", "a"]}]`, "absent"},
		{`["none", {"text": "else"}]`, "else"},
	} {
		var w Where
		if err := json.Unmarshal([]byte(test.where), &w); err != nil {
			t.Fatal(err)
		}
		root := parsed(t, `{"top": "T", "items": [{"a": "A", "null": null, "empty": "", "list": []}]}`)
		item := Item{value: root.(map[string]any)["items"].([]any)[0], root: root}
		got := "absent"
		if v := w.find(&item); v != nil {
			got, _ = textOf(v)
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.where, got, test.want)
		}
	}
	for _, bad := range []string{`1`, `["a", 2]`, `{"join": [true]}`} {
		if json.Unmarshal([]byte(bad), new(Where)) == nil {
			t.Errorf("%s is let through", bad)
		}
	}
}

func TestDates(t *testing.T) {
	const instant = "2026-11-20T10:00:00Z"
	for _, test := range []struct {
		times      Times
		date, want string // want: RFC 3339, none, or the value that an unusable record shows
	}{
		{"", `"2026-11-20T10:00:00Z"`, instant},
		{RFC3339, `"2026-11-20T11:00:00+01:00"`, instant},
		{RFC3339, `"2026-11-20T11:00:00.000+0100"`, instant},
		{RFC3339, `null`, "none"},
		{RFC3339, `""`, "none"},
		{RFC3339, `"0001-01-01T00:00:00Z"`, "none"},
		{RFC3339, `0`, "none"},
		{RFC3339, `1795168800`, "1795168800"},
		{RFC3339, `"1795168800"`, "1795168800"},
		{RFC3339, `"2026-11-20T10:00:00"`, "2026-11-20T10:00:00"}, // of no zone
		{RFC3339, `"yesterday"`, "yesterday"},
		{RFC3339, `{}`, "an object"},
		{RFC3339, `false`, "false"},
		{UnixSecond, `1795168800`, instant},
		{UnixSecond, `"1795168800"`, instant},
		{UnixSecond, `1795168800.25`, "2026-11-20T10:00:00.25Z"},
		{UnixSecond, `0`, "none"},
		{UnixSecond, `"0"`, "none"},
		{UnixSecond, `-1`, "-1"},
		{UnixSecond, `1e300`, "1e300"},
		{UnixSecond, `"NaN"`, "NaN"},
		{UnixSecond, `"2026-11-20T10:00:00Z"`, instant + " refused"},
		{UnixMilli, `1795168800250`, "2026-11-20T10:00:00.25Z"},
		{UnixMilli, `0`, "none"},
		{UnixMilli, `[]`, "a list"},
	} {
		l := plain()
		l.Map.Times = test.times
		rec := mapped(t, l, fmt.Sprintf(`[{"id": 1, "state": "ok", "executed": %s, "started": %s}]`, test.date, test.date))
		got := rec.Executed.Format(time.RFC3339Nano)
		switch u := rec.Unusable; {
		case u != nil && u.Field == "executed" && u.Value == "absent":
			got = "none"
		case u != nil && u.Field == "started" && strings.Contains(u.Hint, "times is"):
			if got = u.Value; got == instant {
				got += " refused"
			}
		}
		if got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.times, test.date, got, test.want)
		}
	}
}

// TestStates has a row for each meaning, with an executed, with a trigger alone, and with an end
// alone. executed, finished: hours of the day of the result.
func TestStates(t *testing.T) {
	const (
		all     = `"started": "2026-11-20T07:00:00Z", "executed": "2026-11-20T08:00:00Z", "finished": "2026-11-20T09:00:00Z"`
		trigger = `"started": "2026-11-20T07:00:00Z"`
		end     = `"finished": "2026-11-20T09:00:00Z"`
	)
	for _, test := range []struct{ state, dates, want string }{
		{"ok", all, "SUCCESS FINISHED 8-9"},
		{"ok", trigger, "SUCCESS FINISHED 7-"},
		{"ok", end, "SUCCESS FINISHED 9-9"},
		{"ok", "", "unusable"},
		{"failed", all, "FAILED FINISHED 8-9"},
		{"failed", trigger, "FAILED FINISHED 7-"},
		{"failed", "", "unusable"},
		{"broke", all, "FAILED FINISHED 8-9"},
		{"broke", trigger, "UNKNOWN NOT_BUILT did not run"},
		{"broke", "", "UNKNOWN NOT_BUILT did not run"},
		{"runs", all, "UNKNOWN IN_PROGRESS 8-"},
		{"runs", trigger, "UNKNOWN IN_PROGRESS 7-"},
		{"runs", "", "unusable"},
		{"waits", all, "UNKNOWN QUEUED did not run"},
		{"waits", trigger, "UNKNOWN QUEUED did not run"},
		{"waits", "", "UNKNOWN QUEUED did not run"},
		{"cancelled", all, "UNKNOWN NOT_BUILT 8-9"},
		{"cancelled", trigger, "UNKNOWN NOT_BUILT did not run"},
		{"cancelled", end, "UNKNOWN NOT_BUILT did not run"},
		{"skipped", all, "UNKNOWN NOT_BUILT did not run"},
		{"skipped", trigger, "UNKNOWN NOT_BUILT did not run"},
		{"-", all, "UNKNOWN FINISHED 8-9"},
		{"new word", all, "UNKNOWN FINISHED 8-9 new"},
		{"new word", trigger, "UNKNOWN FINISHED 7- new"},
		{"new word", "", "unusable"},
		{"OK", trigger, "UNKNOWN FINISHED 7- new"},
	} {
		dates := test.dates
		if dates != "" {
			dates = ", " + dates
		}
		rec := mapped(t, plain(), fmt.Sprintf(`[{"id": 1, "state": %q %s}]`, test.state, dates))
		if got := outcome(&rec); got != test.want {
			t.Errorf("%s of %s: got %s, want %s", test.state, test.dates, got, test.want)
		}
	}
}

// outcome says in short what became of a record.
func outcome(rec *Record) string {
	if rec.Unusable != nil {
		return "unusable"
	}
	text := fmt.Sprintf("%s %s", rec.State, rec.LifeCycle)
	hour := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return fmt.Sprint(at.Hour())
	}
	if !rec.Ran() {
		return text + " did not run"
	}
	text += " " + hour(rec.Executed) + "-" + hour(rec.Finished)
	if rec.Unknown {
		text += " new"
	}
	return text
}

func TestRunningIsTakenForTrueAlone(t *testing.T) {
	for _, test := range []struct{ running, want string }{
		{`true`, "UNKNOWN IN_PROGRESS 8-"},
		{`false`, "UNKNOWN FINISHED 8-9 new"},
		{`null`, "UNKNOWN FINISHED 8-9 new"},
		{`"true"`, "UNKNOWN FINISHED 8-9 new"},
	} {
		rec := mapped(t, plain(), `[{"id": 1, "state": null, "executed": "2026-11-20T08:00:00Z", "finished": "2026-11-20T09:00:00Z", "running": `+test.running+`}]`)
		if got := outcome(&rec); got != test.want {
			t.Errorf("running %s: got %s, want %s", test.running, got, test.want)
		}
	}
}

func TestDurations(t *testing.T) {
	const executed, started = `"executed": "2026-11-20T08:00:00Z"`, `"started": "2026-11-20T07:00:00Z"`
	for _, test := range []struct{ record, want string }{
		{executed + `, "duration": 3600000, "state": "ok"`, "SUCCESS FINISHED 8-9"},
		{executed + `, "duration": "3600000", "state": "ok"`, "SUCCESS FINISHED 8-9"},
		{executed + `, "duration": 0, "state": "ok"`, "SUCCESS FINISHED 8-8"},
		{executed + `, "duration": null, "state": "ok"`, "SUCCESS FINISHED 8-"},
		{executed + `, "duration": 3600000, "finished": "2026-11-20T11:00:00Z", "state": "ok"`, "SUCCESS FINISHED 8-11"},
		{executed + `, "duration": 3600000, "state": "runs"`, "UNKNOWN IN_PROGRESS 8-"},
		{executed + `, "duration": -1, "state": "runs"`, "UNKNOWN IN_PROGRESS 8-"},
		{started + `, "duration": 3600000, "state": "ok"`, "SUCCESS FINISHED 7-8"}, // started stands in for executed
		{started + `, "duration": 3600000, "state": "cancelled"`, "UNKNOWN NOT_BUILT did not run"},
		{executed + `, "duration": -1, "state": "ok"`, "unusable"},
		{executed + `, "duration": 1e15, "state": "ok"`, "unusable"},
		{executed + `, "duration": "1h", "state": "ok"`, "unusable"},
		{executed + `, "duration": {}, "state": "ok"`, "unusable"},
	} {
		rec := mapped(t, plain(), `[{"id": 1, `+test.record+`}]`)
		if got := outcome(&rec); got != test.want {
			t.Errorf("%s: got %s, want %s", test.record, got, test.want)
		}
	}
}

func TestEvents(t *testing.T) {
	for _, test := range []struct{ name, events, want string }{
		{"none yet", `null`, "UNKNOWN QUEUED did not run"},
		{"an empty list", `[]`, "UNKNOWN QUEUED did not run"},
		{"the newest first", `[["ok", 10], ["runs", 8], ["waits", 7]]`, "SUCCESS FINISHED 8-10"},
		{"the oldest first", `[["waits", 7], ["runs", 8], ["ok", 10]]`, "SUCCESS FINISHED 8-10"},
		{"all in a second, the newest first", `[["ok", 8], ["runs", 8], ["waits", 8]]`, "SUCCESS FINISHED 8-8"},
		{"all in a second, the oldest first", `[["waits", 8], ["runs", 8], ["ok", 8]]`, "SUCCESS FINISHED 8-8"},
		{"runs", `[["runs", 8], ["waits", 7]]`, "UNKNOWN IN_PROGRESS 8-"},
		{"waits", `[["waits", 7]]`, "UNKNOWN QUEUED did not run"},
		{"runs, and waits again: it ran", `[["waits", 9], ["runs", 8]]`, "UNKNOWN IN_PROGRESS 8-"},
		{"no start: it ran from the trigger", `[["ok", 10]]`, "SUCCESS FINISHED 7-10"},
		{"rejected before it ran", `[["broke", 10], ["waits", 7]]`, "UNKNOWN NOT_BUILT did not run"},
		{"broke", `[["broke", 10], ["runs", 8]]`, "FAILED FINISHED 8-10"},
		{"superseded days later", `[["-", 11], ["ok", 10], ["runs", 8]]`, "SUCCESS FINISHED 8-10"},
		{"nothing but superseded", `[["-", 11]]`, "UNKNOWN FINISHED 7-"},
		{"superseded while it runs", `[["-", 11], ["runs", 8]]`, "UNKNOWN IN_PROGRESS 8-"},
		{"an end before the start", `[["ok", 10], ["runs", 8], ["failed", 7]]`, "SUCCESS FINISHED 8-10"},
		{"two ends: the first", `[["ok", 11], ["failed", 10], ["runs", 8]]`, "FAILED FINISHED 8-10"},
		{"two starts: the first", `[["runs", 9], ["runs", 8]]`, "UNKNOWN IN_PROGRESS 8-"},
		{"an unknown word ends it", `[["new word", 10], ["runs", 8]]`, "UNKNOWN FINISHED 8-10 new"},
		{"no list", `{"a": 1}`, "unusable"},
		{"no date", `[["runs", null]]`, "unusable"},
	} {
		l := plain()
		l.Map.State, l.Map.Executed = Where{Text: "waits"}, Where{Path: "started"}
		l.Map.Events = &Events{List: "events", State: "state", At: "at"}
		rec := mapped(t, l, `[{"id": 1, "started": "2026-11-20T07:00:00Z", "events": `+eventsOf(t, test.events)+`}]`)
		if got := outcome(&rec); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// eventsOf writes [word, hour] as an event.
func eventsOf(t *testing.T, text string) string {
	var list []any
	pairs, ok := parsed(t, text).([]any)
	if !ok {
		return text
	}
	for _, pair := range pairs {
		p := pair.([]any)
		event := map[string]any{"state": p[0], "at": nil}
		if p[1] != nil {
			event["at"] = fmt.Sprintf("2026-11-20T%02s:00:00Z", p[1])
		}
		list = append(list, event)
	}
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestForgotten(t *testing.T) {
	for _, test := range []struct{ started, events, want string }{
		{"2026-11-13T12:00:00Z", `[]`, "UNKNOWN QUEUED did not run"},
		{"2026-11-13T11:00:00Z", `[]`, "UNKNOWN FINISHED 11-"},
		{"2026-11-13T11:00:00Z", `[{"state": "waits", "at": "2026-11-13T11:00:00Z"}]`, "UNKNOWN QUEUED did not run"},
	} {
		l := plain()
		l.Map.State, l.Map.Events = Where{Text: "waits"}, &Events{List: "events", State: "state", At: "at", ForgottenAfter: 168 * time.Hour}
		rec := mapped(t, l, `[{"id": 1, "started": "`+test.started+`", "events": `+test.events+`}]`)
		if got := outcome(&rec); got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.started, test.events, got, test.want)
		}
	}
}

func TestFilters(t *testing.T) {
	pattern := func(text string) rules.Pattern {
		p, err := rules.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	l := plain()
	l.Only = map[string]rules.Pattern{"task": pattern("/^deploy/"), "job.id": pattern("/./")}
	l.Skip = map[string]rules.Pattern{"transient": pattern("true")}
	m := feed(Read{List: l})
	for record, want := range map[string]bool{
		`{"task": "deploy", "job": {"id": 1}}`:                       true,
		`{"task": "deploy:x", "job": {"id": 1}, "transient": false}`: true,
		`{"task": "deploy", "job": {"id": 1}, "transient": true}`:    false,
		`{"task": "deploy", "job": null}`:                            false,
		`{"task": "test", "job": {"id": 1}}`:                         false,
		`{"task": ["deploy"], "job": {"id": 1}}`:                     false,
	} {
		items, count, err := m.Items(parsed(t, "["+record+"]"))
		if err != nil || count != 1 || items[0].Kept() != want {
			t.Errorf("%s: got %v, %v, want %v", record, items, err, want)
		}
	}
}

func TestLists(t *testing.T) {
	for _, test := range []struct {
		list   List
		answer string
		want   string
	}{
		{List{}, `[{}, {}]`, "2"},
		{List{}, `[]`, "0"},
		{List{}, `{"message": "x"}`, "the answer: want a list, found an object"},
		{List{}, `null`, "the answer: want a list, there is none"},
		{List{Items: "a.b"}, `{"a": {"b": [{}]}}`, "1"},
		{List{Items: "a.b"}, `{"a": {"b": {}}}`, "1"},
		{List{Items: "a.b"}, `{"a": {"b": null}}`, "0"},
		{List{Items: "a.b"}, `{"a": {}}`, `items "a.b": want a list, there is none`},
		{List{Items: "a.b"}, `{"a": null}`, `items "a.b": want a list, there is none`},
		{List{Items: "a.b", Optional: true}, `{}`, "0"},
		{List{Items: "a.b", Optional: true}, `{"a": {"b": "x"}}`, `items "a.b": want a list, found a text`},
		{List{Items: "a"}, `[]`, `items "a": want a list, there is none`},
	} {
		items, _, err := feed(Read{List: test.list}).Items(parsed(t, test.answer))
		got := fmt.Sprint(len(items))
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%q of %s: got %s, want %s", test.list.Items, test.answer, got, test.want)
		}
	}
	two := feed(Read{List: List{Items: "a"}, Also: []List{{Items: "b", Optional: true}}})
	items, count, err := two.Items(parsed(t, `{"a": [{}], "b": [{}, {}]}`))
	if len(items) != 3 || count != 1 || err != nil {
		t.Errorf("two lists: got %d, %d, %v", len(items), count, err)
	}
}

func TestUnusableRecords(t *testing.T) {
	for _, test := range []struct{ record, want string }{
		{`{"state": "ok", "executed": "2026-11-20T08:00:00Z"}`, " id absent"},
		{`{"id": {}, "state": "ok", "executed": "2026-11-20T08:00:00Z"}`, " id an object"},
		{`{"id": 1, "state": [], "executed": "2026-11-20T08:00:00Z"}`, "1 state a list"},
		{`{"id": 1, "state": "ok"}`, "1 executed absent"},
		{`{"id": 1, "state": "ok", "executed": "tomorrow\u001b"}`, `1 executed tomorrow\x1b`},
		{`{"id": 1, "state": "ok", "executed": "` + strings.Repeat("x", 100) + `"}`, "1 executed " + strings.Repeat("x", 40)},
	} {
		rec := mapped(t, plain(), "["+test.record+"]")
		got := "usable"
		if u := rec.Unusable; u != nil {
			got = u.ID + " " + u.Field + " " + u.Value
			if u.EnvironmentID != "prod" {
				t.Errorf("%s: of environment %q", test.record, u.EnvironmentID)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.record, got, test.want)
		}
	}
	l := plain()
	l.Map.Environment = Where{Path: "environment"}
	m := feed(Read{List: l})
	items, _, _ := m.Items(parsed(t, `[{"id": 7}]`))
	if _, err := m.Record(&items[0], noon, source.Text); err == nil || err.Error() != "record 7: environment: there is none" {
		t.Errorf("without an environment: got %v", err)
	}
}

func TestLinksThatABrowserMayFollow(t *testing.T) {
	for link, want := range map[string]string{"https://x/1": "https://x/1", "http://x": "http://x", "javascript:alert(1)": "", "/x": ""} {
		rec := mapped(t, plain(), `[{"id": 1, "state": "waits", "link": "`+link+`"}]`)
		if rec.URL != want {
			t.Errorf("%s: got %q", link, rec.URL)
		}
	}
}

func TestNames(t *testing.T) {
	l := plain()
	l.Map.Environment, l.Map.Project = Where{Path: "environment"}, Where{Path: "project"}
	r := Read{List: l}
	for _, test := range []struct{ project, environment, record, want string }{
		{"", "", `{"id": 1, "environment": "e"}`, "/e/e"},
		{"", "", `{"id": 1, "environment": "e", "project": "p"}`, "p/e/p/e"},
		{"P", "", `{"id": 1, "environment": "e", "project": "p"}`, "P/e/P/e"},
		{"P", "E", `{"id": 1}`, "P/E/P/E"},
	} {
		m := Feed{Read: r, Project: test.project, Environment: test.environment}
		items, _, _ := m.Items(parsed(t, "["+test.record+"]"))
		d, err := m.Record(&items[0], noon, source.Text)
		if got := d.Project + "/" + d.Environment + "/" + d.EnvironmentID; got != test.want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", test.record, got, err, test.want)
		}
	}
}

func TestDetails(t *testing.T) {
	l := plain()
	l.Map.Version = Where{Path: "details[0].name"}
	m := feed(Read{List: l})
	answer := parsed(t, `[{"id": 1, "state": "waits"}]`)
	items, _, _ := m.Items(answer)
	items[0].SetDetails(parsed(t, `[{"name": "v2"}]`))
	rec, err := m.Record(&items[0], noon, source.Text)
	if rec.Version != "v2" || err != nil {
		t.Errorf("got %q, %v", rec.Version, err)
	}
	if !reflect.DeepEqual(answer, parsed(t, `[{"id": 1, "state": "waits"}]`)) {
		t.Errorf("the answer has changed: %v", answer)
	}
}

func TestCursor(t *testing.T) {
	for _, test := range []struct {
		more         Path
		answer, want string
		next         bool
	}{
		{"", `{"next": "x"}`, "x", true},
		{"", `{"next": 7}`, "7", true},
		{"", `{"next": ""}`, "", false},
		{"", `{"next": null}`, "", false},
		{"more", `{"next": "x", "more": true}`, "x", true},
		{"more", `{"next": "x", "more": false}`, "x", false},
		{"more", `{"next": "x"}`, "x", false},
	} {
		c := Cursor{Path: "next", More: test.more}
		if got, next := c.Next(parsed(t, test.answer)); got != test.want || next != test.next {
			t.Errorf("%s: got %q, %v", test.answer, got, next)
		}
	}
}

func TestIndexNames(t *testing.T) {
	x := Index{Items: "items", Name: "meta.name", Changed: []Path{"phase", "at"}}
	names, changed, err := x.Names(parsed(t, `{"items": [{"meta": {"name": "a"}, "phase": "Running"}, {"meta": {"name": "b"}, "at": 1}]}`))
	if fmt.Sprint(names) != "[a b]" || fmt.Sprintf("%q", changed) != `["Running\n\n" "\n1\n"]` || err != nil {
		t.Errorf("got %q, %q, %v", names, changed, err)
	}
	for _, bad := range []string{`{}`, `{"items": [{}]}`, `{"items": [1]}`} {
		if _, _, err := x.Names(parsed(t, bad)); err == nil {
			t.Errorf("%s is let through", bad)
		}
	}
}

func TestAWordInTwoLists(t *testing.T) {
	s := States{Success: []string{"a", "b"}, Running: []string{"c", "b"}}
	if word, list, i := s.Twice(); word != "b" || list != "running" || i != 1 {
		t.Errorf("got %q, %s, %d", word, list, i)
	}
}

func TestEnvironmentID(t *testing.T) {
	for want, names := range map[string][2]string{
		"production": {"", "production"}, "a/b/production": {"a/b", "production"},
		"g/p/review%2Fx": {"g/p", "review/x"}, "g/p/review/x": {"g/p/review", "x"}, "p/1%25": {"p", "1%"},
	} {
		if got := EnvironmentID(names[0], names[1]); got != want {
			t.Errorf("%q: got %s, want %s", names, got, want)
		}
	}
}
