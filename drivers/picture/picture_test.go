package picture_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

func TestRange(t *testing.T) {
	for _, c := range []struct {
		zone        string
		first, last int
		from, to    string
	}{
		{"", 2026, 2026, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"America/Los_Angeles", 2022, 2026, "2022-01-01T00:00:00-08:00", "2027-01-01T00:00:00-08:00"},
	} {
		s := picture.Strip{Zone: location(t, c.zone), First: c.first, Last: c.last}
		from, to := s.Range()
		if got := [2]string{from.Format(time.RFC3339), to.Format(time.RFC3339)}; got != [2]string{c.from, c.to} {
			t.Errorf("%d to %d in %q: got %v, want %s, %s", c.first, c.last, c.zone, got, c.from, c.to)
		}
	}
}

// TestOrder holds the bytes to not depending on the order of the occurrences, nor
// on the zone in which their times are kept; and drawing to changing nothing.
func TestOrder(t *testing.T) {
	for _, name := range []string{"calm-weekends", "fridays and holidays", "freezes", "more than can be shown", "always"} {
		s := named(t, name)
		wantSVG, wantPNG := svg(t, s), mustPNG(t, s)
		r := rand.New(rand.NewPCG(1, 2))
		r.Shuffle(len(s.Occurrences), func(i, j int) { s.Occurrences[i], s.Occurrences[j] = s.Occurrences[j], s.Occurrences[i] })
		for i := range s.Occurrences {
			o := &s.Occurrences[i]
			if !o.Start.IsZero() {
				o.Start = o.Start.UTC()
			}
			if !o.End.IsZero() {
				o.End = o.End.In(location(t, "Asia/Kathmandu"))
			}
		}
		before := append([]rules.Occurrence(nil), s.Occurrences...)
		if !bytes.Equal(svg(t, s), wantSVG) || !bytes.Equal(mustPNG(t, s), wantPNG) {
			t.Errorf("%s: another order gives another picture", name)
		}
		for i := range before {
			if before[i] != s.Occurrences[i] {
				t.Fatalf("%s: drawing changed occurrence %d", name, i)
			}
		}
	}
}

func mustPNG(tb testing.TB, s picture.Strip) []byte {
	tb.Helper()
	b, err := s.PNG()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// TestYears holds the strip to drawing its own years only.
func TestYears(t *testing.T) {
	s := named(t, "no-friday-deploys")
	s.First, s.Last = 2024, 2025
	want := `2024  #X##############X############################X######    kept 49, broken 3
2025  #########X#############X##########################X#    kept 49, broken 3
`
	if got := sketch(t, svg(t, s)); !strings.HasSuffix(got, "\n\n"+want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestZero is a strip of the first year there is, of nothing.
func TestZero(t *testing.T) {
	p := parse(t, svg(t, picture.Strip{}))
	if got := years(p); len(got) != 1 || got[0].Text != "0" || len(readCells(t, p)) != 0 {
		t.Errorf("got %+v, want one empty row", got)
	}
	decode(t, picture.Strip{})
}

// TestOutOfRange holds instants that no calendar has to doing no harm.
func TestOutOfRange(t *testing.T) {
	far := time.Unix(1<<40, 0)
	old := time.Unix(-1<<40, 0)
	noon := time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	s := picture.Strip{First: 2026, Last: 2027, Occurrences: []rules.Occurrence{
		{Start: old, End: far, Status: rules.StatusOpen},
		{Start: far, End: old, Status: rules.StatusKept},
		{Start: noon, End: noon, Status: rules.StatusKept},
		{Start: noon.AddDate(0, 0, 7), End: old, Status: rules.StatusBroken},
		{Start: old, End: old.Add(time.Hour), Status: rules.StatusBroken},
		{Start: far, Status: rules.StatusAhead},
		{End: old, Status: rules.StatusKept},
	}}
	want := `2026            #X                                            kept 1, broken 1
     <ooooooooooooooooooooooooooooooooooooooooooooooooooooo>
2027 <ooooooooooooooooooooooooooooooooooooooooooooooooooooo>
`
	if got := sketch(t, svg(t, s)); !strings.HasSuffix(got, "\n\n"+want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
