package max7219_test

import (
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// TestFindOpts holds the choice among walls that look alike.
func TestFindOpts(t *testing.T) {
	type observations = []max7219.Observation
	upright, turned, mirrored := max7219.Orientation{}, max7219.Orientation{Turns: 2}, max7219.Orientation{Mirrored: true}
	for _, tt := range []struct {
		name          string
		columns, rows int
		seen          observations
		want          max7219.Opts // no wiring: there is none
	}{
		{"nothing seen", 4, 1, nil, max7219.Opts{Wiring: "fc16"}},
		{"as the maker draws it", 4, 1, observations{{0, 3, 0, upright}}, max7219.Opts{Wiring: "fc16"}},
		{"from the left", 4, 1, observations{{0, 0, 0, upright}}, max7219.Opts{Wiring: "fc16", Reversed: true}},
		{"a strip upside down", 4, 1, observations{{0, 0, 0, turned}}, max7219.Opts{Wiring: "fc16", Rotate: 180, Reversed: true}},
		{"one module upside down", 1, 1, observations{{0, 0, 0, turned}}, max7219.Opts{Wiring: "fc16", Rotate: 180}},
		{"icstation", 4, 1, observations{{0, 3, 0, turned}}, max7219.Opts{Wiring: "icstation"}},
		{"parola", 4, 1, observations{{0, 3, 0, mirrored}}, max7219.Opts{Wiring: "parola"}},
		{"parola upside down", 4, 1, observations{{0, 0, 0, max7219.Orientation{Mirrored: true, Turns: 2}}}, max7219.Opts{Wiring: "parola", Rotate: 180, Reversed: true}},
		{"generic", 4, 1, observations{{0, 3, 0, max7219.Orientation{Turns: 1}}}, max7219.Opts{Wiring: "generic"}},
		{"generic upside down", 4, 1, observations{{0, 0, 0, max7219.Orientation{Turns: 3}}}, max7219.Opts{Wiring: "generic", Rotate: 180, Reversed: true}},
		{"a quarter", 4, 1, observations{{0, 3, 0, max7219.Orientation{Turns: 3}}}, max7219.Opts{Wiring: "fc16", Rotate: 90}},

		{"grid", 3, 2, observations{{0, 2, 0, upright}, {3, 2, 1, upright}}, max7219.Opts{Wiring: "fc16"}},
		{"back and forth", 3, 2, observations{{0, 2, 0, upright}, {3, 0, 1, turned}}, max7219.Opts{Wiring: "fc16", Serpentine: true}},
		{"back and forth, cabled from the top", 3, 2, observations{{0, 2, 0, max7219.Orientation{Turns: 1}}, {3, 0, 1, max7219.Orientation{Turns: 1}}}, max7219.Opts{Wiring: "generic", Serpentine: true}},
		{"bottom up", 3, 2, observations{{0, 2, 1, upright}, {3, 2, 0, upright}}, max7219.Opts{Wiring: "fc16", BottomUp: true}},
		{"bottom up, back and forth", 3, 2, observations{{0, 2, 1, upright}, {3, 0, 0, turned}}, max7219.Opts{Wiring: "fc16", BottomUp: true, Serpentine: true}},
		{"a column", 1, 2, observations{{0, 0, 0, upright}, {1, 0, 1, upright}}, max7219.Opts{Wiring: "fc16"}},
		{"a column, turned", 1, 2, observations{{0, 0, 0, upright}, {1, 0, 1, turned}}, max7219.Opts{Wiring: "fc16", Serpentine: true}},

		{"from the middle", 4, 1, observations{{0, 1, 0, upright}}, max7219.Opts{}},
		{"from the middle row", 2, 3, observations{{0, 1, 1, upright}}, max7219.Opts{}},
		{"down the columns", 2, 2, observations{{0, 1, 0, upright}, {2, 0, 0, upright}}, max7219.Opts{}},
		{"turned, not back", 2, 2, observations{{0, 1, 0, upright}, {2, 1, 1, turned}}, max7219.Opts{}},
		{"mirrored below", 2, 2, observations{{0, 1, 0, upright}, {2, 1, 1, mirrored}}, max7219.Opts{}},
		{"beside the wall", 2, 2, observations{{0, 3, 0, upright}}, max7219.Opts{}},
		{"a chip too many", 2, 1, observations{{2, 0, 0, upright}}, max7219.Opts{}},
	} {
		got, fits := max7219.FindOpts(tt.columns, tt.rows, tt.seen)
		if tt.want.Wiring == "" {
			if fits == len(tt.seen) {
				t.Errorf("%s: got %+v, want none", tt.name, got)
			}
			continue
		}
		tt.want.Columns, tt.want.Rows = tt.columns, tt.rows
		if got != tt.want || fits != len(tt.seen) {
			t.Errorf("%s: got %+v, which explains %d, want %+v", tt.name, got, fits, tt.want)
		}
	}
}

// TestFindOptsOfMost: where modules differ, the options are those that fit most of them.
func TestFindOptsOfMost(t *testing.T) {
	upright, turned := max7219.Orientation{}, max7219.Orientation{Turns: 2}
	seen := []max7219.Observation{{0, 3, 0, turned}, {1, 2, 0, upright}, {2, 1, 0, upright}, {3, 0, 0, upright}}
	got, fits := max7219.FindOpts(4, 1, seen)
	if want := (max7219.Opts{Columns: 4, Rows: 1, Wiring: max7219.FC16}); got != want || fits != 3 {
		t.Errorf("got %+v, which explains %d, want %+v and 3", got, fits, want)
	}
	if s, want := got.Observation(0), (max7219.Observation{Chip: 0, Column: 3}); s != want {
		t.Errorf("module 1: got %+v, want %+v", s, want)
	}
}
