package probe

import (
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// letterF looks different in each of the eight orientations. Its bits are in the order
// of [led.Frame.Module].
const letterF uint64 = 0b01111110<<56 |
	0b01111110<<48 |
	0b01100000<<40 |
	0b01111100<<32 |
	0b01111100<<24 |
	0b01100000<<16 |
	0b01100000<<8 |
	0b01100000

// arrow points up.
const arrow uint64 = 0b00011000<<56 |
	0b00111100<<48 |
	0b01111110<<40 |
	0b11011011<<32 |
	0b00011000<<24 |
	0b00011000<<16 |
	0b00011000<<8 |
	0b00011000

// letterPixels draws a letter as the counter does.
func letterPixels(letter string) (uint64, error) {
	line, err := led.Fit(letter, 8, 8, led.Font8x8, led.Saturate)
	if err != nil {
		return 0, err
	}
	f := led.NewFrame(8, 8)
	line.Draw(f, 0)
	return f.Module(0, 0), nil
}

// orientationOf returns the orientation of a picture in the gallery, 1 to 8.
func orientationOf(picture int) max7219.Orientation {
	return max7219.Orientation{Mirrored: picture > 4, Turns: (picture - 1) % 4}
}

// gallery draws the F in every orientation, four in a row, 68 columns wide.
func gallery() string {
	var b strings.Builder
	for first := 1; first <= 8; first += 4 {
		var lines [9]string
		for picture := first; picture < first+4; picture++ {
			lines[0] += fmt.Sprintf("  %-15d", picture)
			shown := fmt.Sprintf("%064b", orientationOf(picture).Of(letterF))
			for y := range 8 {
				lines[y+1] += "  " + strings.Join(strings.Split(shown[8*y:8*y+8], ""), " ")
			}
		}
		b.WriteString(strings.TrimRight(lines[0], " ") + "\n")
		b.WriteString(strings.NewReplacer("0", ".", "1", "#").Replace(strings.Join(lines[1:], "\n")) + "\n\n")
	}
	return b.String()
}
