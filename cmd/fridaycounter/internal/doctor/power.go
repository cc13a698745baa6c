package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

const (
	// pinModules is how many modules README lets a Pi's 5 V pins feed. What the pins give
	// has no figure of its own: it is what the Pi and its supply leave.
	pinModules = 2
	moduleLEDs = 64
	fullLevel  = 15
)

// checkPower estimates what the modules take. Who feeds them cannot be seen.
func (d *doctor) checkPower(context.Context) Finding {
	display := d.config.Display
	if display.MAX7219 == nil {
		return Finding{}
	}
	modules := display.Columns * display.Rows
	worst := max7219.Milliamps(modules, modules*moduleLEDs, fullLevel)
	text := fmt.Sprintf("about %d mA at worst, all LEDs of %s at level %d", worst, report.Plural(modules, "module"), fullLevel)
	level := led.Off
	for _, b := range d.config.Brightness {
		level = max(level, b.Level)
	}
	frame := led.NewFrame(8*display.Columns, 8*display.Rows)
	if line, err := led.Fit("88", frame.Width(), frame.Height(), led.FontAuto, led.Saturate); err == nil && level != led.Off {
		line.Draw(frame, 0)
		lit := strings.Count(frame.String(), "#")
		text += fmt.Sprintf("; %d mA when it shows \"88\" at level %d", max7219.Milliamps(modules, lit, level), level)
	}
	if most := display.MAX7219.MaxCurrent; most > 0 && most < worst {
		text, worst = fmt.Sprintf("%s; max_current keeps it to %d mA", text, most), most
	}
	pins := max7219.Milliamps(pinModules, pinModules*moduleLEDs, fullLevel)
	text = fmt.Sprintf("%s; a Pi's 5 V pins may feed %d modules, %d mA", text, pinModules, pins)
	if worst <= pins {
		return okay("%s", text)
	}
	hint := "from a 5 V supply of their own, with the grounds connected, all is well"
	if pins >= max7219.Milliamps(modules, modules*moduleLEDs, 0) { // the schema wants that much
		hint += fmt.Sprintf("; from the Pi, set max_current: \"%dmA\" beside port", pins)
	}
	return warning(hint, "%s", text)
}
