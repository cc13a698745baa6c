package picture_test

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

func TestTitles(t *testing.T) {
	hotfix := rules.Deployment{ID: "7", Version: "hotfix", Project: "shop", Environment: "Production"}
	unnamed := rules.Deployment{ID: "8", Environment: "Production"}
	breach := func(d rules.Deployment) *rules.Breach { return &rules.Breach{Deployment: d} }
	for _, c := range []struct {
		zone, start, end string
		o                rules.Occurrence
		want             string
	}{
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusKept}, "Friday 13 March 2026: kept"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusBroken, Breaches: 1, Breach: breach(hotfix)},
			"Friday 13 March 2026: broken by hotfix of shop to Production, 1 deployment"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusBroken, Breaches: 3, Breach: breach(hotfix)},
			"Friday 13 March 2026: broken by hotfix of shop to Production, the latest of 3 deployments"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusBroken, Breaches: 1, Breach: breach(unnamed)},
			"Friday 13 March 2026: broken by deployment 8 to Production, 1 deployment"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusBroken}, "Friday 13 March 2026: broken"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusOpen}, "Friday 13 March 2026: going on"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusAhead}, "Friday 13 March 2026: to come"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusBefore}, "Friday 13 March 2026: before the rule"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusUnknown}, "Friday 13 March 2026: not known"},
		{"", "2026-03-13 00:00", "2026-03-14 00:00", rules.Occurrence{Status: "new"}, "Friday 13 March 2026: not known"},
		{"", "2026-03-13 00:00", "2026-03-16 00:00", rules.Occurrence{Status: rules.StatusKept}, "Friday 13 March 2026 to Sunday 15 March 2026: kept"},
		{"", "2026-03-13 14:00", "2026-03-13 18:00", rules.Occurrence{Status: rules.StatusKept}, "Friday 13 March 2026, 14:00 to 18:00: kept"},
		{"", "2026-03-13 14:00", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusKept}, "Friday 13 March 2026, 14:00 to 24:00: kept"},
		{"", "2026-03-13 00:00", "2026-03-13 18:00", rules.Occurrence{Status: rules.StatusKept}, "Friday 13 March 2026, 00:00 to 18:00: kept"},
		{"", "2026-03-13 22:00", "2026-03-14 06:00", rules.Occurrence{Status: rules.StatusKept}, "Friday 13 March 2026, 22:00 to Saturday 14 March 2026, 06:00: kept"},
		{"", "2026-03-13 14:00", "2026-03-16 00:00", rules.Occurrence{Status: rules.StatusKept}, "Friday 13 March 2026, 14:00 to Sunday 15 March 2026, 24:00: kept"},
		{"", "", "", rules.Occurrence{Status: rules.StatusOpen}, "always: going on"},
		{"", "2026-03-13 00:00", "", rules.Occurrence{Status: rules.StatusOpen}, "from Friday 13 March 2026 on: going on"},
		{"America/Los_Angeles", "2026-03-13 00:00", "", rules.Occurrence{Status: rules.StatusOpen}, "from Friday 13 March 2026 on: going on"},
		{"", "2026-03-13 14:00", "", rules.Occurrence{Status: rules.StatusOpen}, "from Friday 13 March 2026, 14:00 on: going on"},
		{"", "", "2026-03-13 14:00", rules.Occurrence{Status: rules.StatusKept}, "until Friday 13 March 2026, 14:00: kept"},
		{"", "", "2026-03-14 00:00", rules.Occurrence{Status: rules.StatusKept}, "until Friday 13 March 2026, 24:00: kept"},
		// By UTC it is the day before; the day of the change has 23 hours.
		{"Europe/Berlin", "2026-03-29 00:00", "2026-03-30 00:00", rules.Occurrence{Status: rules.StatusKept}, "Sunday 29 March 2026: kept"},
		// On this day the clock began at 01:00.
		{"America/Sao_Paulo", "2018-11-04 01:00", "2018-11-05 00:00", rules.Occurrence{Status: rules.StatusKept}, "Sunday 4 November 2018: kept"},
		// There was no 30 December.
		{"Pacific/Apia", "2011-12-29 00:00", "2011-12-31 00:00", rules.Occurrence{Status: rules.StatusKept}, "Thursday 29 December 2011: kept"},
	} {
		s := picture.Strip{Zone: location(t, c.zone), First: 2011, Last: 2026}
		if c.start != "" {
			c.o.Start = local(t, s.Zone, c.start).UTC()
		}
		if c.end != "" {
			c.o.End = local(t, s.Zone, c.end).UTC()
		}
		s.Occurrences = []rules.Occurrence{c.o}
		cells := readCells(t, parse(t, svg(t, s)))
		if len(cells) == 0 {
			t.Fatalf("no cell, want %q", c.want)
		}
		for _, cell := range cells {
			if cell.title != c.want {
				t.Errorf("%s to %s: got %q, want %q", c.start, c.end, cell.title, c.want)
			}
		}
	}
}

// TestSharedTitle counts the statuses of what shares a cell.
func TestSharedTitle(t *testing.T) {
	s := picture.Strip{First: 2026, Last: 2026}
	for i, status := range []rules.Status{rules.StatusKept, rules.StatusBroken, rules.StatusKept, rules.StatusBroken, rules.StatusOpen, rules.StatusAhead, "new"} {
		start := local(t, time.UTC, "2026-03-13 01:00").Add(time.Duration(i) * time.Hour)
		o := rules.Occurrence{Start: start, End: start.Add(time.Minute), Status: status}
		if status == rules.StatusBroken {
			o.Breaches = 1
			o.Breach = &rules.Breach{At: start, Deployment: rules.Deployment{Version: "release-" + start.Format("15"), Project: "shop", Environment: "Production"}}
		}
		s.Occurrences = append([]rules.Occurrence{o}, s.Occurrences...)
	}
	cells := readCells(t, parse(t, svg(t, s)))
	want := "Friday 13 March 2026, 7 windows: 2 broken, the latest by release-04 of shop to Production; 1 not known; 1 going on; 1 to come; 2 kept"
	if len(cells) != 1 || cells[0].title != want || cells[0].status != rules.StatusBroken {
		t.Errorf("got %+v, want one cell %q", cells, want)
	}
}
