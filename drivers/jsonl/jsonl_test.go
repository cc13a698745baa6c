package jsonl

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// read writes a file and reads it.
func read(t *testing.T, text string, environments ...string) (rules.Facts, error) {
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
	source, err := Open(Opts{Path: path, Environments: patterns})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := source.Read(context.Background())
	if err != nil {
		err = errors.New(strings.ReplaceAll(err.Error(), path, "FILE"))
	}
	return facts, err
}

func TestRead(t *testing.T) {
	got, err := read(t, "\ufeff"+`{"id":"1","project":"shop","environment":"Production","started":"2026-11-19T10:00:00+01:00"}
{"id":2,"project":"shop","environment":"Staging","version":"7","state":"Failed","started":"2026-11-20T10:00:00Z","executed":"2026-11-20T10:01:00Z","finished":"2026-11-20T10:02:00Z"}

{"id":"1","project":"shop","environment":"Production","version":"1.2","state":"success","started":"2026-11-19T10:00:00+01:00","finished":"2026-11-19T10:05:00+01:00","url":"https://ci/1"}
{"id":"3","environment":"Production","life_cycle":"queued","started":"2026-11-21T10:00:00Z","executed":null}`+"\r\n")
	if err != nil {
		t.Fatal(err)
	}
	want := rules.Facts{
		Environments: []rules.Environment{
			{ID: "Production", Name: "Production", CompleteFrom: at(t, "2026-11-21T10:00:00Z"), Exhausted: true},
			{ID: "shop/Production", Name: "Production", ProjectID: "shop", Project: "shop", CompleteFrom: at(t, "2026-11-19T09:00:00Z"), Exhausted: true},
			{ID: "shop/Staging", Name: "Staging", ProjectID: "shop", Project: "shop", CompleteFrom: at(t, "2026-11-20T10:00:00Z"), Exhausted: true},
		},
		Deployments: []rules.Deployment{
			{ID: "1", ProjectID: "shop", Project: "shop", EnvironmentID: "shop/Production", Environment: "Production", Version: "1.2", URL: "https://ci/1",
				Started: at(t, "2026-11-19T09:00:00Z"), Executed: at(t, "2026-11-19T09:00:00Z"), Finished: at(t, "2026-11-19T09:05:00Z"),
				State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished},
			{ID: "2", ProjectID: "shop", Project: "shop", EnvironmentID: "shop/Staging", Environment: "Staging", Version: "7",
				Started: at(t, "2026-11-20T10:00:00Z"), Executed: at(t, "2026-11-20T10:01:00Z"), Finished: at(t, "2026-11-20T10:02:00Z"),
				State: rules.StateFailed, LifeCycle: rules.LifeCycleFinished},
			{ID: "3", EnvironmentID: "Production", Environment: "Production", Started: at(t, "2026-11-21T10:00:00Z"),
				State: rules.StateUnknown, LifeCycle: rules.LifeCycleQueued},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Error(diff)
	}
}

func TestReadEnvironments(t *testing.T) {
	const text = `{"id":"1","project":"a","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"1","project":"b","environment":"Production","started":"2026-11-19T10:00:00Z"}
{"id":"2","project":"b","environment":"Staging","started":"2026-11-19T10:00:00Z"}
`
	for _, test := range []struct {
		patterns []string
		want     string // environment ids of deployments
	}{
		{nil, "a/Production b/Production b/Staging"},
		{[]string{"Production"}, "a/Production b/Production"},
		{[]string{"b/Production"}, "b/Production"},
		{[]string{"/^Stag/", "a/Production"}, "a/Production b/Staging"},
	} {
		facts, err := read(t, text, test.patterns...)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, d := range facts.Deployments {
			ids = append(ids, d.EnvironmentID)
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%q: got deployments to %s, want %s", test.patterns, got, test.want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	const ok = `{"id":"1","environment":"Production","started":"2026-11-19T10:00:00Z"}` + "\n"
	for _, test := range []struct{ name, text, want string }{
		{"not JSON", ok + "hello\n", `FILE:2:1: is not JSON: invalid character 'h' looking for beginning of value`},
		{"cut inside the file", ok + `{"id":"2","envir` + "\n" + ok, `FILE:2:17: is not JSON: invalid character '\n' in string literal`},
		{"ends early", `{"id":"2"` + "\n" + ok, `FILE:1:9: is not JSON: the line ends early`},
		{"array", "[]\n", `FILE:1:1: is not a JSON object`},
		{"two objects", `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z"} {}` + "\n", `FILE:1:62: has more than one object`},
		{"typo", `{"id":"1","executd":"2026-11-19T10:00:00Z"}` + "\n",
			`FILE:1:11: executd: is not a field: want one of id, project, project_id, environment, environment_id, version, state, life_cycle, started, executed, finished, url`},
		{"twice", `{"id":"1","id":"2"}` + "\n", `FILE:1:11: id: is given twice`},
		{"no id", `{"environment":"P","started":"2026-11-19T10:00:00Z"}` + "\n", `FILE:1:1: id: is required`},
		{"empty environment", `{"id":"1","environment":"","started":"2026-11-19T10:00:00Z"}` + "\n", `FILE:1:25: environment: is required`},
		{"no started", `{"id":"1","environment":"P","finished":"2026-11-19T10:00:00Z"}` + "\n", `FILE:1:1: started: is required`},
		{"time without zone", `{"id":"1", "environment":"P", "started": "2026-11-19T10:00:00"}` + "\n",
			`FILE:1:42: started: "2026-11-19T10:00:00" is not a time since 1970: want RFC 3339, like 2026-11-20T15:04:05+01:00`},
		{"time before 1970", `{"id":"1","environment":"P","started":"1969-11-19T10:00:00Z"}` + "\n",
			`FILE:1:39: started: "1969-11-19T10:00:00Z" is not a time since 1970: want RFC 3339, like 2026-11-20T15:04:05+01:00`},
		{"milliseconds", `{"id":"1","environment":"P","started":1763546400000}` + "\n", `FILE:1:39: started: is not a text`},
		{"state", `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z","state":"green"}` + "\n",
			`FILE:1:70: state: "green" is not success, failed or unknown`},
		{"life cycle", `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z","life_cycle":"done"}` + "\n",
			`FILE:1:75: life_cycle: "done" is not pending, queued, in_progress, finished or not_built`},
		{"all at once", "1\n" + ok + "2\n", "FILE:1:1: is not a JSON object\nFILE:3:1: is not a JSON object"},
		{"long line", ok + strings.Repeat("x", maxLine+1), `FILE:2:1: the line is longer than 65536 bytes`},
		{"ten errors", strings.Repeat("1\n", 1000), strings.Repeat("x\n", 10) + "jsonl: FILE: not read beyond 10 errors"},
	} {
		facts, err := read(t, test.text)
		if err == nil {
			t.Errorf("%s: got no error, want %s", test.name, test.want)
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
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		if len(facts.Deployments) > 0 || len(facts.Environments) > 0 {
			t.Errorf("%s: got facts beside the error: %v", test.name, facts)
		}
	}
}

func TestReadMissing(t *testing.T) {
	const text = `{"id":"1","environment":"Prod","started":"2026-11-19T10:00:00Z"}` + "\n"
	_, err := read(t, text, "Production", "Prod")
	if got, want := err.Error(), `jsonl: FILE: no deployment to environment ["Production"]; it has: Prod`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err = read(t, "", "Production")
	if got, want := err.Error(), `jsonl: FILE: no deployment to environment ["Production"]; the file has none at all`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := read(t, ""); err != nil {
		t.Errorf("an empty file without patterns: %v", err)
	}
}

func TestReadNoFile(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir:                           "is not a regular file",
		filepath.Join(dir, "none"):    "no such file",
		filepath.Join(dir, "no/none"): "no such file",
	} {
		s, err := Open(Opts{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Read(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if _, err := Open(Opts{}); err == nil {
		t.Error("Open without a path gave no error")
	}
}

// A script that appends is met at every byte of its write: the wall never breaks,
// and the new deployment is there once it is whole, with or without its newline.
func TestReadWhileAppended(t *testing.T) {
	const first = `{"id":"1","environment":"P","started":"2026-11-19T10:00:00Z"}` + "\n"
	const second = `{"id":"2","environment":"P\u00e9","version":"a \"b\"","started":"2026-11-19T10:00:00Z"}`
	for n := range len(second) + 1 {
		facts, err := read(t, first+second[:n])
		if err != nil {
			t.Fatalf("after %q: %v", second[:n], err)
		}
		want := 1
		if n == len(second) {
			want = 2
		}
		if got := len(facts.Deployments); got != want {
			t.Fatalf("after %q: got %d deployments, want %d", second[:n], got, want)
		}
	}
}

func TestDecodeTooLarge(t *testing.T) {
	line := append(bytes.Repeat([]byte(" "), 1023), '\n')
	_, err := Decode(context.Background(), bytes.NewReader(bytes.Repeat(line, maxFile/1024+1)), "big")
	if want := "jsonl: big: is larger than 64 MiB"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Decode(ctx, strings.NewReader("{}\n"), "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}

// Property: what Append writes, Decode reads.
func TestAppendDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		instant := func(name string) time.Time {
			return time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, name)).UTC()
		}
		name := rapid.StringMatching(`[ -~é\n"\\]{1,12}`)
		want := rules.Deployment{
			ID: name.Draw(t, "id"), ProjectID: name.Draw(t, "project id"), Project: name.Draw(t, "project"),
			EnvironmentID: name.Draw(t, "environment id"), Environment: name.Draw(t, "environment"),
			Version: rapid.String().Draw(t, "version"), URL: rapid.StringMatching(`https://[a-z]*`).Draw(t, "url"),
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

func BenchmarkDecode(b *testing.B) {
	d := rules.Deployment{ID: "123456", ProjectID: "1", Project: "shop", EnvironmentID: "2", Environment: "Production", Version: "release-7",
		Started: time.UnixMilli(1631513979524), Executed: time.UnixMilli(1631513979600), Finished: time.UnixMilli(1631513989524),
		State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished}
	line, err := Append(nil, &d)
	if err != nil {
		b.Fatal(err)
	}
	file := bytes.Repeat(line, 1000)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := Decode(context.Background(), bytes.NewReader(file), "bench"); err != nil {
			b.Fatal(err)
		}
	}
}
