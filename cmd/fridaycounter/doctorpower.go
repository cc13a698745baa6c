package main

import (
	"context"
	"fmt"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/schema"
)

const (
	pinMilliamps = 1000 // what a Pi's 5 V pins give beside the Pi itself, about
	moduleLEDs   = 64
	fullLevel    = 15
)

// lookAtPower estimates what the modules take. Who feeds them cannot be seen.
func (d *doctor) lookAtPower(context.Context) []finding {
	const check = "power"
	if d.config == nil || d.config.Display.MAX7219 == nil {
		return nil // lookAtSPI says why
	}
	display := d.config.Display
	modules, level := display.Columns*display.Rows, brightest(d.config.Brightness)
	worst := max7219.Milliamps(modules, modules*moduleLEDs, fullLevel)
	text := fmt.Sprintf("about %d mA at worst, all LEDs of %d modules at level %d", worst, modules, fullLevel)
	if lit, err := litBy("88", display); err == nil && level != led.Off {
		text += fmt.Sprintf("; %d mA with 88 at level %d", max7219.Milliamps(modules, lit, level), level)
	}
	if most := display.MAX7219.MaxCurrent; most > 0 && most < worst {
		text, worst = fmt.Sprintf("%s; max_current keeps it to %d mA", text, most), most
	}
	if worst > pinMilliamps {
		hint := fmt.Sprintf("a Pi's pins give about %d mA: from a 5 V supply of their own all is well, else set max_current beside port", pinMilliamps)
		return []finding{warning(check, hint, "%s", text)}
	}
	return []finding{okay(check, "%s; a Pi's 5 V pins give about %d mA", text, pinMilliamps)}
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
