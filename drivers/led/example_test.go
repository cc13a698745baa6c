package led_test

import (
	"fmt"
	"log"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A number that is too wide for two modules becomes nines and a plus.
func ExampleFit() {
	for _, text := range []string{"12", "123", "123456"} {
		line, err := led.Fit(text, 16, 8, led.FontAuto, led.Saturate)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %q in the font %s\n", text, line.Text, line.Font)
	}
	// Output:
	// 12: "12" in the font 8x8
	// 123: "123" in the font narrow
	// 123456: "999+" in the font narrow
}

// A 7 that is stale and at least: the marks light the corners.
func ExampleMark() {
	line, err := led.Fit("7", 8, 8, led.FontAuto, led.Saturate)
	if err != nil {
		log.Fatal(err)
	}
	frame := led.NewFrame(8, 8)
	line.Draw(frame, 0)
	led.Stale.Draw(frame, true)
	led.AtLeast.Draw(frame, true)
	fmt.Print(frame)
	// Output:
	// .#####.#
	// .....##.
	// ....##..
	// ....##..
	// ...##...
	// ...##...
	// ...##...
	// #.......
}
