package main

import (
	"context"
	"fmt"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/schema"
)

const (
	// pinModules is how many modules README lets a Pi's 5 V pins feed. What the pins give
	// has no figure of its own: it is what the Pi and its supply leave.
	pinModules = 2
	moduleLEDs = 64
	fullLevel  = 15
)

// lookAtPower estimates what the modules take. Who feeds them cannot be seen.
func (d *doctor) lookAtPower(context.Context) []finding {
	const check = "power"
	if d.config == nil {
		return skipAll(noPolicy, check)
	}
	if d.config.Display.MAX7219 == nil {
		return nil // lookAtSPI says why
	}
	display := d.config.Display
	modules, level := display.Columns*display.Rows, brightest(d.config.Brightness)
	worst := max7219.Milliamps(modules, modules*moduleLEDs, fullLevel)
	text := fmt.Sprintf("about %d mA at worst, all LEDs of %s at level %d", worst, plural(modules, "module"), fullLevel)
	if lit, err := litBy("88", display); err == nil && level != led.Off {
		text += fmt.Sprintf("; %d mA when it shows \"88\" at level %d", max7219.Milliamps(modules, lit, level), level)
	}
	if most := display.MAX7219.MaxCurrent; most > 0 && most < worst {
		text, worst = fmt.Sprintf("%s; max_current keeps it to %d mA", text, most), most
	}
	pins := max7219.Milliamps(pinModules, pinModules*moduleLEDs, fullLevel)
	text = fmt.Sprintf("%s; a Pi's 5 V pins may feed %d modules, %d mA", text, pinModules, pins)
	if worst <= pins {
		return []finding{okay(check, "%s", text)}
	}
	hint := "from a 5 V supply of their own, with the grounds connected, all is well"
	if pins >= max7219.Milliamps(modules, modules*moduleLEDs, 0) { // the schema wants that much
		hint += fmt.Sprintf("; from the Pi, set max_current: \"%dmA\" beside port", pins)
	}
	return []finding{warning(check, hint, "%s", text)}
}

// brightest returns the highest level of a policy.
func brightest(all []schema.Brightness) led.Level {
	level := led.Off
	for _, b := range all {
		level = max(level, b.Level)
	}
	return level
}

// litBy counts the LEDs that a text lights.
func litBy(text string, d schema.Display) (lit int, err error) {
	frame := led.NewFrame(8*d.Columns, 8*d.Rows)
	line, err := led.Fit(text, frame.Width(), frame.Height(), led.FontAuto, led.Saturate)
	if err != nil {
		return 0, err
	}
	line.Draw(frame, 0)
	for y := range frame.Height() {
		for x := range frame.Width() {
			if frame.At(x, y) {
				lit++
			}
		}
	}
	return lit, nil
}
