package schema

import (
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// maxModules is that of #Modules. It bounds a picture's size. What one SPI message takes
// is less, see max7219.MessageSize; a longer refresh goes out in parts.
const maxModules = 157

func (f *file) display(r rawDisplay) Display {
	at := diagnose.Path{"display"}
	c := Display{Columns: r.Columns, Rows: r.Rows}
	switch {
	case r.Modules > 0 && (r.Columns > 0 || r.Rows > 0):
		f.Report(at, "want modules, or columns and rows, not both", "")
	case r.Modules > 0:
		c.Columns, c.Rows = r.Modules, 1
	case r.Columns == 0 && r.Rows == 0:
		f.Add(at.With("modules"), f.NamePosition(at), "missing: want modules, or columns and rows", "")
	case r.Columns == 0:
		f.Missing(at.With("columns"))
	case r.Rows == 0:
		f.Missing(at.With("rows"))
	}
	if n := c.Columns * c.Rows; n > maxModules {
		f.Report(at, fmt.Sprintf("%d modules are too many: want at most %d", n, maxModules), "")
	}
	if r.Terminal != nil {
		c.Terminal = &Terminal{}
	}
	if r.Web != nil {
		c.Web = f.web(at.With("web"), r.Web)
	}
	if r.MAX7219 == nil {
		if r.Terminal == nil && r.Web == nil {
			f.Add(at.With("max7219"), f.NamePosition(at), "missing: want a display that is lit: max7219, terminal or web", "")
		}
		return c
	}
	m := r.MAX7219
	c.MAX7219 = &MAX7219{
		Port:       m.Port,
		Wiring:     m.Wiring,
		Rotate:     m.Rotate,
		Mirror:     m.Mirror,
		Reversed:   m.Reversed,
		Serpentine: m.Serpentine,
		BottomUp:   m.BottomUp,
		Speed:      f.hertz(at.With("max7219").With("speed"), m.Speed),
		Refresh:    f.duration(at.With("max7219").With("refresh"), m.Refresh),
	}
	c.MAX7219.MaxCurrent = f.milliamps(at.With("max7219").With("max_current"), m.MaxCurrent, c.Columns*c.Rows)
	return c
}

// leastMilliamps is what a module takes with all LEDs lit at level 0: below that no
// level keeps a picture (MAX7219 datasheet: 8 mA, and 64 LEDs of 40 mA for an eighth of
// the time, lit for 1/32 of it).
const leastMilliamps = 18

// milliamps reads what #Current permits; 0 for none.
func (f *file) milliamps(p diagnose.Path, text string, modules int) int {
	number, ok := strings.CutSuffix(text, "mA")
	if !ok {
		return 0
	}
	mA, err := strconv.Atoi(number)
	if err != nil {
		f.Report(p, fmt.Sprintf("%q is not a current", text), "")
	}
	if least := modules * leastMilliamps; mA < least {
		f.Report(p, fmt.Sprintf("%s is less than %d modules take at level 0: want at least %dmA", text, modules, least), "")
	}
	return mA
}

// hertz reads what #Speed permits.
func (f *file) hertz(p diagnose.Path, text string) int64 {
	number, scale := strings.TrimSuffix(text, "kHz"), 1e3
	if number == text {
		number, scale = strings.TrimSuffix(text, "MHz"), 1e6
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		f.Report(p, fmt.Sprintf("%q is not an SPI speed", text), "")
	}
	return int64(value*scale + 0.5)
}

// soundDisplay returns the display of a refused file, or nil if that is part of
// what is wrong.
func (f *file) soundDisplay() *Display {
	if !f.Value.Exists() || f.FoundBelow(diagnose.Path{"display"}) {
		return nil
	}
	v := f.Value.LookupPath(cue.ParsePath("display"))
	if v.Validate(cue.All(), cue.Concrete(true)) != nil {
		return nil
	}
	r, err := decodeAs[rawDisplay](v)
	if err != nil {
		return nil
	}
	before := f.Count()
	d := f.display(r)
	if f.Count() > before {
		return nil
	}
	return &d
}
