package jsonl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

func TestLineErrors(t *testing.T) {
	const ok = `{"id":"1","environment":"Production","started":"2026-11-19T10:00:00Z"}` + "\n"
	utf16 := func(text string) string {
		var b strings.Builder
		for _, c := range []byte(text) {
			b.Write([]byte{c, 0})
		}
		return b.String()
	}
	for _, test := range []struct{ name, text, want string }{
		{"not JSON", ok + "hello\n", `FILE:2:1: is not a JSON object: want {"id": …}`},
		{"cut inside the file", ok + `{"id":"2","envir` + "\n" + ok, `FILE:2:17: is not JSON in UTF-8: invalid character '\n' in string (expecting non-control character): want {"id": …}`},
		{"ends early", `{"id":"2"` + "\n" + ok, `FILE:1:11: is not JSON: the line ends early: want one object a line`},
		{"pretty", "{\n\t\"id\": 1\n}\n", "FILE:1:3: is not JSON: the line ends early: want one object a line\nFILE:2:1: is not a JSON object: want {\"id\": …}\nFILE:3:1: is not a JSON object: want {\"id\": …}"},
		{"array", "[]\n", `FILE:1:1: is a JSON array: want one object a line`},
		{"array of many lines", " [\n" + ok + "]\n", `FILE:1:1: is a JSON array: want one object a line`},
		{"array in a long line", "[" + strings.Repeat(ok[:len(ok)-1]+",", 2000) + "\n", `FILE:1:1: is a JSON array: want one object a line`},
		{"UTF-16 with its mark", "\xff\xfe" + utf16(ok), `FILE:1:1: is UTF-16: save the file as UTF-8`},
		{"UTF-16, big endian", "\xfe\xff\x00{", `FILE:1:1: is UTF-16: save the file as UTF-8`},
		{"UTF-16 without its mark", utf16(ok), `FILE:1:1: is UTF-16: save the file as UTF-8`},
		{"UTF-16 appended", ok + utf16(ok), `FILE:2:1: is UTF-16: save the file as UTF-8`},
		{"CSV", "id,environment,started\n", `FILE:1:1: is not a JSON object: want {"id": …}`},
		{"single quotes", "{'id':'1'}\n", `FILE:1:2: is not JSON in UTF-8: invalid character '\'' at start of value: want {"id": …}`},
		{"cut CSV", "id,env", `FILE:1:1: is not a JSON object: want {"id": …}`},
		{"text", `"a"` + "\n", `FILE:1:1: is not a JSON object: want {"id": …}`},
		{"two objects", `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z"} {}` + "\n", `FILE:1:62: goes on after its object: want one object a line`},
		{"trailing comma", `{"id":"1",}` + "\n", `FILE:1:10: is not JSON in UTF-8: invalid character ',' at start of value: want {"id": …}`},
		{"Windows-1252", `{"id":"1","environment":"caf` + "\xe9" + `","started":"2026-11-19T10:00:00Z"}` + "\n", `FILE:1:29: environment: is not JSON in UTF-8: invalid UTF-8`},
		{"cut character at the end", `{"id":"1","environment":"caf` + "\xc3", ""},
		{"half of a pair", `{"id":"1","environment":"\\\ud83d","started":"2026-11-19T10:00:00Z"}` + "\n",
			"FILE:1:28: environment: is not JSON in UTF-8: invalid surrogate pair `\\ud83d\",\"sta` in string"},
		{"the wrong half first", `{"id":"\uDE00\uD83D","environment":"P","started":"2026-11-19T10:00:00Z"}` + "\n",
			"FILE:1:8: id: is not JSON in UTF-8: invalid surrogate pair `\\uDE00\\uD83D` in string"},
		{"two halves", `{"id":"1","environment":"\ud83d\ud83d\ude00","started":"2026-11-19T10:00:00Z"}` + "\n",
			"FILE:1:26: environment: is not JSON in UTF-8: invalid surrogate pair `\\ud83d\\ud83d` in string"},
		{"a pair, an escaped escape, U+FFFD", `{"id":"1","environment":"\ud83d\ude00\\ud83d\ufffd","started":"2026-11-19T10:00:00Z"}` + "\n", ""},
		{"typo", `{"id":"1","executd":"2026-11-19T10:00:00Z"}` + "\n",
			`FILE:1:11: executd: is not a field: want one of id, project, project_id, environment, environment_id, version, state, life_cycle, started, executed, finished, url`},
		{"twice", `{"id":"1","\u0069d":"2"}` + "\n", `FILE:1:11: id: is given twice`},
		{"null, then given", `{"id":null,"id":"2"}` + "\n", `FILE:1:12: id: is given twice`},
		{"no id", `{"environment":"P","started":"2026-11-19T10:00:00Z"}` + "\n", `FILE:1:1: id: is required`},
		{"empty object", "{ }\n", `FILE:1:1: id: is required`},
		{"empty environment", `{"id":"1","environment":"","started":"2026-11-19T10:00:00Z"}` + "\n", `FILE:1:25: environment: is required`},
		{"no started", `{"id":"1","environment":"P","finished":"2026-11-19T10:00:00Z"}` + "\n", `FILE:1:1: started: is required`},
		{"time without zone", `{"id":"1", "environment":"P", "started": "2026-11-19T10:00:00"}` + "\n",
			`FILE:1:42: started: "2026-11-19T10:00:00" is not a time: want RFC 3339, like 2026-11-20T15:04:05+01:00`},
		{"milliseconds", `{"id":"1","environment":"P","started":1763546400000}` + "\n", `FILE:1:39: started: is not a text`},
		{"nested", `{"id":["1"],"environment":"P"}` + "\n", `FILE:1:7: id: is not a text`},
		{"true", `{"id":true,"environment":"P"}` + "\n", `FILE:1:7: id: is not a text`},
		{"fraction", `{"id":1.5,"environment":"P"}` + "\n", `FILE:1:7: id: is not a text`},
		{"numbers", `{"id":-7,"project_id":0,"environment_id":9223372036854775807,"environment":"P","started":"2026-11-19T10:00:00Z"}` + "\n", ""},
		{"name as a number", `{"id":"1","environment":7,"started":"2026-11-19T10:00:00Z"}` + "\n", `FILE:1:25: environment: is not a text`},
		{"state", `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z","state":"green"}` + "\n",
			`FILE:1:70: state: "green" is not success, failed or unknown`},
		{"life cycle", `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z","life_cycle":"done\u001b[2K"}` + "\n",
			`FILE:1:75: life_cycle: "done\\x1b[2K" is not pending, queued, in_progress, finished or not_built`},
		{"all at once", "1\n" + ok + "2\n", "FILE:1:1: is not a JSON object: want {\"id\": …}\nFILE:3:1: is not a JSON object: want {\"id\": …}"},
		{"long line", ok + strings.Repeat("x", maxLine+1), `FILE:2:1: the line is longer than 65536 bytes`},
		{"bad and long", "1\n" + strings.Repeat("x", maxLine+1), "FILE:1:1: is not a JSON object: want {\"id\": …}\nFILE:2:1: the line is longer than 65536 bytes"},
		{"ten errors", strings.Repeat("1\n", 1000), strings.Repeat("x\n", 10) + "jsonl: FILE: not read beyond 10 errors"},
	} {
		answer, err := poll(t, nil, test.text)
		if err == nil {
			if test.want != "" {
				t.Errorf("%s: got no error, want %s", test.name, test.want)
			}
			continue
		}
		got := err.Error()
		if test.name == "ten errors" {
			lines := strings.Split(got, "\n")
			for i := range 10 {
				lines[i] = "x"
			}
			got = strings.Join(lines, "\n")
		}
		if got != test.want {
			t.Errorf("%s:\n got %s,\nwant %s", test.name, got, test.want)
		}
		var line *LineError
		if !errors.As(err, &line) {
			t.Errorf("%s: no *LineError in %v", test.name, err)
		}
		if len(answer.Deployments) > 0 || answer.Listed {
			t.Errorf("%s: got an answer beside the error: %+v", test.name, answer)
		}
	}
}

// Texts are kept as they may be shown.
func TestLineText(t *testing.T) {
	line := `{"id":"1\n","project":"\u202e","environment":"` + strings.Repeat("é", 300) + `","version":"1.2\u001b[2A\u2028","started":"2026-11-19T10:00:00Z"}`
	d, bad := newParser().deployment([]byte(line))
	if bad != nil {
		t.Fatal(bad)
	}
	name := strings.Repeat("é", 256)
	for got, want := range map[string]string{d.ID: `1\x0a`, d.Project: `\u202e`, d.Environment: name, d.EnvironmentID: (`\u202e/` + name)[:511], d.Version: `1.2\x1b[2A\u2028`} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Property: a line is scanned as encoding/json reads it, and refused where that replaces
// characters.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","environment":"P\u00e9\ud83d\ude00","started":"x"}`, `{"id":1,"url":null}`, ` { "id" : "\ud83d" , "id":"\\"} `, `{"version":"\\ud83d"}`,
		`{"id":1e5}`, `[]`, `{"id":{"id":"1"}}`, "{\"id\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') >= 0 {
			return
		}
		v := fields{}
		bad := v.scan(line)
		var want map[string]any
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.UseNumber()
		if bad != nil {
			if bad.Column < 1 || bad.Column > len(line)+1 || bad.Why == "" {
				t.Fatalf("%q: %+v", line, bad)
			}
			return
		}
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%q: accepted what is not JSON: %v", line, err)
		}
		if len(v) != len(want) {
			t.Fatalf("%q: got %d fields, want %d", line, len(v), len(want))
		}
		for name, x := range want {
			got := v[name].text
			switch x := x.(type) {
			case nil:
				x = ""
			case json.Number:
				if got != x.String() {
					t.Fatalf("%q: got %q, want %q", line, got, x)
				}
			case string:
				if got != x {
					t.Fatalf("%q: got %q, want %q", line, got, x)
				}
				encoded, _ := json.Marshal(x)
				literal := bytes.Count(encoded, []byte("\ufffd")) // each must stand in the line
				stands := bytes.Count(line, []byte("\ufffd")) + strings.Count(strings.ToLower(string(line)), `\ufffd`)
				if !utf8.Valid(line) || literal > stands {
					t.Fatalf("%q: a character was replaced: %q", line, x)
				}
			default:
				t.Fatalf("%q: accepted %v", line, x)
			}
		}
	})
}

// Property: what Append writes, Decode reads.
func TestAppendDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		instant := func(name string) time.Time {
			return time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, name)).UTC()
		}
		name := rapid.StringMatching(`[ -~é"\\]{1,12}`)
		want := rules.Deployment{
			ID: name.Draw(t, "id"), ProjectID: name.Draw(t, "project id"), Project: name.Draw(t, "project"),
			EnvironmentID: name.Draw(t, "environment id"), Environment: name.Draw(t, "environment"),
			Version: rapid.StringMatching(`[ -~é"\\]{0,12}`).Draw(t, "version"), URL: rapid.StringMatching(`https://[a-z]*`).Draw(t, "url"),
			Started:   instant("started"),
			State:     rapid.SampledFrom([]rules.State{rules.StateSuccess, rules.StateFailed, rules.StateUnknown}).Draw(t, "state"),
			LifeCycle: rapid.SampledFrom([]rules.LifeCycle{rules.LifeCycleQueued, rules.LifeCycleInProgress, rules.LifeCycleFinished, rules.LifeCycleNotBuilt}).Draw(t, "life cycle"),
		}
		if want.LifeCycle == rules.LifeCycleInProgress || rapid.Bool().Draw(t, "ran") {
			want.Executed = instant("executed")
		}
		if rapid.Bool().Draw(t, "ended") {
			want.Finished = instant("finished")
		}
		line, err := Append([]byte{}, &want)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(line, []byte("\n")); n != 1 || line[len(line)-1] != '\n' {
			t.Fatalf("not one line: %q", line)
		}
		got, err := Decode(context.Background(), bytes.NewReader(line), "line")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]rules.Deployment{want}, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A deployment is one line: of several outcomes the present one, and one that was denied
// has ended.
func TestAppendOutcomes(t *testing.T) {
	d := rules.Deployment{ID: "1", Environment: "P", EnvironmentID: "P", Started: at("2026-03-12T10:00:00Z"), Executed: at("2026-03-12T10:00:00Z"),
		State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished, Finished: at("2026-03-12T10:05:00Z")}
	d.Outcomes = d.Outcomes.With(rules.OutcomeFailed).With(rules.OutcomeSuccess)
	denied := d
	denied.Outcomes, denied.Denied, denied.LifeCycle, denied.State, denied.Finished = 0, true, rules.LifeCycleInProgress, rules.StateUnknown, time.Time{}
	seen := denied
	seen.Finished = at("2026-03-13T10:00:00Z")
	for _, test := range []struct {
		name     string
		d        rules.Deployment
		outcomes []rules.Outcome
		finished string
	}{
		{"two", d, []rules.Outcome{rules.OutcomeSuccess}, "2026-03-12T10:05:00Z"},
		{"denied", denied, []rules.Outcome{rules.OutcomeUnknown}, "2026-03-12T10:00:00Z"},
		{"denied, with an end", seen, []rules.Outcome{rules.OutcomeUnknown}, "2026-03-13T10:00:00Z"},
	} {
		line, err := Append(nil, &test.d)
		if err != nil {
			t.Fatal(err)
		}
		list, err := Decode(t.Context(), bytes.NewReader(line), "line")
		if err != nil {
			t.Fatal(err)
		}
		var got []rules.Outcome
		for _, d := range list {
			got = append(got, d.Outcome())
			if !d.Ran() || !d.Start().Equal(test.d.Start()) || !d.Finished.Equal(at(test.finished)) {
				t.Errorf("%s: got %+v", test.name, d)
			}
		}
		if diff := cmp.Diff(test.outcomes, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	whole := rules.Deployment{ID: "1", Environment: "P", EnvironmentID: "P", Started: time.UnixMilli(1)}
	for name, change := range map[string]func(*rules.Deployment){
		"id":          func(d *rules.Deployment) { d.ID = "" },
		"environment": func(d *rules.Deployment) { d.Environment = "" },
		"started":     func(d *rules.Deployment) { d.Started = time.Time{} },
		"state":       func(d *rules.Deployment) { d.State = "SKIPPED" },
	} {
		d := whole
		change(&d)
		if _, err := Append(nil, &d); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z"}` + "\n"))
	f.Add([]byte("\ufeff{}\n\n{\"id\":1,"))
	f.Fuzz(func(t *testing.T, text []byte) {
		deployments, err := Decode(context.Background(), bytes.NewReader(text), "fuzz")
		if err != nil {
			if deployments != nil {
				t.Fatalf("deployments beside an error: %v", err)
			}
			return
		}
		var again []byte
		for i := range deployments {
			d := &deployments[i]
			if d.ID == "" || d.Environment == "" || d.EnvironmentID == "" || d.Started.IsZero() || d.LifeCycle == "" {
				t.Fatalf("accepted %+v", d)
			}
			for _, at := range []time.Time{d.Started, d.Executed, d.Finished} {
				if at.Year() < 0 || at.Year() > 9999 {
					return // in its own zone it could be said
				}
			}
			if again, err = Append(again, d); err != nil {
				t.Fatalf("%+v cannot be written again: %v", d, err)
			}
		}
		same, err := Decode(context.Background(), bytes.NewReader(again), "again")
		if err != nil || len(same) != len(deployments) {
			t.Fatalf("%d deployments, %d after writing: %v", len(deployments), len(same), err)
		}
	})
}
