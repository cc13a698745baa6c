package history_test

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// fixture places a file of testdata, which never changes.
func fixture(t *testing.T, name string) string {
	t.Helper()
	return placed(t, t.TempDir(), []byte(content(t, filepath.Join("testdata", name))))
}

// The first program of version 1 wrote 1.db.
func TestVersion1(t *testing.T) {
	path := fixture(t, "1.db")
	_, err := history.OpenRead(ctx, path, history.Opts{})
	wantKind(t, err, history.Older, path)
	s := open(t, path)
	failed := deployed("deploy/82", noon.Add(time.Hour))
	failed.Started = time.Date(1600, 1, 1, 0, 0, 0, 1, time.UTC)
	failed.State, failed.URL = rules.StateFailed, ""
	running := under("83", noon.Add(2*time.Hour))
	running.SeenRunning = noon
	e := production()
	e.Deployments = []rules.Deployment{deployed("81", noon), running, failed}
	want := filled(&source.Known{
		Key: source.Key{Name: "bamboo"}, Failed: noon, Failure: "timeout",
		Environments: []source.KnownEnvironment{e, {
			Environment: rules.Environment{ID: "8", Name: "Test", ProjectID: "1", Project: "Shop", CompleteFrom: noon.AddDate(0, -1, 0)},
			Partial:     true, FirstSeen: noon,
		}},
	})
	if got := load(t, s, want.Key); diff(got, *want) != "" {
		t.Errorf("got, want: %s", diff(got, *want))
	}
	wantGood := history.LastGood{Path: "/etc/counter.cue", File: []byte("package counter\n"), Hash: "ab", Config: []byte("{}"), Program: "v1", Saved: noon}
	if got, ok, err := s.LastGood(ctx); diff(got, wantGood) != "" || !ok || err != nil {
		t.Errorf("last good: got %v, %v, %v, want %v", got, ok, err, wantGood)
	}
	if err := errors.Join(s.Check(ctx), s.Close()); err != nil {
		t.Fatal(err)
	}
	closed(t, open(t, path))
}

// demo-1.db is a year of the demo, which the last program of version 1 read.
func TestVersion1Demo(t *testing.T) {
	path := fixture(t, "demo-1.db")
	want := queried(t, path)
	s := open(t, path)
	key := source.Key{Name: "bamboo", Address: "127.0.0.1:18123"}
	got := load(t, s, key)
	polled, first, from := time.Unix(0, 1795990405613166673).UTC(), time.Unix(0, 1795990405484548617).UTC(), time.Unix(0, 1764611393005000000).UTC()
	if !got.Good.Equal(polled) || !got.FirstRead.Equal(first) || !got.Failed.IsZero() || len(got.Environments) != 1 {
		t.Fatalf("got %v, %v, %v and %d environments, want %v, %v, none and 1", got.Good, got.FirstRead, got.Failed, len(got.Environments), polled, first)
	}
	e := got.Environments[0]
	if e.ID != "4294967301" || e.Name != "Production" || e.Project != "shop" || !e.CompleteFrom.Equal(from) || !e.Exhausted || e.Partial || !e.Read.Equal(first) {
		t.Errorf("got %+v", e.Environment)
	}
	if len(want) != 228 || diff(e.Deployments, want) != "" {
		t.Errorf("%d deployments: got, want: %s", len(want), diff(e.Deployments, want))
	}
	if err := errors.Join(s.Check(ctx), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// queried reads the deployments of a file of version 1, as its view shows them.
func queried(t *testing.T, path string) (list []rules.Deployment) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT v.project_id, v.project, v.environment_id, v.environment, CAST(v.id AS TEXT), v.version, v.state, v.life_cycle, v.url,
		coalesce(d.started, 0), coalesce(d.executed, 0), coalesce(d.finished, 0) FROM deployments v JOIN deployment d USING (id)`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		d := rules.Deployment{Source: "bamboo"}
		var dates [3]int64
		if err := rows.Scan(&d.ProjectID, &d.Project, &d.EnvironmentID, &d.Environment, &d.ID, &d.Version, &d.State, &d.LifeCycle, &d.URL,
			&dates[0], &dates[1], &dates[2]); err != nil {
			t.Fatal(err)
		}
		for i, to := range []*time.Time{&d.Started, &d.Executed, &d.Finished} {
			if dates[i] != 0 {
				*to = time.Unix(0, dates[i]).UTC()
			}
		}
		list = append(list, d)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, source.CompareRuns)
	return list
}

// old makes a file of version 1 with statements of the test.
func old(tb interface{ Fatal(...any) }, path string, statements ...string) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		tb.Fatal(err)
	}
	all := append([]string{history.Version1, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 1", 0x66726964)}, statements...)
	_, err = db.Exec(strings.Join(all, ";\n"))
	if err := errors.Join(err, db.Close()); err != nil {
		tb.Fatal(err)
	}
}

// text is a text in SQL.
func text(s string) string { return "CAST(x'" + fmt.Sprintf("%x", s) + "' AS TEXT)" }

// date is an instant as version 1 has it, in SQL.
func date(t time.Time) string {
	switch {
	case t.IsZero():
		return "NULL"
	case t.Year() > 1678 && t.Year() < 2261:
		return fmt.Sprint(t.UnixNano())
	}
	return fmt.Sprintf("'%d.%09d'", t.Unix(), t.Nanosecond())
}

// What version 1 can hold arrives, whatever it is.
func TestVersion1Everything(t *testing.T) {
	fewChecks(t)
	dir, n := memory(t), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n)+".db")
		ended := rapid.Bool().Draw(t, "ended")
		want := source.Known{Key: source.Key{Name: "file", Address: "/srv/a b.jsonl"}}
		script := []string{"INSERT INTO source VALUES (1, 'file /srv/a b.jsonl', NULL, NULL, '', NULL, 0, 0, 0, 0)"}
		for i, id := range []string{"", "10", "7"} {
			e := source.KnownEnvironment{Environment: rules.Environment{
				ID: id, Name: "Name", ProjectID: "1", Project: "Shop",
				CompleteFrom: drawDate(t, "complete"), Exhausted: rapid.Bool().Draw(t, "exhausted"),
			}, Partial: rapid.Bool().Draw(t, "partial"), FirstSeen: drawDate(t, "first seen")}
			seen := drawDate(t, "last seen")
			if !e.Partial {
				e.Read = seen
			}
			script = append(script, fmt.Sprintf("INSERT INTO environment VALUES (%d, 1, %s, 'Name', '1', 'Shop', %t, %s, %t, %s, %s, 0)",
				i+1, text(id), !e.Partial, date(e.CompleteFrom), e.Exhausted, date(e.FirstSeen), date(seen)))
			for j, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "10", "9", "-5", "007", "9223372036854775808", "x", ""}), 0, 5, rapid.ID).Draw(t, "ids") {
				d := drawDeployment(t)
				d.ID, d.Outcomes, d.SeenRunning, d.Denied = id, 0, time.Time{}, false
				changed, kind, latest := drawDate(t, "changed"), 10*i+j, "1"
				if !ended {
					latest = "9223372036854775807"
					if !d.Executed.IsZero() {
						d.SeenRunning = changed
					}
				}
				stored := text(d.ID)
				if slices.Contains([]string{"1", "10", "9", "-5"}, id) {
					stored = id
				}
				script = append(script,
					fmt.Sprintf("INSERT INTO kind VALUES (%d, %d, %s, %s, %s, %s, %s, 0)", kind, i+1,
						text(d.Environment+fmt.Sprint(j)), text(d.ProjectID), text(d.Project), text(string(d.State)), text(string(d.LifeCycle))),
					fmt.Sprintf("INSERT INTO deployment VALUES (%d, 1, %d, %s, %d, %s, %s, %s, %s, %s, %s, NULL, %s, 0)", kind, i+1, stored, kind, latest,
						date(d.Started), date(d.Executed), date(d.Finished), text(d.Version), text(d.URL), date(changed)))
				d.Environment += fmt.Sprint(j)
				e.Deployments, e.FormerNames = append(e.Deployments, d), append(e.FormerNames, d.Environment)
				if d.Project != "" && d.Project != "Shop" && !slices.Contains(e.FormerProjects, d.Project) {
					e.FormerProjects = append(e.FormerProjects, d.Project)
				}
			}
			slices.SortFunc(e.Deployments, source.CompareRuns)
			want.Environments = append(want.Environments, e)
		}
		filled(&want)
		old(t, path, script...)
		s := openRapid(t, path)
		defer s.Close()
		got, err := s.Load(ctx, want.Key)
		if err := errors.Join(err, s.Check(ctx)); err != nil {
			t.Fatal(err)
		}
		if diff := diff(got, want); diff != "" {
			t.Fatalf("got, want: %s", diff)
		}
	})
}

// The first edition kept names as the server sent them.
func TestVersion1Controls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.db")
	old(t, path,
		"INSERT INTO source VALUES (1, 'file /srv/a.jsonl', NULL, NULL, '', NULL, 0, 0, 0, 0)",
		"INSERT INTO environment VALUES (1, 1, '7', 'Prod' || char(8238), '1', 'Shop' || char(27), 1, NULL, 0, NULL, NULL, 0)")
	known := load(t, open(t, path), source.Key{Name: "file", Address: "/srv/a.jsonl"})
	e := known.Environments[0]
	if got, want := e.Name+" "+e.Project, `Prod\u202e Shop\x1b`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The keys of version 1, and what becomes of their polls.
func TestVersion1Sources(t *testing.T) {
	path := filepath.Join(memory(t), "history.db")
	at := func(hours int) string { return date(noon.Add(time.Duration(hours) * time.Hour)) }
	environment := func(row, source int, id, name string, known bool, seen int) string {
		return fmt.Sprintf("INSERT INTO environment VALUES (%d, %d, '%s', '%s', '1', 'Shop', %t, %s, 0, %s, %s, 0)", row, source, id, name, known, at(-seen), at(-1), at(seen))
	}
	run := func(row, environment, id, hours int, version, latest string) string {
		return fmt.Sprintf("INSERT INTO deployment VALUES (%d, 1, %d, %d, 1, %s, %s, NULL, NULL, '%s', '', NULL, %s, 0)", row, environment, id, latest, at(hours), version, at(row))
	}
	const running = "9223372036854775807"
	old(t, path,
		"INSERT INTO source VALUES (1, 'bamboo http://ci.example.com:8085/bamboo', "+at(1)+", "+at(3)+", 'timeout', NULL, 0, 0, 0, 0)",
		"INSERT INTO source VALUES (2, 'bamboo https://ci.example.com:8085/bamboo', "+at(2)+", "+at(1)+", 'old', NULL, 0, 0, 0, 0)",
		"INSERT INTO source VALUES (3, 'file /srv/a://b', NULL, "+at(1)+", 'no such file', NULL, 0, 0, 0, 0)",
		"INSERT INTO kind VALUES (1, 1, 'First', '1', 'Shop', 'SUCCESS', 'FINISHED', 0)",
		environment(1, 1, "7", "Production", true, 1), environment(2, 2, "7", "Live", true, 2), environment(3, 2, "8", "Test", false, 2),
		environment(4, 1, "8", "Test", true, 1),
		run(1, 1, 1, 0, "a", "1"), run(2, 2, 1, 0, "b", running), run(3, 2, 3, 1, "c", "1"), run(4, 1, 2, 0, "d", "1"), run(5, 2, 2, 0, "e", "1"),
		`INSERT INTO latch VALUES (1, CAST('[{"fingerprint":"ab","status":401,"at":"2026-03-13T13:00:00.000000005+01:00"},{"fingerprint":"aa","status":403}]' AS BLOB), 0)`,
	)
	s := open(t, path)
	keys, err := s.Sources(ctx)
	if want := []source.Key{{Name: "bamboo", Address: "ci.example.com:8085/bamboo"}, {Name: "file", Address: "/srv/a://b"}}; err != nil || diff(cmpSorted(keys), want) != "" {
		t.Fatalf("got %v, %v, want %v", keys, err, want)
	}
	// Of http and https the one that was polled later counts, and what both know.
	got := load(t, s, keys[0])
	if !got.Good.Equal(noon.Add(2*time.Hour)) || !got.Failed.IsZero() || got.Failure != "" || !got.FirstRead.Equal(noon.Add(-time.Hour)) {
		t.Errorf("got %v, %v %q, first %v", got.Good, got.Failed, got.Failure, got.FirstRead)
	}
	live, test := got.Environment("7"), got.Environment("8")
	if live == nil || live.Name != "Live" || !live.CompleteFrom.Equal(noon.Add(-2*time.Hour)) || diff(live.FormerNames, []string{"First"}) != "" {
		t.Errorf("got %+v", live)
	}
	if test == nil || test.Partial || !test.Read.Equal(noon.Add(time.Hour)) {
		t.Errorf("got %+v", test)
	}
	versions := ""
	for _, d := range live.Deployments {
		versions += d.ID + d.Version + " "
	}
	if want := "1a 2e 3c "; versions != want {
		t.Errorf("got %s, want %s", versions, want)
	}
	file := load(t, s, keys[1])
	if want := (source.Known{Key: keys[1], Failed: noon.Add(time.Hour), Failure: "no such file"}); diff(file, want) != "" {
		t.Errorf("got, want: %s", diff(file, want))
	}
	lockouts, err := s.Lockouts(ctx)
	want := []source.Lockout{{Fingerprint: "aa", Status: 403}, {Fingerprint: "ab", Status: 401, At: noon}}
	if err != nil || diff(lockouts, want) != "" {
		t.Errorf("got %v, %v, want %v", lockouts, err, want)
	}
	closed(t, s)
}

func cmpSorted(keys []source.Key) []source.Key {
	slices.SortFunc(keys, func(a, b source.Key) int { return cmp.Compare(a.Name, b.Name) })
	return keys
}

// A conversion is whole or did not happen: a file that lacks something is damaged.
func TestVersion1Damaged(t *testing.T) {
	for _, statement := range []string{
		"DELETE FROM kind",
		"DELETE FROM environment WHERE environment = 1",
		"DELETE FROM source",
		"DROP INDEX running",
	} {
		path := fixture(t, "1.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Exec(statement)
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		was := content(t, path)
		_, err = history.Open(ctx, path, history.Opts{})
		wantKind(t, err, history.Damaged, path)
		if content(t, path) != was {
			t.Errorf("%s: the file was changed", statement)
		}
		s, movedTo, err := history.Recover(ctx, path, history.Opts{}, noon)
		if err != nil || content(t, movedTo) != was {
			t.Fatalf("%s: got %q, %v, want it set aside", statement, movedTo, err)
		}
		closed(t, s)
	}
	// One that SQLite calls corrupt.
	path := fixture(t, "demo-1.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	var page int
	err = db.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = 'deployment'").Scan(&page)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	b := []byte(content(t, path))
	b[4096*(page-1)] = 0
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = history.Open(ctx, path, history.Opts{})
	wantKind(t, err, history.Damaged, path)
}

// A value of version 1 that is no list of logins brings no lockout, and refuses nothing.
func TestVersion1Lockout(t *testing.T) {
	for _, logins := range []string{"", "x", "{}", `{"a":"b"}`, `"a"`, `[1, "a", null, {"fingerprint":"a"}, {"status":401}]`} {
		path := filepath.Join(memory(t), "history.db")
		old(t, path, "INSERT INTO latch VALUES (1, CAST("+text(logins)+" AS BLOB), 0)")
		s := open(t, path)
		if got, err := s.Lockouts(ctx); got != nil || err != nil {
			t.Errorf("%q: got %v, %v, want none", logins, got, err)
		}
		closed(t, s)
	}
}
