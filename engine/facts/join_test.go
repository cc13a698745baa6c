package facts_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
)

// TestJoin has what was stored, what polls brought since, and what both say together.
func TestJoin(t *testing.T) {
	friday, next := ran("42", "13 16:40", "13 16:49", "success"), ran("43", "17 16:40", "17 16:49", "success")
	odd := ran("41", "13 15:00", "1970-01-21T00:00:00Z", "success")
	fails := func(p *facts.Poll) { p.Answer, p.Err = source.Answer{}, errors.New("no") }
	part := func(p *facts.Poll) {
		p.Answer.Environments[0].Reading, p.Answer.Environments[0].Exhausted, p.Answer.More = source.ReadPart, false, true
	}
	horizon := func(p *facts.Poll) { p.Answer.Environments[0].Exhausted = false }
	renamed := environment("1", "17 16:40")
	renamed.Name = "Prod live"
	second := of("2", ran("7", "17 10:00", "17 10:10", "success"))
	stored := []step{poll("13 17:00", friday)}
	for _, tt := range []struct {
		name          string
		stored, since []step
		want          string // at 17 18:00
		marks         string // first, good, failed, failure
	}{
		{"runs of both", stored, []step{poll("17 17:00", next, friday)},
			"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "13T17:00 17T17:00  "},
		{"nothing was stored", nil, []step{poll("17 17:00", friday, second).listed(environment("1", "13 16:40"), environment("2", "17 10:00"))},
			"1 from 13T16:40; 42 13T16:40-13T16:49 success\n2 from 17T10:00; 7 17T10:00-17T10:10 success", "17T17:00 17T17:00  "},
		{"no poll was made", stored, nil, "1 from 13T16:40 !not_read; 42 13T16:40-13T16:49 success", "13T17:00 13T17:00  "},
		{"no poll worked", stored, []step{poll("17 17:00").with(fails)}, "1 from 13T16:40 !not_read; 42 13T16:40-13T16:49 success", "13T17:00 13T17:00 17T17:00 no"},
		{"the last poll failed", stored, []step{poll("17 16:50", next, friday), poll("17 17:00").with(fails)},
			"1 from 13T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "13T17:00 17T16:50 17T17:00 no"},
		{"nothing in common: a hole", stored, []step{poll("17 17:00", next)},
			"1 from 17T16:40; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "13T17:00 17T17:00  "},
		{"nothing in common, and going on", stored, []step{poll("17 17:00", next).with(part)},
			"1 from 17T16:40 partial !not_read; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "13T17:00 13T17:00 17T17:00 the first reading is not at its end"},
		{"it goes on down to what was stored", stored, []step{poll("17 17:00", next, friday).from("17 16:00").with(part)},
			"1 from 13T16:40 !not_read; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "13T17:00 13T17:00 17T17:00 the first reading is not at its end"},
		{"stored in part", []step{poll("13 17:00", friday).from("14 00:00").with(part)}, []step{poll("17 17:00", next, friday).from("10 00:00").with(horizon)},
			"1 from 10T00:00; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "17T17:00 17T17:00  "},
		{"stored further back", []step{poll("13 17:00", friday).from("01 00:00").with(horizon)}, []step{poll("17 17:00", next, friday)},
			"1 from 01T00:00; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "13T17:00 17T17:00  "},
		{"running, then ended", []step{poll("13 17:00", running("42", "13 16:40"))}, []step{poll("17 17:00", friday)},
			"1 from 13T16:40; 42 13T16:40-13T16:49 success", "13T17:00 17T17:00  "},
		{"running, and seen running since, then gone from the list", []step{poll("13 17:00", running("42", "13 16:40"))},
			[]step{poll("17 16:50", running("42", "13 16:40")), poll("17 17:00").vanished("42").from("13 16:40")},
			"1 from 13T16:40; 42 13T16:40-17T16:50 denied", "13T17:00 17T17:00  "},
		{"running, and begun again", []step{poll("13 17:00", running("42", "13 16:40"))}, []step{poll("17 17:00", running("42", "17 16:40"))},
			"1 from 17T16:40; 42 13T16:40-13T17:00 denied; 42 17T16:40- running", "13T17:00 17T17:00  "},
		{"two ends", stored, []step{poll("17 17:00", ran("42", "13 16:40", "13 16:59", "failed"))},
			"1 from 13T16:40; 42 13T16:40-13T16:59 failed+success", "13T17:00 17T17:00  "},
		{"denied stays", []step{poll("13 17:00", running("42", "13 16:40")), poll("13 17:30").vanished("42").from("13 16:40")}, []step{poll("17 17:00", next)},
			"1 from 17T16:40; 42 13T16:40-13T17:00 denied; 43 17T16:40-17T16:49 success", "13T17:00 17T17:00  "},
		{"names", stored, []step{poll("17 17:00", next, friday).listed(renamed)},
			"1 from 13T16:40 was Production; 42 13T16:40-13T16:49 success; 43 17T16:40-17T16:49 success", "13T17:00 17T17:00  "},
		{"gone since", stored, []step{poll("17 16:50", friday), poll("17 17:00").listed()},
			"1 from 13T16:40 gone !gone; 42 13T16:40-13T16:49 success", "13T17:00 17T17:00  "},
		{"gone before, and listed since", []step{poll("13 17:00", friday), poll("13 18:00").listed()}, []step{poll("17 17:00", friday)},
			"1 from 13T16:40; 42 13T16:40-13T16:49 success", "13T17:00 17T17:00  "},
		{"not mentioned since", stored, []step{poll("17 17:00", second).listed(environment("2", "17 10:00"))},
			"1 from 13T16:40 !not_read; 42 13T16:40-13T16:49 success\n2 from 17T10:00; 7 17T10:00-17T10:10 success", "13T17:00 17T17:00  "},
		{"unusable in both", []step{poll("13 17:00", friday, odd).from("13 16:40")}, []step{poll("17 17:00", friday, ran("40", "1970-01-21T00:00:00Z", "", "success"))},
			"1 from 13T16:40 bad 40.started bad 41.finished !record !record; 42 13T16:40-13T16:49 success", "13T17:00 17T17:00  "},
		{"usable since", []step{poll("13 17:00", friday, odd).from("13 16:40")}, []step{poll("17 17:00", friday, ran("41", "13 15:00", "13 15:10", "success")).from("13 16:40")},
			"1 from 13T16:40; 41 13T15:00-13T15:10 success; 42 13T16:40-13T16:49 success", "13T17:00 17T17:00  "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stored, since := after(t, tt.stored...), after(t, tt.since...)
			before := deepCopy(stored)
			got, changes := facts.Join(stored, since, day("17 18:00"))
			if is := show(&got, day("17 18:00")); is != tt.want {
				t.Errorf("known is\n%s\nwant\n%s", is, tt.want)
			}
			if is := fmt.Sprintf("%s %s %s %s", mark(got.FirstRead), mark(got.Good), mark(got.Failed), got.Failure); is != tt.marks {
				t.Errorf("marks are %q, want %q", is, tt.marks)
			}
			checkChanges(t, &before, &got, &changes)
			for _, known := range []source.Known{stored, since} {
				for _, e := range known.Environments {
					for _, d := range e.Deployments {
						if !knows(got.Environment(e.ID), &d) && d.Ran() {
							t.Errorf("%s is lost", showRun(&d))
						}
					}
				}
			}
		})
	}
}
