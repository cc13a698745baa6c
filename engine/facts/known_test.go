package facts_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A row is a sentence on what is known, and what follows from it for polls
// one after the other. want is [show] a second after the last of them.
type row struct {
	sentence string
	steps    []step
	want     string
	notes    string // their kinds, of all steps
}

func TestKnown(t *testing.T) {
	for _, group := range []struct {
		name string
		rows []row
	}{{"Runs", runRows()}, {"Records", recordRows()}, {"Environments", environmentRows()}, {"CompleteFrom", completeRows()}, {"Sources", sourceRows()}} {
		for _, r := range group.rows {
			t.Run(group.name+"/"+r.sentence, func(t *testing.T) {
				var known source.Known
				var kinds []string
				var at time.Time
				for _, s := range r.steps {
					var notes []source.Note
					p := s.poll()
					known, _, notes = merge(t, known, p)
					at = p.Now
					for _, n := range notes {
						kind, _, _ := strings.Cut(n.Topic, " ")
						if !slices.Contains(kinds, kind) {
							kinds = append(kinds, kind)
						}
					}
				}
				if got := show(&known, at.Add(time.Second)); got != r.want {
					t.Errorf("known is\n%s\nwant\n%s", got, r.want)
				}
				if got := strings.Join(kinds, " "); got != r.notes {
					t.Errorf("notes: got %q, want %q", got, r.notes)
				}
			})
		}
	}
}

func runRows() []row {
	executed := func(d rules.Deployment, at string) rules.Deployment {
		d.Executed = day(at)
		return d
	}
	renamed := func(d rules.Deployment) rules.Deployment {
		d.Version, d.URL = "another", "https://bamboo.example.com/another"
		return d
	}
	outcome := func(d rules.Deployment, s rules.State) rules.Deployment {
		d.State = s
		return d
	}
	return []row{{
		"A run is an id of an environment and a start",
		[]step{poll("13 17:00", ran("41", "13 16:40", "13 16:49", "failed"))},
		"1 from 13T16:40; 41 13T16:40-13T16:49 failed", "",
	}, {
		"start: executed, given or implied, else started",
		[]step{
			poll("13 17:00", executed(ran("41", "13 16:00", "13 16:49", "success"), "13 16:40"), executed(ran("42", "13 15:00", "13 15:10", "success"), "")),
			poll("13 18:00", executed(ran("41", "13 16:10", "13 16:49", "success"), "13 16:40"), executed(ran("42", "13 15:00", "13 15:10", "success"), "13 15:00")),
		},
		"1 from 13T15:00; 41 13T16:40-13T16:49 success; 42 13T15:00-13T15:10 success", "",
	}, {
		"dates are compared to the second",
		[]step{
			poll("13 17:00", ran("41", "2026-03-13T16:40:00.9Z", "2026-03-13T16:49:00.1Z", "success")),
			poll("13 18:00", ran("41", "2026-03-13T16:40:00Z", "2026-03-13T16:49:00.7Z", "success")),
		},
		"1 from 13T16:40; 41 13T16:40-13T16:49 success", "",
	}, {
		"Final facts are never unlearned",
		[]step{
			poll("13 17:00", ran("41", "13 16:40", "13 16:49", "failed")),
			poll("13 18:00", running("41", "13 16:40")),
			poll("13 19:00", queued("41", "13 16:40")),
			poll("13 20:00", cancelled("41", "13 18:00")),
			poll("13 21:00").vanished("41"),
		},
		"1 from 13T16:40; 41 13T16:40-13T16:49 failed; 41 13T18:00- never ran", "",
	}, {
		"A record with a known id and another start is another run, kept beside; both count (A1)",
		[]step{
			poll("13 17:00", ran("41", "13 16:40", "13 16:49", "failed")),
			poll("16 10:00", ran("41", "16 09:00", "16 09:09", "success")).from("13 16:40"),
		},
		"1 from 13T16:40; 41 13T16:40-13T16:49 failed; 41 16T09:00-16T09:09 success", "runs",
	}, {
		"both count (A1, both lines in one answer)",
		[]step{poll("16 10:00", ran("41", "16 09:00", "16 09:09", "success"), ran("41", "13 16:40", "13 16:49", "failed"))},
		"1 from 13T16:40; 41 13T16:40-13T16:49 failed; 41 16T09:00-16T09:09 success", "runs",
	}, {
		"rewritten dates of what is final: both count (A7)",
		[]step{
			poll("13 17:00", ran("41", "13 16:40", "13 16:49", "success")),
			poll("13 18:00", ran("41", "2025-03-14T16:40:00Z", "2025-03-14T16:49:00Z", "success")),
		},
		"1 from 13T16:40; 41 2025-03-14T16:40-2025-03-14T16:49 success; 41 13T16:40-13T16:49 success", "runs",
	}, {
		"Runs of one id and start are one run, to its latest end",
		[]step{
			poll("13 17:00", ran("41", "13 16:40", "13 16:49", "success")),
			poll("13 18:00", ran("41", "13 16:40", "13 16:45", "success")),
			poll("13 19:00", ran("41", "13 16:40", "13 16:59", "success")),
			poll("13 20:00", ran("41", "13 16:40", "", "success")),
		},
		"1 from 13T16:40; 41 13T16:40-13T16:59 success", "",
	}, {
		"with every outcome that it ever had",
		[]step{
			poll("13 17:00", ran("41", "13 16:40", "13 16:49", "failed")),
			poll("13 18:00", ran("41", "13 16:40", "13 16:49", "success"), ran("41", "13 16:40", "13 16:49", "unknown")),
			poll("13 19:00", ran("41", "13 16:40", "13 16:49", "success")),
		},
		"1 from 13T16:40; 41 13T16:40-13T16:49 unknown+success+failed", "",
	}, {
		"Reversed ends are swapped and logged; what another end says beside counts too",
		[]step{
			poll("13 17:00", ran("41", "13 16:40", "13 16:30", "success")),
			poll("13 18:00", ran("41", "13 16:40", "13 16:50", "success")),
			poll("13 19:00", ran("41", "13 16:40", "13 16:20", "success")),
		},
		"1 from 13T16:40; 41 13T16:20-13T16:40 success; 41 13T16:30-13T16:40 success; 41 13T16:40-13T16:50 success", "reversed runs",
	}, {
		"names, version and link may change and decide nothing new",
		[]step{
			poll("13 17:00", ran("41", "13 16:40", "13 16:49", "success")),
			poll("13 18:00", renamed(ran("41", "13 16:40", "13 16:49", "success"))),
		},
		"1 from 13T16:40; 41 13T16:40-13T16:49 success", "",
	}, {
		"A record that still says that a known running one executed at its start is believed whole",
		[]step{
			poll("13 17:00", running("41", "13 16:40")),
			poll("13 18:00", ran("41", "13 16:40", "13 16:49", "failed")),
		},
		"1 from 13T16:40; 41 13T16:40-13T16:49 failed", "",
	}, {
		"believed whole, but being told no end is no reason to forget that it was seen running",
		[]step{
			poll("13 17:00", running("41", "12 23:50")),
			poll("13 18:00", ran("41", "12 23:50", "", "not_built")),
		},
		"1 from 12T23:50; 41 12T23:50-13T17:00 not_built", "",
	}, {
		"seen running and denied: queued again (A6)",
		[]step{
			poll("13 17:00", running("101", "13 16:40")),
			poll("14 09:00", queued("101", "13 16:30")).from("13 16:40"),
		},
		"1 from 13T16:40; 101 13T16:30- never ran; 101 13T16:40-13T17:00 denied", "denied",
	}, {
		"seen running and denied: queued again with its own start",
		[]step{
			poll("13 17:00", running("101", "13 16:40")),
			poll("14 09:00", queued("101", "13 16:40")),
		},
		"1 from 13T16:40; 101 13T16:40-13T17:00 denied", "denied",
	}, {
		"seen running and denied: cancelled without executed (A2)",
		[]step{
			poll("13 10:30", running("41", "13 10:00")),
			poll("13 11:30", running("41", "13 10:00")),
			poll("16 09:00", cancelled("41", "13 10:00")),
		},
		"1 from 13T10:00; 41 13T10:00-13T11:30 denied", "denied",
	}, {
		"seen running and denied: a later start (A3, A6)",
		[]step{
			poll("13 23:55", running("41", "13 23:50")),
			poll("14 00:15", ran("41", "14 00:00", "14 00:10", "success")).from("13 23:50"),
		},
		"1 from 13T23:50; 41 13T23:50-13T23:55 denied; 41 14T00:00-14T00:10 success", "denied runs",
	}, {
		"denied by a later start only: an earlier one is an older run",
		[]step{
			poll("13 17:00", running("41", "13 16:40")),
			poll("13 18:00", ran("41", "06 10:00", "06 10:10", "success")),
		},
		"1 from 13T16:40; 41 06T10:00-06T10:10 success; 41 13T16:40- running", "runs",
	}, {
		"not denied where the answer has its record too",
		[]step{
			poll("13 17:00", running("41", "13 16:40")),
			poll("13 18:00", ran("41", "13 17:30", "13 17:40", "success"), running("41", "13 16:40")),
		},
		"1 from 13T16:40; 41 13T16:40- running; 41 13T17:30-13T17:40 success", "runs",
	}, {
		"or has vanished",
		[]step{
			poll("13 17:00", running("41", "13 16:40"), queued("42", "13 16:50")),
			poll("13 18:00").vanished("41", "42", "43"),
		},
		"1 from 13T16:40; 41 13T16:40-13T17:00 denied", "denied",
	}, {
		"ended when it was last seen running, else at its start (A3, in one file)",
		[]step{poll("14 00:15", running("41", "13 23:50"), ran("41", "14 00:00", "14 00:10", "success")).file()},
		"1 from 13T23:50; 41 13T23:50-13T23:50 denied; 41 14T00:00-14T00:10 success", "runs",
	}, {
		"That end is provisional: the same start seen running again reopens it",
		[]step{
			poll("13 17:00", running("41", "13 16:40")),
			poll("13 18:00", queued("41", "13 17:30")).from("13 16:40"),
			poll("13 19:00", running("41", "13 16:40")),
		},
		"1 from 13T16:40; 41 13T16:40- running", "denied",
	}, {
		"provisional: the same start seen final is believed, to the later end",
		[]step{
			poll("13 17:00", running("41", "13 16:40"), running("42", "13 16:41")),
			poll("13 18:00").vanished("41", "42"),
			poll("13 19:00", ran("41", "13 16:40", "13 16:45", "success"), ran("42", "13 16:41", "13 18:30", "failed")),
		},
		"1 from 13T16:40; 41 13T16:40-13T17:00 success; 42 13T16:41-13T18:30 failed", "denied",
	}, {
		"Vanished is never an error, or an environment that was not read",
		[]step{
			poll("13 17:00", running("41", "13 16:40")),
			poll("13 18:00").with(func(p *facts.Poll) {
				p.Answer.Environments[0].Reading = source.ReadNothing
				p.Err = &source.Error{EnvironmentID: "1", Err: errors.New("no")}
			}),
			poll("13 18:10").with(func(p *facts.Poll) { p.Answer, p.Err = source.Answer{}, errors.New("no") }),
			poll("13 18:20"),
		},
		"1 from 13T16:40; 41 13T16:40- running", "",
	}, {
		"In a file, only the last line of an id can be running",
		[]step{
			poll("13 17:00", running("41", "13 16:40")).file(),
			poll("13 18:00", running("41", "13 16:40"), running("41", "13 17:30")).file(),
		},
		"1 from 13T16:40; 41 13T16:40-13T17:00 denied; 41 13T17:30- running", "denied runs",
	}, {
		"only the last line: also where that one is known",
		[]step{
			poll("13 17:00", ran("41", "13 16:00", "13 16:10", "success")).file(),
			poll("13 18:00", running("41", "13 17:30"), ran("41", "13 16:00", "13 16:10", "success")).file(),
		},
		"1 from 13T16:00; 41 13T16:00-13T16:10 success; 41 13T17:30-13T17:30 denied", "runs",
	}, {
		"only the last line: not_built with the same start (A2, in one file)",
		[]step{poll("16 09:00", running("41", "13 10:00"), cancelled("41", "13 10:00")).file()},
		"1 from 13T10:00; 41 13T10:00-13T10:00 denied", "",
	}, {
		"a start line after the end line of the same start changes nothing (A5)",
		[]step{poll("13 17:00", ran("41", "13 16:40", "13 16:49", "failed"), running("41", "13 16:40")).file()},
		"1 from 13T16:40; 41 13T16:40-13T16:49 failed", "",
	}, {
		"a start line after a line of the same start that never ran makes it run",
		[]step{poll("13 17:00", cancelled("41", "13 16:40"), running("41", "13 16:40")).file()},
		"1 from 13T16:40; 41 13T16:40- running", "",
	}, {
		"a start line that is there twice",
		[]step{poll("13 17:00", running("41", "13 16:40"), running("41", "13 16:40")).file()},
		"1 from 13T16:40; 41 13T16:40- running", "",
	}, {
		"a start line and its end line are one run, reversed ends too",
		[]step{
			poll("13 17:00", running("41", "13 16:40"), ran("41", "13 16:40", "13 16:30", "failed")).file(),
			poll("13 18:00", running("41", "13 16:40"), ran("41", "13 16:40", "13 16:30", "failed")).file(),
		},
		"1 from 13T16:40; 41 13T16:40-13T16:30 failed", "reversed",
	}, {
		"a start line and its end line are one run",
		[]step{poll("13 17:00", running("41", "13 16:40"), ran("41", "13 16:40", "13 16:49", "failed")).file()},
		"1 from 13T16:40; 41 13T16:40-13T16:49 failed", "",
	}, {
		"what waits is kept once for each id",
		[]step{
			poll("13 17:00", queued("41", "13 16:40"), cancelled("42", "13 16:00")).from("13 16:00"),
			poll("13 18:00", queued("41", "13 17:40")),
			poll("13 19:00", outcome(running("41", "13 18:40"), rules.StateUnknown)).from("13 16:00"),
		},
		"1 from 13T16:00; 41 13T18:40- running; 42 13T16:00- never ran", "",
	}}
}

func recordRows() []row {
	bad := func(u source.Unusable) func(*facts.Poll) {
		return func(p *facts.Poll) { p.Answer.Unusable = append(p.Answer.Unusable, u) }
	}
	friday := ran("42", "13 16:40", "13 16:49", "success")
	later := func(d rules.Deployment, started string) rules.Deployment {
		d.Started = day(started)
		return d
	}
	return []row{{
		"A date before 2000 makes that record unusable, and only that: its neighbours count at once (A11, A13)",
		[]step{
			poll("06 17:00", ran("40", "06 16:40", "06 16:49", "success")),
			poll("13 17:00", ran("41", "10 09:00", "1970-01-21T00:00:00Z", "success"), friday).from("06 16:40"),
		},
		"1 from 06T16:40 bad 41.finished !record; 40 06T16:40-06T16:49 success; 42 13T16:40-13T16:49 success", "record",
	}, {
		"before 2000 on what never ran too (A13)",
		[]step{poll("13 17:00", queued("41", "1970-01-01T00:00:00Z"), cancelled("43", "1999-12-31T23:59:59Z"), friday)},
		"1 from 13T16:40 bad 41.started bad 43.started !record !record; 42 13T16:40-13T16:49 success", "record",
	}, {
		"more than 5 minutes ahead on something that claims to have happened",
		[]step{poll("13 17:00", ran("41", "16 16:40", "16 16:49", "success"), running("43", "13 17:06"), ran("44", "13 16:50", "13 17:06", "success"), later(cancelled("45", "13 16:00"), "14 00:00"), friday)},
		"1 from 13T16:40 bad 41.started bad 43.started bad 44.finished bad 45.started !record !record !record !record; 42 13T16:40-13T16:49 success", "record",
	}, {
		"5 minutes ahead are no fault",
		[]step{poll("13 17:00", ran("41", "13 16:50", "13 17:04", "success"))},
		"1 from 13T16:50; 41 13T16:50-13T17:04 success", "",
	}, {
		"a result without any date cannot be judged",
		[]step{poll("13 17:00", ran("41", "", "", "success"), friday)},
		"1 from 13T16:40 bad 41.started !record; 42 13T16:40-13T16:49 success", "record",
	}, {
		"completeness is not touched",
		[]step{
			poll("13 17:00", friday, ran("41", "1970-01-01T00:00:00Z", "", "success")).from("1970-01-01T00:00:00Z"),
		},
		"1 from 13T16:40 bad 41.started !record; 42 13T16:40-13T16:49 success", "record",
	}, {
		"its environment is stale until the record is usable",
		[]step{
			poll("13 17:00", friday, ran("41", "13 15:00", "1970-01-21T00:00:00Z", "success")).from("13 16:40"),
			poll("13 18:00", friday).with(bad(source.Unusable{EnvironmentID: "1", ID: "40", Field: "finishedDate", Value: "-1"})),
			poll("13 19:00", friday),
			poll("13 20:00", friday, ran("41", "13 15:00", "13 15:10", "success")),
		},
		"1 from 13T16:40 bad 40.finishedDate !record; 41 13T15:00-13T15:10 success; 42 13T16:40-13T16:49 success", "record",
	}, {
		"one without an id, which nobody can except, counts until it is gone",
		[]step{
			poll("13 17:00", friday).with(bad(source.Unusable{EnvironmentID: "1", Field: "id", Value: "null"})),
			poll("13 18:00", friday),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success", "record",
	}, {
		"the last record of an id decides whether it is usable",
		[]step{poll("13 17:00", ran("41", "13 15:00", "1970-01-21T00:00:00Z", "success"), ran("41", "13 15:00", "13 15:10", "success"),
			running("42", "13 16:40"), ran("42", "13 16:40", "1970-01-21T00:00:00Z", "success")).file()},
		"1 from 13T15:00 bad 42.finished !record; 41 13T15:00-13T15:10 success; 42 13T16:40- running", "record",
	}, {
		"an unusable record changes nothing else",
		[]step{
			poll("13 17:00", running("41", "13 16:40")),
			poll("13 18:00", ran("41", "13 16:40", "16 16:49", "success")),
		},
		"1 from 13T16:40 bad 41.finished !record; 41 13T16:40- running", "record",
	}, {
		"A planned one is no fault (A12)",
		[]step{
			poll("13 17:00", friday, queued("41", "16 09:00")),
			poll("13 18:00", friday, queued("41", "16 09:00")),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success", "",
	}, {
		"planned, until it happens (A12)",
		[]step{
			poll("13 17:00", friday, queued("41", "16 09:00")),
			poll("16 09:10", friday, running("41", "16 09:00")),
		},
		"1 from 13T16:40; 41 16T09:00- running; 42 13T16:40-13T16:49 success", "",
	}, {
		"planned anew while it was seen running: denied",
		[]step{
			poll("13 17:00", running("41", "13 16:40")),
			poll("13 18:00", queued("41", "16 09:00")),
		},
		"1 from 13T16:40; 41 13T16:40-13T17:00 denied", "denied",
	}, {
		"An instant that the counter noted itself, and that lies ahead of the trusted clock, counts as now",
		[]step{
			poll("20 17:00", running("41", "13 16:40")),
			poll("13 18:00").vanished("41"),
		},
		"1 from 13T16:40; 41 13T16:40-13T18:00 denied", "denied",
	}}
}

func environmentRows() []row {
	named := func(id, name, project string) source.Environment {
		e := environment(id, "13 16:40")
		e.Name, e.Project = name, project
		return e
	}
	friday := ran("42", "13 16:40", "13 16:49", "success")
	nothing := source.Environment{Environment: rules.Environment{ID: "1", Name: "Production"}}
	only := func(p *facts.Poll) {
		pattern, _ := rules.ParsePattern("Production")
		p.Selection.Environments = []rules.Pattern{pattern}
	}
	return []row{{
		"Environments have identity; names are attributes (A8)",
		[]step{
			poll("13 17:00", friday),
			poll("13 18:00", friday).listed(named("1", "Prod live", "Shop")),
			poll("13 19:00", friday).listed(named("1", "Prod", "Store")),
		},
		"1 from 13T16:40 was Prod live Production of Shop; 42 13T16:40-13T16:49 success", "renamed",
	}, {
		"named as before again: it is no former name",
		[]step{
			poll("13 17:00", friday),
			poll("13 18:00", friday).listed(named("1", "Prod live", "Shop")),
			poll("13 19:00", friday),
		},
		"1 from 13T16:40 was Prod live; 42 13T16:40-13T16:49 success", "renamed",
	}, {
		"any name that it ever had: older lines of a file have it",
		[]step{poll("13 17:00", friday).file().listed(named("1", "Prod live", "Shop"))},
		"1 from 13T16:40 was Production; 42 13T16:40-13T16:49 success", "",
	}, {
		"another id with the names of a known one is another environment",
		[]step{
			poll("13 17:00", friday),
			poll("13 17:30").listed(named("2", "Production", "Shop")),
		},
		"1 from 13T16:40 gone !gone; 42 13T16:40-13T16:49 success\n2 unlimited", "gone",
	}, {
		"Gone is not never: it keeps its facts and is stale (A9)",
		[]step{
			poll("13 17:00", friday, running("43", "13 16:50")),
			poll("13 18:00").listed(),
			poll("14 18:00").listed(),
		},
		"1 from 13T16:40 gone !gone; 42 13T16:40-13T16:49 success; 43 13T16:50- running", "gone",
	}, {
		"gone, only if the selection has it",
		[]step{
			poll("13 17:00", friday).listed(environment("1", "13 16:40"), environment("2", "")),
			poll("13 18:00").listed().with(only),
		},
		"1 from 13T16:40 gone !gone; 42 13T16:40-13T16:49 success\n2 unlimited", "gone",
	}, {
		"a renamed one is selected by its former name, and is gone",
		[]step{
			poll("13 17:00", friday).listed(named("1", "Prod live", "Shop")),
			poll("13 18:00").listed().with(only),
		},
		"1 from 13T16:40 gone was Production !gone; 42 13T16:40-13T16:49 success", "gone",
	}, {
		"listed again, it is not gone",
		[]step{
			poll("13 17:00", friday),
			poll("13 18:00").listed(),
			poll("13 19:00", friday),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success", "gone",
	}, {
		"gone, and a poll that fails clears nothing",
		[]step{
			poll("13 17:00", friday),
			poll("13 17:30").listed(),
			poll("13 18:00").with(func(p *facts.Poll) { p.Answer, p.Err = source.Answer{}, errors.New("no") }),
		},
		"1 from 13T16:40 gone !gone; 42 13T16:40-13T16:49 success", "gone",
	}, {
		"An environment that is listed and empty, since everything expired, is not gone",
		[]step{poll("13 17:00", friday), poll("13 18:00")},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success", "",
	}, {
		"in files nothing is gone",
		[]step{
			poll("13 17:00", friday, of("2", ran("1", "13 16:50", "", "success"))).file().listed(environment("1", "13 16:40"), environment("2", "13 16:40")),
			poll("14 18:00", friday).file(),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success\n2 from 13T16:40; 1 13T16:50- success", "",
	}, {
		"there, and not read: stale",
		[]step{poll("13 17:00", friday), poll("13 19:00").listed(nothing)},
		"1 from 13T16:40 !not_read; 42 13T16:40-13T16:49 success", "",
	}}
}

func completeRows() []row {
	friday := ran("42", "13 16:40", "13 16:49", "success")
	gap := func(p *facts.Poll) { p.Answer.Environments[0].Gap = true }
	next := ran("43", "17 16:40", "17 16:49", "success")
	part := func(from string) func(*facts.Poll) {
		return func(p *facts.Poll) {
			e := &p.Answer.Environments[0]
			e.Reading, e.From, e.Exhausted, p.Answer.More = source.ReadPart, day(from), false, true
		}
	}
	horizon := func(p *facts.Poll) { p.Answer.Environments[0].Exhausted = false }
	deeper := func(p *facts.Poll) { p.Answer.Environments[0].Deeper = true }
	two := []source.Environment{environment("1", "13 16:40"), environment("2", "13 16:40")}
	second := of("2", ran("7", "17 10:00", "17 10:10", "success"))
	return []row{{
		"A list that was read to its end is complete from its oldest usable record",
		[]step{poll("17 17:00", next, friday)},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"one that was read down to history: from is complete from there",
		[]step{poll("17 17:00", next, friday).from("14 00:00").with(horizon)},
		"1 from 14T00:00; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"a first reading that goes on is complete from its oldest start plus 7 days",
		[]step{poll("17 17:00", next).with(part("24 16:40"))},
		"1 from 17T17:00 partial !not_read; 43 17T16:40-17T16:49 success", "",
	}, {
		"Once set, it moves back only by reading on",
		[]step{
			poll("28 17:00", next).with(part("24 16:40")),
			poll("28 17:01", next, friday).with(part("20 16:40")),
			poll("28 17:02", friday).from("01 00:00"),
		},
		"1 from 01T00:00; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"or deeper",
		[]step{
			poll("17 17:00", friday).from("10 00:00").with(horizon),
			poll("17 17:01", friday).from("01 00:00").with(horizon),
			poll("17 17:02", friday).from("05 00:00").with(horizon).with(deeper),
		},
		"1 from 05T00:00; 42 13T16:40-13T16:49 success", "",
	}, {
		"never by a late or rewritten record",
		[]step{
			poll("17 17:00", next),
			poll("17 18:00", next, friday),
			poll("17 19:00", next, ran("42", "01 16:40", "01 16:49", "success")),
		},
		"1 from 17T16:40; 42 01T16:40-01T16:49 success; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "runs",
	}, {
		"It moves forward only where a file holds no run that was known before: then it is the oldest line",
		[]step{
			poll("13 17:00", friday).file(),
			poll("17 17:00", next).file(),
		},
		"1 from 17T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"a file that was cut, but holds a known run, is no other file",
		[]step{
			poll("17 17:00", friday, next).file(),
			poll("17 18:00", next).file(),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"an empty file leaves it",
		[]step{
			poll("13 17:00", friday).file(),
			poll("13 18:00").file(),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success", "",
	}, {
		"A file is one list for all its environments: one known run of any will do",
		[]step{
			poll("17 17:00", friday, second).file().listed(two...),
			poll("18 17:00", second, next).file().listed(environment("1", "17 10:00"), environment("2", "17 10:00")),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success\n2 from 13T16:40; 7 17T10:00-17T10:10 success", "",
	}, {
		"one list: another file moves those that it does not mention too",
		[]step{
			poll("13 17:00", friday, of("2", ran("6", "13 16:50", "", "success"))).file().listed(two...),
			poll("18 17:00", second).file().listed(environment("2", "17 10:00")),
		},
		"1 from 17T10:00; 42 13T16:40-13T16:49 success\n2 from 17T10:00; 6 13T16:50- success; 7 17T10:00-17T10:10 success", "",
	}, {
		"An environment that a complete poll lacked is new: it limits nothing (A10)",
		[]step{
			poll("17 17:00", friday),
			poll("17 18:00", friday, second).listed(environment("1", "13 16:40"), environment("2", "17 10:00")),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success\n2 unlimited; 7 17T10:00-17T10:10 success", "",
	}, {
		"or saw empty",
		[]step{
			poll("17 17:00"),
			poll("17 18:00", friday),
		},
		"1 unlimited; 42 13T16:40-13T16:49 success", "",
	}, {
		"new, in a file too",
		[]step{
			poll("17 17:00", friday).file(),
			poll("17 18:00", friday, second).file().listed(two...),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success\n2 unlimited; 7 17T10:00-17T10:10 success", "",
	}, {
		"not new, where the file is another one",
		[]step{
			poll("17 17:00", friday).file(),
			poll("17 18:00", second).file().listed(environment("2", "17 10:00")),
		},
		"1 from 17T10:00; 42 13T16:40-13T16:49 success\n2 from 17T10:00; 7 17T10:00-17T10:10 success", "",
	}, {
		"not new, where the complete poll is stale",
		[]step{
			poll("17 15:00", friday),
			poll("17 17:00", friday, second).listed(environment("1", "13 16:40"), environment("2", "17 10:00")),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success\n2 from 17T10:00; 7 17T10:00-17T10:10 success", "",
	}, {
		"saw empty, and that is stale",
		[]step{poll("17 15:00"), poll("17 17:00", friday)},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success", "",
	}, {
		"not new, where the selection was another one",
		[]step{
			poll("17 17:00", friday),
			poll("17 18:00", friday, second).listed(environment("1", "13 16:40"), environment("2", "17 10:00")).with(func(p *facts.Poll) {
				pattern, _ := rules.ParsePattern("/./")
				p.Selection.Environments = []rules.Pattern{pattern}
			}),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success\n2 from 17T10:00; 7 17T10:00-17T10:10 success", "",
	}, {
		"not new, where no poll was complete",
		[]step{
			poll("17 17:00", friday).with(func(p *facts.Poll) { p.Err = errors.New("no") }),
			poll("17 18:00", friday, second).listed(environment("1", "13 16:40"), environment("2", "17 10:00")),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success\n2 from 17T10:00; 7 17T10:00-17T10:10 success", "",
	}, {
		"new, though its reading took two polls",
		[]step{
			poll("17 17:00").listed(),
			poll("17 17:30", next).with(part("24 16:40")),
			poll("17 17:31", next, friday),
		},
		"1 unlimited; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"not empty, where a record cannot be judged",
		[]step{
			poll("17 17:00", ran("41", "13 15:00", "1970-01-21T00:00:00Z", "success")).from(""),
			poll("17 18:00", friday),
		},
		"1 from 13T16:40 bad 41.finished !record; 42 13T16:40-13T16:49 success", "record",
	}, {
		"not new, where it was known before it was gone",
		[]step{
			poll("28 17:00", next).with(part("24 16:40")),
			poll("28 17:30").listed(),
			poll("28 18:00", next, friday),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "gone",
	}, {
		"a reading that begins anew, and has not come down to what is known, leaves a hole",
		[]step{
			poll("13 17:00", friday),
			poll("28 17:00", next).with(part("24 16:40")),
		},
		"1 from 24T16:40 partial !not_read; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"anew, until it has come down",
		[]step{
			poll("13 17:00", friday),
			poll("28 17:00", next).with(part("24 16:40")),
			poll("28 17:01", next, friday),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"anew, soon after a complete poll: it is not new",
		[]step{
			poll("17 17:00", friday),
			poll("17 17:30", next).with(part("24 16:40")),
			poll("17 17:31", next, friday),
		},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"what was lost between two polls moves completeness forward, and is said",
		[]step{poll("13 17:00", friday), poll("28 17:00", next).from("17 16:40").with(gap)},
		"1 from 17T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "gap",
	}, {
		"a gap never moves it back",
		[]step{poll("13 17:00", friday), poll("28 17:00", next).from("12 16:40").with(gap)},
		"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}, {
		"a gap that was not read to its end decides nothing",
		[]step{poll("13 17:00", friday), poll("28 17:00").from("17 16:40").with(gap).with(func(p *facts.Poll) {
			p.Answer.Environments[0].Reading = source.ReadNothing
		})},
		"1 from 13T16:40 !not_read; 42 13T16:40-13T16:49 success", "",
	}, {
		"new, and stays so",
		[]step{
			poll("17 17:00").listed(),
			poll("17 18:00", friday),
			poll("17 19:00", next, friday),
			poll("27 19:00", next),
		},
		"1 unlimited; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "",
	}}
}

func sourceRows() []row {
	full := func(p *facts.Poll) { p.Room = 1 }
	return []row{{
		"what a poll brings beyond is refused and said",
		[]step{poll("13 17:00", ran("41", "13 16:40", "", "success"), ran("42", "13 16:50", "", "success")).with(full)},
		"1 incomplete !not_read; 41 13T16:40- success", "",
	}, {
		"what is known goes on where there is no room",
		[]step{
			poll("13 17:00", queued("41", "13 16:40")).with(full).from("13 16:00"),
			poll("13 18:00", running("41", "13 17:10")).with(func(p *facts.Poll) { p.Room = 0 }).from("13 16:00"),
		},
		"1 from 13T16:00; 41 13T17:10- running", "",
	}, {
		"records of environments that are not listed are left out and said",
		[]step{poll("13 17:00", ran("41", "13 16:40", "", "success"), of("2", ran("1", "13 16:50", "", "success")))},
		"1 from 13T16:40; 41 13T16:40- success", "",
	}}
}
