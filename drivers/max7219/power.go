package max7219

import (
	"math/bits"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// The datasheet's figures (electrical characteristics, and table 7): a chip takes 8 mA
// for itself, and each lit LED 40 mA for an eighth of the time, of which the intensity
// takes (2·level+1)/32. With all 64 LEDs at level 15 that is 318 mA; the datasheet
// says typically 330. Boards whose resistor is not 9.53 kΩ differ.
const (
	ownMilliamps     = 8
	segmentMilliamps = 40
)

// Milliamps estimates the current of some modules by the LEDs that are lit on all of
// them, in mA and rounded up. With [led.Off] the chips are shut down and take less than
// 1 mA each.
func Milliamps(modules, lit int, level led.Level) int {
	if level < 0 {
		return (modules*15 + 99) / 100 // 150 µA each
	}
	const parts = digits * 32
	return modules*ownMilliamps + (lit*segmentMilliamps*(2*int(min(level, 15))+1)+parts-1)/parts
}

// capped returns the highest level up to level at which modules take at most most mA,
// or 0, since a dim picture says more than a dark one.
func capped(modules, lit int, level led.Level, most int) led.Level {
	for level > 0 && Milliamps(modules, lit, level) > most {
		level--
	}
	return level
}

// transition returns the intensity at which the digits change. It is no higher than
// before and after, and low enough for the LEDs of both pictures at once, since some
// digits change before others. While it is unknown what the chips hold, all LEDs may be
// lit, and it is the lowest.
func (d *Dev) transition() byte {
	level := min(d.have.intensity, d.want.intensity)
	switch unlimited := d.opts.MaxCurrent == 0; {
	case unlimited && d.live:
		return level
	case unlimited:
		return d.want.intensity
	case !d.live:
		return 0
	}
	lit := 0
	for chip, want := range d.want.digits {
		lit += bits.OnesCount64(want | d.have.digits[chip])
	}
	return byte(capped(len(d.places), lit, led.Level(level), d.opts.MaxCurrent))
}
