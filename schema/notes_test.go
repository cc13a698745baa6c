package schema

import (
	"strings"
	"testing"
	"time"
)

// TestNotes has policies that are accepted, and say what somebody may not mean.
func TestNotes(t *testing.T) {
	const forbid = `forbid: [{weekdays: ["Friday"]}]`
	rule := func(fields string) string { return forbid + " => " + fields }
	for _, c := range []struct{ name, edit, want string }{
		{"nothing odd", " => ", ""},
		{"to 23:59", rule(`forbid: [{weekdays: ["Friday"], to: "23:59"}]`),
			`counter.cue:34:39: rules."no-friday-deploys".forbid[0].to: the last minute of the day is free (write "24:00", or leave it out)`},
		{"equal from and to", rule(`forbid: [{weekdays: ["Friday"], from: "08:00", to: "08:00"}]`),
			`counter.cue:34:39: rules."no-friday-deploys".forbid[0]: from and to are equal: it lasts 24 hours, into the next day (leave both out if you mean the day itself)`},
		{"the Monday hole", rule(`forbid: [{weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"], from: "17:00", to: "09:00"}, {weekdays: ["Saturday", "Sunday"]}]`),
			`counter.cue:34:39: rules."no-friday-deploys".forbid[0]: Monday is free from 00:00 to 09:00: a window belongs to the day on which it begins (add {weekdays: ["Monday"], to: "09:00"} if you do not mean that)`},
		{"the Monday hole filled", rule(`forbid: [{weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"], from: "17:00", to: "09:00"}, {weekdays: ["Saturday", "Sunday"]}, {weekdays: ["Monday"], to: "09:00"}]`), ""},
		{"one night", rule(`forbid: [{weekdays: ["Friday"], from: "22:00", to: "06:00"}]`), ""},
		{"until midnight", rule(`forbid: [{weekdays: ["Friday"], from: "22:00", to: "00:00"}, {weekdays: ["Thursday"]}]`), ""},
		{"an exception on no day of a window", `version: "fire-drill" => dates: [{first: "2026-12-24"}]`,
			`counter.cue:35:39: rules."no-friday-deploys".except[0].dates: no window of the rule begins on these dates: they excuse nothing`},
		{"an exception on one of its days", `version: "fire-drill" => dates: [{first: "2026-12-24", last: "2026-12-25"}]`, ""},
		{"since today", rule(forbid + `, since: "2026-03-20"`), ""},
		{"since tomorrow", rule(forbid + `, since: "2026-03-21"`),
			`counter.cue:34:72: rules."no-friday-deploys".since: 2026-03-21 is to come: until then the rule forbids nothing`},
		{"a zone without daylight saving time", `America/Los_Angeles => EST`,
			`counter.cue:17:12: timezone: EST has no daylight saving time (name a city, as "America/New_York")`},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, new, _ := strings.Cut(c.edit, " => ")
			if strings.Contains(new, "since:") {
				old, new = `rules: "no-friday-deploys": `+old, `rules: "no-friday-deploys": {`+new+"}"
			}
			a := evaluate(request{Name: "counter.cue", File: []byte(strings.Replace(string(shipped(t)), old, new, 1))})
			if a.Config == nil {
				t.Fatal(said(a))
			}
			var got []string
			for _, n := range a.Config.Notes(time.Date(2026, time.March, 21, 2, 0, 0, 0, time.UTC)) { // the 20th in Los Angeles
				got = append(got, n.String())
			}
			if got := strings.Join(got, "\n"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
