package rules_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/rules"
)

func TestBreach(t *testing.T) {
	for _, c := range []struct {
		name   string
		zone   string // default America/Los_Angeles
		forbid string // default Fri
		run    string
		now    string // default 2026-12-01
		want   string // "" for no breach
	}{
		{name: "thursday", run: "7 2026-04-16 10:00 / 2026-04-16 10:05"},
		{name: "friday", run: "7 2026-04-17 10:00 / 2026-04-17 10:05", want: "2026-04-17 10:05:00 PDT"},
		{name: "into friday", run: "7 2026-04-16 10:00 / 2026-04-17 10:05", want: "2026-04-17 10:05:00 PDT"},
		{name: "out of friday", run: "7 2026-04-17 10:00 / 2026-04-18 10:05", want: "2026-04-18 00:00:00 PDT"},
		{name: "over friday", run: "7 2026-04-16 10:00 / 2026-04-18 10:05", want: "2026-04-18 00:00:00 PDT"},
		{name: "over three fridays", run: "7 2026-04-16 10:00 / 2026-05-05 10:05", want: "2026-05-02 00:00:00 PDT"},
		{name: "ends as friday begins", run: "7 2026-04-16 10:00 / 2026-04-17 00:00", want: "2026-04-17 00:00:00 PDT"},
		{name: "begins as friday ends", run: "7 2026-04-18 00:00 / 2026-04-18 00:05"},
		{name: "ends half a second after friday", run: "7 2026-04-17 10:00 / 2026-04-18 00:00:00.5", want: "2026-04-18 00:00:00 PDT"},
		{name: "ends in friday's last second", run: "7 2026-04-17 10:00 / 2026-04-17 23:59:59.5", want: "2026-04-17 23:59:59.5 PDT"},
		{name: "an instant", run: "7 2026-04-17 10:00 / 2026-04-17 10:00", want: "2026-04-17 10:00:00 PDT"},
		{name: "friday here is saturday in UTC", run: "7 2026-04-18 03:00 +0000 / 2026-04-18 03:05 +0000", want: "2026-04-17 20:05:00 PDT"},
		{name: "the morning after belongs to friday", forbid: "Fri 22:00-06:00", run: "7 2026-04-18 05:00 / 2026-04-18 06:30", want: "2026-04-18 06:00:00 PDT"},
		{name: "friday's own morning does not", forbid: "Fri 22:00-06:00", run: "7 2026-04-17 05:00 / 2026-04-17 06:30"},
		{name: "equal is 24 hours", forbid: "Fri 12:00-12:00", run: "7 2026-04-18 11:59 / 2026-04-18 13:00", want: "2026-04-18 12:00:00 PDT"},
		{name: "a skipped hour has no instants", forbid: "Sun 02:00-03:00", run: "7 2026-03-08 01:59 / 2026-03-08 03:00"},
		{name: "a doubled hour is inside twice", forbid: "Sun 01:00-02:00", run: "7 2026-11-01 01:50 -0700 / 2026-11-01 01:10 -0800", want: "2026-11-01 01:10:00 PST"},
		{name: "between its two halves", forbid: "Sun 01:30-02:00", run: "7 2026-11-01 01:00 -0800 / 2026-11-01 01:10 -0800"},
		{name: "ends with the first half", forbid: "Sun 01:30-02:00", run: "7 2026-11-01 01:40 -0700 / 2026-11-01 01:10 -0800", want: "2026-11-01 01:00:00 PST"},
		{name: "midnight itself is skipped", zone: "America/Sao_Paulo", forbid: "Sun 00:00-01:30", run: "7 2018-11-04 01:00 / 2018-11-04 01:00", want: "2018-11-04 01:00:00 -02"},
		{name: "midnight comes twice", zone: "America/Havana", forbid: "Sun 00:00-00:30", run: "7 2026-11-01 00:45 -0400 / 2026-11-01 00:15 -0500", want: "2026-11-01 00:15:00 CST"},
		{name: "a minute of the next day, then the day before again", zone: "America/St_Johns", forbid: "Sat 23:30-24:00", run: "7 2008-11-02 00:00:30 -0230 / 2008-11-01 23:45 -0330", want: "2008-11-01 23:45:00 NST"},
		{name: "the day that Samoa skipped", zone: "Pacific/Apia", run: "7 2011-12-29 23:00 / 2011-12-31 12:00"},
		{name: "the night after it", zone: "Pacific/Apia", forbid: "Fri 22:00-06:00", run: "7 2011-12-31 00:00 / 2011-12-31 12:00", want: "2011-12-31 06:00:00 +14"},
		{name: "the night after it, by its date", zone: "Pacific/Apia", forbid: "2011-12-30..2011-12-30 22:00-06:00", run: "7 2011-12-31 00:00 / 2011-12-31 12:00", want: "2011-12-31 06:00:00 +14"},
		{name: "Kwajalein skipped a day too", zone: "Pacific/Kwajalein", forbid: "Sat", run: "7 1993-08-20 23:00 / 1993-08-22 12:00"},
		{name: "an offset with seconds", zone: "Africa/Monrovia", forbid: "Fri 12:00-13:00", run: "7 1971-12-31 12:44:30 +0000 / 1971-12-31 12:50:00 +0000", want: "1971-12-31 12:05:30 MMT"},
		{name: "a second before", zone: "Africa/Monrovia", forbid: "Fri 12:00-13:00", run: "7 1971-12-31 12:40:00 +0000 / 1971-12-31 12:44:29 +0000"},
		{name: "local mean time", zone: "America/New_York", run: "7 1883-11-09 04:56:01 +0000 / 1883-11-09 04:56:01 +0000"},
		{name: "local mean time, a second later", zone: "America/New_York", run: "7 1883-11-09 04:56:02 +0000 / 1883-11-09 04:56:02 +0000", want: "1883-11-09 00:00:00 LMT"},
		{name: "running", run: "7 2026-04-16 10:00", now: "2026-04-17 09:00", want: "2026-04-17 09:00:00 PDT, running"},
		{name: "not yet there", run: "7 2026-04-17 10:00 / 2026-04-17 10:05", now: "2026-04-17 09:00"},
		{name: "not yet ended", run: "7 2026-04-17 10:00 / 2026-04-17 10:05", now: "2026-04-17 10:02", want: "2026-04-17 10:02:00 PDT, running"},
		{name: "always", forbid: "always", run: "7 2026-04-14 10:00 / 2026-04-14 10:05", want: "2026-04-14 10:05:00 PDT"},
		{name: "dates only", forbid: "2026-12-20..2027-01-06", run: "7 2026-12-19 23:00 / 2026-12-20 10:05", now: "2027-12-01 00:00", want: "2026-12-20 10:05:00 PST"},
		{name: "weekdays and dates", forbid: "Mon 2026-12-20..2027-01-06", run: "7 2026-12-20 10:00 / 2026-12-20 10:05", now: "2027-12-01 00:00"},
		{name: "many ranges", forbid: "2026-01-01..2026-01-01 2026-02-01..2026-02-01 2026-03-01..2026-03-01 2026-04-01..2026-04-01 2026-05-01..2026-05-01 2026-06-01..2026-06-01 2026-07-01..2026-07-01 2026-08-01..2026-08-01 2026-09-01..2026-09-01 2026-10-01..2026-10-01", run: "7 2026-04-01 10:00 / 2026-04-20 10:05", want: "2026-04-02 00:00:00 PDT"},
		{name: "before the ranges", forbid: "2026-09-01..2026-09-01 2026-08-01..2026-08-20 2026-08-05..2026-08-06", run: "7 2026-04-01 10:00 / 2026-04-20 10:05"},
		{name: "a long one over several changes", forbid: "2020-02-01..2020-02-01", run: "7 2019-01-01 10:00 / 2026-04-20 10:05", want: "2020-02-02 00:00:00 PST"},
		{name: "far in the future", run: "7 2150-04-17 10:00 / 2150-04-17 10:05", now: "2151-01-01 00:00", want: "2150-04-17 10:05:00 PDT"},
		{name: "the last day of a leap year", forbid: "Sat", run: "7 2112-12-31 10:00 / 2112-12-31 10:05", now: "2151-01-01 00:00", want: "2112-12-31 10:05:00 PST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loc := location(t, or(c.zone, "America/Los_Angeles"))
			compiled := rules.Compile(rules.Rule{Forbid: windows(t, or(c.forbid, "Fri"))}, loc)
			d := run(t, loc, c.run)
			b, ok := compiled.Breach(&d, &rules.Environment{}, local(t, loc, or(c.now, "2026-12-01 00:00")))
			got := ""
			if ok {
				got = b.At.Format("2006-01-02 15:04:05.999 MST")
				if b.Running {
					got += ", running"
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBreachKeepsTheDeployment(t *testing.T) {
	loc := location(t, "UTC")
	compiled := rules.Compile(rules.Rule{Forbid: windows(t, "always")}, loc)
	d := run(t, loc, "7 2026-04-17 10:00 / 2026-04-17 10:05")
	now := local(t, loc, "2026-04-18 00:00")
	got, _ := compiled.Breach(&d, &rules.Environment{}, now)
	if diff := cmp.Diff(rules.Breach{Deployment: d, First: d.Executed, At: d.Finished}, got); diff != "" {
		t.Errorf("breach (-want +got):\n%s", diff)
	}
	now = local(t, loc, "2026-04-17 10:01")
	was, _ := d.AsOf(now)
	got, _ = compiled.Breach(&d, &rules.Environment{}, now)
	if diff := cmp.Diff(rules.Breach{Deployment: was, First: d.Executed, At: now, Running: true}, got); diff != "" {
		t.Errorf("breach as of earlier (-want +got):\n%s", diff)
	}
}

func TestBreachTriggered(t *testing.T) {
	loc := location(t, "UTC")
	// Triggered on Friday, waited until an agent was free on Saturday.
	d := run(t, loc, "7 2026-04-18 00:30 / 2026-04-18 00:40")
	d.Started = local(t, loc, "2026-04-17 23:50")
	for _, triggered := range []bool{false, true} {
		compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Fri"), Triggered: triggered}, loc)
		if _, got := compiled.Breach(&d, &rules.Environment{}, local(t, loc, "2026-04-19 00:00")); got != triggered {
			t.Errorf("triggered %v: got %v", triggered, got)
		}
	}
	// What never ran is not added by its start.
	d.Executed, d.State, d.LifeCycle = time.Time{}, rules.StateUnknown, rules.LifeCycleNotBuilt
	compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Fri"), Triggered: true}, loc)
	if b, got := compiled.Breach(&d, &rules.Environment{}, local(t, loc, "2026-04-19 00:00")); got {
		t.Errorf("cancelled in the queue: got %v, want none", b)
	}
}

func TestBreachOutcomes(t *testing.T) {
	loc := location(t, "UTC")
	now := local(t, loc, "2026-04-17 12:00")
	for _, c := range []struct {
		outcomes []rules.Outcome
		state    rules.State
		life     rules.LifeCycle
		want     bool
	}{
		{nil, "SUCCESS", "FINISHED", true},
		{nil, "FAILED", "FINISHED", true},
		{nil, "UNKNOWN", "NOT_BUILT", true},
		{nil, "MAYBE", "FINISHED", true},
		{[]rules.Outcome{"success"}, "SUCCESS", "FINISHED", true},
		{[]rules.Outcome{"success"}, "FAILED", "FINISHED", false},
		{[]rules.Outcome{"success"}, "UNKNOWN", "IN_PROGRESS", true},
		{[]rules.Outcome{"not_built", "unknown"}, "UNKNOWN", "NOT_BUILT", true},
		{[]rules.Outcome{"not_built", "unknown"}, "MAYBE", "FINISHED", true},
		{[]rules.Outcome{"not_built", "unknown"}, "SUCCESS", "FINISHED", false},
		{[]rules.Outcome{}, "SUCCESS", "FINISHED", false},
		{[]rules.Outcome{}, "UNKNOWN", "IN_PROGRESS", true},
	} {
		compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Fri"), Outcomes: c.outcomes}, loc)
		d := run(t, loc, "7 2026-04-17 10:00 / 2026-04-17 10:05")
		d.State, d.LifeCycle = c.state, c.life
		if _, got := compiled.Breach(&d, &rules.Environment{}, now); got != c.want {
			t.Errorf("outcomes %v, %s %s: got %v, want %v", c.outcomes, c.state, c.life, got, c.want)
		}
	}
}

func TestBreachScope(t *testing.T) {
	loc := location(t, "UTC")
	for _, c := range []struct {
		projects, environments []string
		want                   bool
	}{
		{nil, nil, true},
		{nil, []string{"Production"}, true},
		{nil, []string{"1"}, true},
		{nil, []string{"production"}, false},
		{nil, []string{"/(?i)^production$/"}, true},
		{nil, []string{"/1/"}, false}, // an expression is for names
		{nil, []string{"Staging", "/^Prod/"}, true},
		{[]string{"Shop"}, []string{"Production"}, true},
		{[]string{"100"}, []string{"Production"}, true},
		{[]string{"Bank"}, []string{"Production"}, false},
		{[]string{"Shop"}, []string{"Staging"}, false},
		{[]string{}, nil, false},
	} {
		rule := rules.Rule{Forbid: windows(t, "Fri"), Projects: patterns(t, c.projects), Environments: patterns(t, c.environments)}
		compiled := rules.Compile(rule, loc)
		d := run(t, loc, "7 2026-04-17 10:00 / 2026-04-17 10:05")
		e := &rules.Environment{ID: "1", Name: "Production", ProjectID: "100", Project: "Shop"}
		if got := compiled.InScope(e); got != c.want {
			t.Errorf("projects %q, environments %q: in scope: got %v, want %v", c.projects, c.environments, got, c.want)
		}
		if _, got := compiled.Breach(&d, e, local(t, loc, "2026-04-18 00:00")); got != c.want {
			t.Errorf("projects %q, environments %q: breach: got %v, want %v", c.projects, c.environments, got, c.want)
		}
	}
}

// A scope goes by all names that an environment or its project ever had, an exception
// by those of the deployment.
func TestBreachAfterRenaming(t *testing.T) {
	now := local(t, time.UTC, "2026-04-18 00:00")
	e := rules.Environment{ID: "1", Name: "Live", FormerNames: []string{"Test", "Production"}, ProjectID: "100", Project: "Store", FormerProjects: []string{"Shop"}}
	e.Deployments = deploymentsOf(t, time.UTC, "7 2026-04-17 10:00 / 2026-04-17 10:05")
	for name, want := range map[string]bool{"Live": true, "Production": true, "/^Prod/": true, "Test": true, "1": true, "Staging": false} {
		compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Fri"), Environments: patterns(t, []string{name})}, time.UTC)
		if got := len(compiled.Breaches([]rules.Environment{e}, now)) == 1; got != want || compiled.InScope(&e) != want {
			t.Errorf("environment %s: in scope: got %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]bool{"Store": true, "Shop": true, "100": true, "Bank": false} {
		compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Fri"), Projects: patterns(t, []string{name})}, time.UTC)
		if got := compiled.InScope(&e); got != want {
			t.Errorf("project %s: in scope: got %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]bool{"Live": false, "Production": true, "1": true} {
		except := []rules.Exception{{Environment: ptr(pattern(t, name))}}
		compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Fri"), Except: except}, time.UTC)
		if got := len(compiled.Breaches([]rules.Environment{e}, now)) == 0; got != want {
			t.Errorf("except environment %s: got %v, want %v", name, got, want)
		}
	}
}

// Facts of a poll are judged a deployment at a time, most of which broke nothing.
func TestBreachAllocatesNothing(t *testing.T) {
	e, now := production(t, "2026-01-01")[0], local(t, time.UTC, "2026-03-20 11:00")
	rule := rules.Rule{Forbid: windows(t, "Fri"), Except: []rules.Exception{{ID: ptr(pattern(t, "9")), Dates: dates(t, "2026-03-13..2026-03-13")}}}
	compiled := rules.Compile(rule, time.UTC)
	for text, want := range map[string]bool{
		"7 2026-03-12 10:00 / 2026-03-12 10:07": false, "7 2026-03-13 10:00 / 2026-03-13 10:07": true, "9 2026-03-13 10:00 / 2026-03-13 10:07": false,
		"7 2026-03-20 10:00": true, "7 2026-03-20 10:00 / 2026-03-20 12:00": true,
	} {
		d := run(t, time.UTC, text)
		if n := testing.AllocsPerRun(1000, func() {
			if _, got := compiled.Breach(&d, &e, now); got != want {
				t.Errorf("%s: got %v, want %v", text, got, want)
			}
		}); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", text, n)
		}
	}
}

func patterns(tb testing.TB, texts []string) []rules.Pattern {
	if texts == nil {
		return nil
	}
	list := []rules.Pattern{}
	for _, text := range texts {
		list = append(list, pattern(tb, text))
	}
	return list
}

func TestBreachExcept(t *testing.T) {
	loc := location(t, "UTC")
	key := func(text string) *rules.Pattern { return ptr(pattern(t, text)) }
	thursday, friday := dates(t, "2026-04-16..2026-04-16"), dates(t, "2026-04-17..2026-04-17")
	for _, c := range []struct {
		name   string
		except []rules.Exception
		want   string // the breach of a deployment from Thursday to Saturday
	}{
		{"none", nil, "2026-04-18 00:00"},
		{"nothing said excuses nothing", []rules.Exception{{Reason: "?"}}, "2026-04-18 00:00"},
		{"by id", []rules.Exception{{ID: key("7")}}, ""},
		{"by another id", []rules.Exception{{ID: key("77")}}, "2026-04-18 00:00"},
		{"by version", []rules.Exception{{Version: key("/^release-/")}}, ""},
		{"by project's name", []rules.Exception{{Project: key("Shop")}}, ""},
		{"by project's id", []rules.Exception{{Project: key("100")}}, ""},
		{"by environment's id", []rules.Exception{{Environment: key("1")}}, ""},
		{"all keys hold together", []rules.Exception{{ID: key("7"), Version: key("v2")}}, "2026-04-18 00:00"},
		{"all keys hold", []rules.Exception{{ID: key("7"), Version: key("release-7"), Project: key("Shop"), Environment: key("Production")}}, ""},
		{"any entry is enough", []rules.Exception{{ID: key("8")}, {ID: key("7")}}, ""},
		{"friday leaves the windows", []rules.Exception{{Dates: friday}}, "2026-04-17 00:00"},
		{"thursday leaves them", []rules.Exception{{Dates: thursday}}, "2026-04-18 00:00"},
		{"both leave them", []rules.Exception{{Dates: thursday}, {Dates: friday}}, ""},
		{"friday, for it alone", []rules.Exception{{ID: key("7"), Dates: friday}}, "2026-04-17 00:00"},
		{"friday, for another alone", []rules.Exception{{ID: key("8"), Dates: friday}}, "2026-04-18 00:00"},
		{"friday and thursday, for it in two entries", []rules.Exception{{ID: key("7"), Dates: friday}, {Version: key("release-7"), Dates: thursday}}, ""},
		{"friday for all and thursday for it", []rules.Exception{{Dates: friday}, {ID: key("7"), Dates: thursday}}, ""},
		{"more entries than fingers", slices.Repeat([]rules.Exception{{ID: key("7"), Dates: friday}}, 12), "2026-04-17 00:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Thu,Fri"), Except: c.except}, loc)
			d := run(t, loc, "7 2026-04-16 10:00 / 2026-04-18 10:00")
			got := ""
			if b, ok := compiled.Breach(&d, &rules.Environment{}, local(t, loc, "2026-04-20 00:00")); ok {
				got = b.At.Format("2006-01-02 15:04")
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
