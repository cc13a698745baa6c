package max7219_test

import (
	"fmt"
	"log"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// Two modules, of which the model of the chain shows what is lit. On a Raspberry Pi,
// sysfs.NewSPI of periph.io/x/host opens the port.
func Example() {
	opts := max7219.Opts{Columns: 2, Wiring: max7219.FC16}
	wall := chainsim.New(opts)
	host := &chainsim.Host{Chain: wall.Chain}

	dev, err := max7219.New(host.Open, opts)
	if err != nil {
		log.Fatal(err)
	}
	text, err := led.Fit("12", 16, 8, led.FontAuto, led.Saturate)
	if err != nil {
		log.Fatal(err)
	}
	frame := led.NewFrame(16, 8)
	text.Draw(frame, 0)
	if err := dev.Show(led.Picture{Frame: frame, Level: 2}); err != nil {
		log.Fatal(err)
	}
	fmt.Print(wall.Glass())
	if err := dev.Halt(); err != nil { // or the chips show it for ever
		log.Fatal(err)
	}
	// Output:
	// ...##.....####..
	// ..###....##..##.
	// ...##........##.
	// ...##.......##..
	// ...##......##...
	// ...##.....##....
	// ..####...######.
	// ................
}

// A strip of four that hangs upside down: the module next to the Pi is the leftmost
// one, and what it shows stands on its head.
func ExampleFindOpts() {
	seen := []max7219.Observation{{Chip: 0, Column: 0, Orientation: max7219.Orientation{Turns: 2}}}
	opts, fits := max7219.FindOpts(4, 1, seen)
	fmt.Println(fits == len(seen), opts.Wiring, opts.Rotate, opts.Reversed)
	// Output: true fc16 180 true
}

func ExampleMilliamps() {
	fmt.Println(max7219.Milliamps(4, 4*64, 15), "mA: all LEDs of four modules")
	fmt.Println(max7219.Milliamps(4, 50, 8), "mA: two digits")
	// Output:
	// 1272 mA: all LEDs of four modules
	// 165 mA: two digits
}
