package picture_test

import (
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// teams is the cases that the tests of this package look at.
func teams() []team {
	return []team{
		{
			name: "no-friday-deploys", zone: "America/Los_Angeles", forbid: "Fri", since: "2022-03-01", known: "2022-08-01", now: "2026-03-13 16:50",
			broken: []string{
				"2022-10-07 09:00", "2022-11-11 15:00", "2022-12-16 11:00", "2023-01-13 10:00", "2023-02-10 10:00", "2023-02-17 10:00", "2023-05-05 16:00",
				"2023-09-08 10:00", "2024-01-12 10:00", "2024-04-26 10:00", "2024-11-15 10:00", "2025-03-07 09:00", "2025-03-07 12:00", "2025-06-13 10:00", "2025-12-19 15:22",
			},
			years: [2]int{2022, 2026},
		},
		{
			name: "calm-weekends", zone: "Europe/Berlin", forbid: "Fri 14:00-24:00; Sat,Sun", known: "2025-01-20", now: "2026-05-08 10:00",
			broken: []string{"2025-02-15 09:00", "2025-08-31 23:00", "2026-01-02 14:00"}, years: [2]int{2025, 2026},
		},
		{
			name: "nights", zone: "Europe/Berlin", forbid: "22:00-06:00", known: "2025-03-01", now: "2026-06-10 23:00",
			broken: []string{"2025-04-02 23:00", "2025-08-31 02:00", "2026-01-01 01:00"}, years: [2]int{2025, 2026},
		},
		{
			name: "office-nights", zone: "Europe/Berlin", forbid: "Mon,Tue,Wed,Thu,Fri 22:00-06:00", except: "2025-05-01..2025-05-01", known: "2025-01-01", now: "2026-01-10 12:00",
			broken: []string{"2025-04-02 23:00"}, years: [2]int{2025, 2026},
		},
		{
			name: "tuesday and friday", forbid: "Tue; Fri", known: "2025-01-01", now: "2026-03-01 12:00",
			broken: []string{"2025-04-01 23:00", "2025-04-04 10:00"}, years: [2]int{2025, 2026},
		},
		{
			name: "lunch and evening", forbid: "Fri 12:00-13:00; Fri 18:00-20:00", known: "2026-01-01", now: "2026-03-13 12:30",
			broken: []string{"2026-02-06 12:10", "2026-02-06 19:10", "2026-02-27 19:10"}, years: [2]int{2026, 2026},
		},
		{
			name: "lunch from the second week", forbid: "Fri 18:00-20:00; 2026-01-09..2026-12-31 Fri 12:00-13:00", known: "2026-01-01", now: "2026-03-13 12:30",
			broken: []string{"2026-02-06 12:10", "2026-02-27 19:10"}, years: [2]int{2026, 2026},
		},
		{
			name: "fridays and holidays", zone: "Europe/Berlin", known: "2025-01-01", now: "2026-02-01 12:00",
			forbid: "Fri; 2025-01-01..2025-01-01; 2025-04-21..2025-04-21; 2025-05-01..2025-05-01; 2025-06-09..2025-06-09; 2025-12-22..2026-01-04",
			broken: []string{"2025-04-21 23:00", "2025-12-24 10:00"}, years: [2]int{2025, 2026},
		},
		{
			name: "freezes", forbid: "2025-06-02..2025-06-08; 2025-07-01..2025-08-15; 2025-12-21..2026-01-03; 2026-03-02..2026-03-09; 2026-12-21..2027-01-03",
			known: "2025-01-01", now: "2026-03-05 12:00", broken: []string{"2025-12-24 10:00"}, years: [2]int{2025, 2026},
		},
		{
			name: "a deploy hour each day", forbid: "12:00-13:00; 17:00-18:00; 03:00-04:00", known: "2026-01-01", now: "2026-07-01 12:30",
			broken: []string{"2026-02-06 12:10", "2026-02-07 03:10"}, years: [2]int{2026, 2026},
		},
		{
			name: "more than can be shown", forbid: "Fri 01:00-02:00; Fri 03:00-04:00; Fri 05:00-06:00; Fri 07:00-08:00; Fri 23:00-24:00", known: "2026-01-05", now: "2026-05-15 05:30",
			broken: []string{"2026-02-06 01:10", "2026-02-06 05:10"}, years: [2]int{2026, 2026},
		},
		{name: "always", forbid: "always", known: "2025-01-01", now: "2026-03-05 12:00", broken: []string{"2025-12-24 10:00"}, years: [2]int{2025, 2026}},
		{name: "always, kept", forbid: "always", known: "2025-01-01", now: "2026-03-05 12:00", years: [2]int{2025, 2026}},
		{name: "nothing is known", forbid: "Fri", now: "2026-03-05 12:00", years: [2]int{2026, 2026}},
		{name: "nothing is forbidden any more", forbid: "2024-12-24..2024-12-26", known: "2024-01-01", now: "2026-03-05 12:00", years: [2]int{2025, 2026}},
		{name: "a friday that was not", zone: "Pacific/Apia", forbid: "Fri", known: "2011-01-01", now: "2012-03-05 12:00", years: [2]int{2011, 2012}},
		{name: "from friday to sunday", forbid: "Fri,Sat,Sun", known: "2027-01-01", now: "2028-03-05 12:00", broken: []string{"2028-01-02 12:00"}, years: [2]int{2027, 2028}},
	}
}

// named returns the strip of one of the teams.
func named(tb testing.TB, name string) picture.Strip {
	tb.Helper()
	for _, c := range teams() {
		if c.name == name {
			return c.strip(tb)
		}
	}
	tb.Fatalf("there is no team %q", name)
	return picture.Strip{}
}
