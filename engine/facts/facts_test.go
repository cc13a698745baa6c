package facts_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// after merges polls one after the other.
func after(tb testing.TB, steps ...step) source.Known {
	tb.Helper()
	known := source.Known{Key: source.Key{Name: "bamboo", Address: "bamboo.example.com"}}
	for _, s := range steps {
		known, _, _ = merge(tb, known, s.poll())
	}
	return known
}

func TestWhenRead(t *testing.T) {
	friday := ran("42", "13 16:40", "13 16:49", "success")
	fails := func(err error) func(*facts.Poll) { return func(p *facts.Poll) { p.Err = err } }
	more := func(p *facts.Poll) {
		p.Answer.Environments[0].Reading, p.Answer.More = source.ReadPart, true
	}
	broken := fails(&source.Error{EnvironmentID: "1", Err: errors.New("one run could not be\nread")})
	for _, tt := range []struct {
		name    string
		steps   []step
		want    string // first, good, failed, read
		failure string
		source  bool
	}{
		{"complete", []step{poll("13 17:00", friday)}, "13T17:00 13T17:00  13T17:00", "", true},
		{"complete again", []step{poll("13 17:00", friday), poll("13 18:00", friday)}, "13T17:00 13T18:00  13T18:00", "", false},
		{"part", []step{poll("13 17:00", friday).with(more)}, "  13T17:00 ", "the first reading is not at its end", true},
		{"failed", []step{poll("13 17:00", friday), poll("13 18:00").with(fails(errors.New("no"))).listed()}, "13T17:00 13T17:00 13T18:00 13T17:00", "no", true},
		{"failed twice", []step{poll("13 17:00").with(fails(errors.New("no"))).listed(), poll("13 18:00").with(fails(errors.New("no"))).listed()}, "  13T18:00 ", "no", false},
		{"read with an error", []step{poll("13 17:00", friday).with(broken)}, "  13T17:00 ", `one run could not be; read`, true},
		{"good again", []step{poll("13 17:00", friday).with(broken), poll("13 18:00", friday)}, "13T18:00 13T18:00  13T18:00", "", true},
		{"not listed", []step{poll("13 17:00", friday).with(func(p *facts.Poll) { p.Answer.Listed = false })}, "  13T17:00 13T17:00", "not every environment was read", true},
		{"no room", []step{poll("13 17:00", friday).with(func(p *facts.Poll) { p.Room, p.Err = 0, errors.New("no") })}, "  13T17:00 ",
			"there is no room for 1 more runs, because one policy keeps only so many (hint: let the source select less)", true},
		{"of an environment that is not listed", []step{poll("13 17:00", of("2", friday))}, "  13T17:00 13T17:00",
			"there are records of 1 environments that the source does not list: they were left out", true},
		{"a file without it", []step{poll("13 17:00", friday).file(), poll("13 18:00").listed().file()}, "13T17:00 13T18:00  13T18:00", "", false},
		{"the clock was ahead", []step{poll("14 17:00", friday), poll("13 18:00").with(fails(errors.New("no")))}, "13T18:00 14T17:00 13T18:00 13T18:00", "no", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var known source.Known
			var changes source.Changes
			for _, s := range tt.steps {
				known, changes, _ = merge(t, known, s.poll())
			}
			read := ""
			if e := known.Environment("1"); e != nil {
				read = mark(e.Read)
			}
			got := fmt.Sprintf("%s %s %s %s", mark(known.FirstRead), mark(known.Good), mark(known.Failed), read)
			if got != tt.want || known.Failure != tt.failure || changes.Source != tt.source {
				t.Errorf("got %q, failure %q, written: %v; want %q, %q, %v", got, known.Failure, changes.Source, tt.want, tt.failure, tt.source)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	known := after(t, poll("13 17:00", queued("41", "13 16:40"), running("42", "13 16:30")))
	for _, tt := range []struct {
		name          string
		step          step
		runs, dropped []string
		environments  []string
	}{
		{"nothing", poll("13 18:00", queued("41", "13 16:40")), nil, nil, nil},
		{"still running", poll("13 18:00", running("42", "13 16:30")), []string{"42 13T16:30- running"}, nil, nil},
		{"began", poll("13 18:00", running("41", "13 17:10")).from("13 16:30"), []string{"41 13T17:10- running"}, []string{"41 13T16:40- never ran"}, nil},
		{"began at once", poll("13 18:00", running("41", "13 16:40")), []string{"41 13T16:40- running"}, nil, nil},
		{"gone", poll("13 18:00").listed(), nil, nil, []string{"1"}},
		{"names", poll("13 18:00", running("42", "13 16:30")).with(func(p *facts.Poll) { p.Answer.Environments[0].Name = "Prod" }), []string{"42 13T16:30- running"}, nil, []string{"1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c, _ := merge(t, known, tt.step.poll())
			list := func(runs []rules.Deployment) (list []string) {
				for _, d := range runs {
					list = append(list, showRun(&d))
				}
				return list
			}
			if got := list(c.Runs); !slices.Equal(got, tt.runs) {
				t.Errorf("Runs = %q, want %q", got, tt.runs)
			}
			if got := list(c.Dropped); !slices.Equal(got, tt.dropped) {
				t.Errorf("Dropped = %q, want %q", got, tt.dropped)
			}
			if !slices.Equal(c.Environments, tt.environments) {
				t.Errorf("Environments = %q, want %q", c.Environments, tt.environments)
			}
			if c.Key != known.Key {
				t.Errorf("Key = %v, want %v", c.Key, known.Key)
			}
		})
	}
}

// mark writes an instant, "" for none.
func mark(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return short(at)
}

// What is known of a run by name stays as it was first seen, so that renaming excuses
// nobody; what was empty is filled.
func TestNamesStayAsFirstSeen(t *testing.T) {
	first := ran("41", "13 16:40", "13 16:49", "success")
	first.Version, first.Source = "", "another"
	second := ran("41", "13 16:40", "13 16:59", "success")
	second.Environment, second.Project, second.Version, second.URL = "Prod", "Store", "v2", "https://bamboo.example.com/41"
	third := second
	third.Version = "v3"
	known := after(t, poll("13 17:00", first), poll("13 18:00", second), poll("13 19:00", third))
	want := first
	want.Source, want.Version, want.URL, want.Finished = "bamboo", "v2", second.URL, second.Finished
	if got := known.Environment("1").Deployments[0]; got != want {
		t.Errorf("known is %+v\nwant %+v", got, want)
	}
}

func TestNotesAreBounded(t *testing.T) {
	var list []rules.Deployment
	for i := range 2000 {
		list = append(list, ran(fmt.Sprint(i), "13 16:40", "1970-01-21T00:00:00Z", "success"))
	}
	known, _, notes := facts.Merge(source.Known{}, poll("13 17:00", list...).poll())
	if len(notes) != 51 || !strings.Contains(notes[50].Text, "950 more") {
		t.Errorf("%d notes, the last %+v", len(notes), notes[len(notes)-1])
	}
	if n := len(known.Environments[0].Unusable); n != 1000 {
		t.Errorf("%d unusable records are kept, want 1000", n)
	}
	if e := &known.Environments[0]; !e.Read.IsZero() || known.Failure == "" {
		t.Errorf("read at %v, failure %q, want none, and one", e.Read, known.Failure)
	}
}

func TestImport(t *testing.T) {
	at := day("20 12:00")
	base := after(t, poll("20 11:00", ran("42", "13 16:40", "13 16:49", "failed"), running("50", "20 10:30"), queued("51", "20 10:50")))
	for _, tt := range []struct {
		name     string
		list     []rules.Deployment
		complete string
		room     int
		want     string
		err      string
	}{
		{"two runs of one id (A4)", []rules.Deployment{ran("41", "06 16:40", "06 16:49", "failed"), ran("41", "09 16:40", "09 16:49", "success")}, "", 9,
			"1 from 13T16:40; 41 06T16:40-06T16:49 failed; 41 09T16:40-09T16:49 success; 42 13T16:40-13T16:49 failed; 50 20T10:30- running; 51 20T10:50- never ran", ""},
		{"complete from", []rules.Deployment{ran("41", "06 16:40", "", "failed")}, "01 00:00", 9,
			"1 from 01T00:00; 41 06T16:40- failed; 42 13T16:40-13T16:49 failed; 50 20T10:30- running; 51 20T10:50- never ran", ""},
		{"complete from a later instant", []rules.Deployment{ran("41", "06 16:40", "", "failed")}, "14 00:00", 9,
			"1 from 13T16:40; 41 06T16:40- failed; 42 13T16:40-13T16:49 failed; 50 20T10:30- running; 51 20T10:50- never ran", ""},
		{"known ones", []rules.Deployment{ran("42", "13 16:40", "13 16:59", "success"), ran("50", "20 10:20", "", "success"), queued("50", "20 10:55"), queued("51", "20 10:51")}, "", 1,
			"1 from 13T16:40; 42 13T16:40-13T16:59 success+failed; 50 20T10:20- success; 50 20T10:30- running; 51 20T10:50- never ran", ""},
		{"running in the file", []rules.Deployment{running("42", "13 16:40"), running("43", "13 16:50"), running("50", "20 10:30")}, "", 9,
			"1 from 13T16:40; 42 13T16:40-13T16:49 failed; 43 13T16:50-13T16:50 denied; 50 20T10:30- running; 51 20T10:50- never ran", ""},
		{"unusable", []rules.Deployment{ran("41", "06 16:40", "21 16:49", "failed")}, "", 9,
			"1 from 13T16:40 bad 41.finished !record; 42 13T16:40-13T16:49 failed; 50 20T10:30- running; 51 20T10:50- never ran", ""},
		{"another environment", []rules.Deployment{of("2", ran("41", "06 16:40", "", "failed"))}, "01 00:00", 9,
			"1 from 13T16:40; 42 13T16:40-13T16:49 failed; 50 20T10:30- running; 51 20T10:50- never ran\n2 from 01T00:00 !not_read; 41 06T16:40- failed", ""},
		{"no room", []rules.Deployment{ran("41", "06 16:40", "", "failed"), ran("43", "06 16:40", "", "failed")}, "", 1,
			"1 from 13T16:40; 42 13T16:40-13T16:49 failed; 50 20T10:30- running; 51 20T10:50- never ran", "1 runs are more"},
		{"complete from the future", nil, "21 00:00", 1,
			"1 from 13T16:40; 42 13T16:40-13T16:49 failed; 50 20T10:30- running; 51 20T10:50- never ran", "is to come"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := deepCopy(base)
			got, changes, _, err := facts.Import(base, tt.list, day(tt.complete), at, tt.room)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if is := show(&got, at); is != tt.want {
				t.Errorf("known is\n%s\nwant\n%s", is, tt.want)
			}
			checkChanges(t, &before, &got, &changes)
			if is := show(&base, at); is != show(&before, at) {
				t.Errorf("Import changed what it was given:\n%s", is)
			}
			_, again, _, err := facts.Import(got, tt.list, day(tt.complete), at, tt.room)
			if tt.err == "" && (err != nil || !again.Empty()) {
				t.Errorf("imported again, it changes %+v, %v", again, err)
			}
		})
	}
}

// An imported environment that the source lists later is not a new one.
func TestImportedEnvironmentIsNotNew(t *testing.T) {
	known := after(t, poll("20 11:00", ran("42", "13 16:40", "13 16:49", "failed")))
	known, _, _, err := facts.Import(known, []rules.Deployment{of("2", ran("41", "06 16:40", "", "failed"))}, time.Time{}, day("20 11:30"), 9)
	if err != nil {
		t.Fatal(err)
	}
	known, _, _ = merge(t, known, poll("20 12:00").listed(environment("1", "13 16:40"), environment("2", "19 10:00")).poll())
	want := "1 from 13T16:40; 42 13T16:40-13T16:49 failed\n2 from 19T10:00; 41 06T16:40- failed"
	if got := show(&known, day("20 12:00")); got != want {
		t.Errorf("known is\n%s\nwant\n%s", got, want)
	}
}

func TestRetire(t *testing.T) {
	friday, open := ran("42", "13 16:40", "13 16:49", "failed"), running("43", "13 16:50")
	there := after(t, poll("13 17:00", friday, open))
	if _, _, err := facts.Retire(there, "1", day("14 00:00")); err == nil || !strings.Contains(err.Error(), "is not gone") {
		t.Errorf("Retire of one that is listed: %v", err)
	}
	away := after(t, poll("13 17:00", friday, open), poll("13 18:00").listed())
	if _, _, err := facts.Retire(away, "2", day("14 00:00")); err == nil || !strings.Contains(err.Error(), "is not known") {
		t.Errorf("Retire of one that is not known: %v", err)
	}
	before := deepCopy(away)
	retired, changes, err := facts.Retire(away, "1", day("14 00:00"))
	if err != nil {
		t.Fatal(err)
	}
	checkChanges(t, &before, &retired, &changes)
	want := "1 from 13T16:40 gone retired; 42 13T16:40-13T16:49 failed; 43 13T16:50-13T17:00 denied"
	if got := show(&retired, day("14 00:00")); got != want {
		t.Errorf("known is\n%s\nwant\n%s", got, want)
	}
	if got := show(&away, day("14 00:00")); got != show(&before, day("14 00:00")) {
		t.Errorf("Retire changed what it was given:\n%s", got)
	}
	still, _, _ := merge(t, retired, poll("15 00:00").listed().poll())
	if got := show(&still, day("15 00:00")); got != want {
		t.Errorf("after a poll known is\n%s\nwant\n%s", got, want)
	}
	back, _, _ := merge(t, still, poll("15 10:00", friday, open).poll())
	want = "1 from 13T16:40; 42 13T16:40-13T16:49 failed; 43 13T16:50- running"
	if got := show(&back, day("15 10:00")); got != want {
		t.Errorf("listed again, known is\n%s\nwant\n%s", got, want)
	}
}

func TestStale(t *testing.T) {
	friday := ran("42", "13 16:40", "13 16:49", "failed")
	all := func(*rules.Environment) bool { return true }
	fresh := after(t, poll("13 17:00", friday))
	odd := after(t, poll("13 17:00", friday, ran("41", "13 16:40", "1970-01-21T00:00:00Z", "success")))
	away := after(t, poll("13 17:00", friday), poll("13 18:00").listed())
	part := after(t, poll("13 17:00", friday).with(func(p *facts.Poll) {
		p.Answer.Environments[0].Reading = source.ReadPart
	}))
	named := after(t, poll("13 17:00").listed(environment("it's", "")), poll("13 18:00").listed())
	for _, tt := range []struct {
		name    string
		known   *source.Known
		in      func(*rules.Environment) bool
		excused func(*rules.Environment, string) bool
		at      string
		want    string
	}{
		{"fresh", &fresh, all, nobody, "13 18:59", ""},
		{"noted ahead of the clock", &fresh, all, nobody, "12 00:00", ""},
		{"twice the interval ago", &fresh, all, nobody, "13 19:00", "not_read bamboo 1 : Shop/Production was last read at 2026-03-13T17:00:00Z"},
		{"out of scope", &fresh, func(*rules.Environment) bool { return false }, nobody, "14 17:00", ""},
		{"part", &part, all, nobody, "13 17:01", "not_read bamboo 1 : the first reading of Shop/Production is not at its end"},
		{"record", &odd, all, nobody, "13 17:01", `record bamboo 1 41: deployment 41 of Shop/Production cannot be judged, because its finished is "1970-01-21T00:00:00Z"`},
		{"excused", &odd, all, func(e *rules.Environment, id string) bool { return e.ID == "1" && id == "41" }, "13 17:01", ""},
		{"gone", &away, all, nobody, "13 18:01", "gone bamboo 1 : Shop/Production is not listed by its source any more; if it is gone for good, run: fridaycounter history retire 1"},
		{"an id for the shell", &named, all, nobody, "13 18:01", `gone bamboo it's : Shop/Eit's is not listed by its source any more; if it is gone for good, run: fridaycounter history retire 'it'\''s'`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range facts.Stale(tt.known, tt.in, tt.excused, day(tt.at), 2*time.Hour) {
				got = append(got, fmt.Sprintf("%s %s %s %s: %s", r.Kind, r.Source, r.Environment, r.ID, r.Text))
			}
			if got := strings.Join(got, "\n"); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestSelected(t *testing.T) {
	known := after(t, poll("13 17:00", ran("42", "13 16:40", "13 16:49", "failed")).listed(environment("1", "13 16:40"), environment("2", "")),
		poll("13 18:00").with(func(p *facts.Poll) { p.Answer.Environments[0].Name = "Prod" }))
	pattern, err := rules.ParsePattern("Production")
	if err != nil {
		t.Fatal(err)
	}
	list := facts.Selected(&known, &source.Selection{Environments: []rules.Pattern{pattern}})
	if len(list) != 1 || list[0].ID != "1" || list[0].Source != "bamboo" || !list[0].FirstRead.Equal(day("13 17:00")) || len(list[0].Deployments) != 1 {
		t.Errorf("Selected = %+v", list)
	}
	if list := facts.Selected(&known, &source.Selection{}); len(list) != 2 {
		t.Errorf("%d are selected by no patterns, want 2", len(list))
	}
}

func TestLatest(t *testing.T) {
	known := after(t, poll("13 17:00", queued("40", "13 16:55"), ran("42", "13 16:40", "13 16:49", "failed"), running("43", "13 16:50")),
		poll("13 18:00").vanished("43"))
	for _, tt := range []struct{ at, want string }{
		{"13 18:00", "13T16:55 40 1"},
		{"13 12:00", "13T16:50 43 1"}, // 40 may be planned; what 43 has as its end was noted here
	} {
		latest := facts.Latest([]source.Known{known}, day(tt.at))
		if got := fmt.Sprintf("%s %s %s", short(latest.At), latest.ID, latest.Environment); got != tt.want {
			t.Errorf("Latest at %s = %s, want %s", tt.at, got, tt.want)
		}
	}
	if at := facts.Latest([]source.Known{{}}, day("13 18:00")).At; !at.IsZero() {
		t.Errorf("Latest of nothing = %v", at)
	}
}
