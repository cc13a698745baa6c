package probe

import (
	"errors"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// TestModulesDiffer hangs some modules otherwise than the rest, and wants the map and
// what to do.
func TestModulesDiffer(t *testing.T) {
	for _, tt := range []struct {
		name          string
		columns, rows int
		change        func([]chainsim.Module)
		want          string
	}{
		{"one of four is turned", 4, 1, func(m []chainsim.Module) { m[1].Turns++ },
			"   4    3    2!   1\n\nModule 2: turn it clockwise by 270 degrees.\n"},
		{"the first one is turned", 4, 1, func(m []chainsim.Module) { m[0].Turns += 2 },
			"   4    3    2    1!\n\nModule 1: turn it clockwise by 180 degrees.\n"},
		{"a second strip is turned", 8, 1, turnFrom(4),
			"   8!   7!   6!   5!   4    3    2    1\n\nModule 5: turn it clockwise by 180 degrees.\n" +
				"Module 6: turn it clockwise by 180 degrees.\nModule 7: turn it clockwise by 180 degrees.\nModule 8: turn it clockwise by 180 degrees.\n"},
		{"the second strip of a grid is turned", 2, 2, turnFrom(2),
			"   2    1\n   4!   3!\n\nModule 3: turn it clockwise by 180 degrees.\nModule 4: turn it clockwise by 180 degrees.\n"},
		{"one is another board", 3, 1, func(m []chainsim.Module) { m[2].Mirrored = true },
			"   3!   2    1\n\nModule 3 is mirrored: it is another kind of board.\n"},
		{"the cable goes down the columns", 2, 2, func(m []chainsim.Module) { m[1], m[2] = m[2], m[1] },
			"   3!   1\n   4    2!\n\nModule 3 should hang at place 2 from the left in row 2: plug the cables in another order.\n" +
				"Module 2 should hang at place 1 from the left in row 1: plug the cables in another order.\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			modules := chainsim.Modules(max7219.Opts{Columns: tt.columns, Rows: tt.rows, Wiring: max7219.FC16})
			tt.change(modules)
			u := &fakeUser{t: t, wall: chainsim.NewWall(max7219.FC16, modules)}
			block, err := u.ask(tt.columns, tt.rows)
			if !errors.Is(err, errDiffer) || block != "" {
				t.Fatalf("got %v and %q\n%s", err, block, u.terminal.String())
			}
			_, got, _ := strings.Cut(u.terminal.String(), "does not fit the others:\n\n")
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// turnFrom turns a module and those behind it upside down.
func turnFrom(first int) func([]chainsim.Module) {
	return func(modules []chainsim.Module) {
		for i := range modules[first:] {
			modules[first+i].Turns += 2
		}
	}
}

// TestModulesDifferNoMap: who does not want to look at each module is told at once.
func TestModulesDifferNoMap(t *testing.T) {
	modules := chainsim.Modules(max7219.Opts{Columns: 4})
	modules[3].Turns = 2
	u := &fakeUser{t: t, wall: chainsim.NewWall(max7219.FC16, modules), wrong: []string{"Light each=n"}}
	if _, err := u.ask(4, 1); !errors.Is(err, errDiffer) || strings.Contains(u.terminal.String(), "along the cable; !") {
		t.Errorf("got %v and\n%s", err, u.terminal.String())
	}
}
