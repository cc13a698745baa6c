package probe

import (
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// A tile is the picture of one module: rows from the top, # for a lit LED.
type tile [8]string

// letterF is a picture that is another in each of the eight ways to lay it.
func letterF() tile {
	return tile{
		".######.",
		".######.",
		".##.....",
		".#####..",
		".#####..",
		".##.....",
		".##.....",
		".##.....",
	}
}

// arrow is a picture of which everybody knows where up is.
func arrow() tile {
	return tile{
		"...##...",
		"..####..",
		".######.",
		"##.##.##",
		"...##...",
		"...##...",
		"...##...",
		"...##...",
	}
}

// letterTile is a letter as the counter draws it.
func letterTile(letter string) (tile, error) {
	f := led.NewFrame(8, 8)
	line, err := led.Fit(letter, 8, 8, led.Font8x8, led.Saturate)
	if err == nil {
		line.Draw(f, 0)
	}
	return tile(strings.Split(f.String(), "\n")[:8]), err
}

func (t tile) draw(f *led.Frame, left, top int) {
	for y, row := range t {
		for x, dot := range row {
			f.Set(left+x, top+y, dot == '#')
		}
	}
}

// of returns the tile whose LED at x, y is that of t where from says.
func (t tile) of(from func(x, y int) (int, int)) tile {
	var u tile
	for y := range u {
		var row [8]byte
		for x := range row {
			fromX, fromY := from(x, y)
			row[x] = t[fromY][fromX]
		}
		u[y] = string(row[:])
	}
	return u
}

// seen is how a tile looks.
func (t tile) seen(as max7219.Look) tile {
	if as.Mirrored {
		t = t.of(func(x, y int) (int, int) { return 7 - x, y })
	}
	for range as.Turns { // clockwise
		t = t.of(func(x, y int) (int, int) { return y, 7 - x })
	}
	return t
}

// undo returns the tile that looks as t. A mirrored look undoes itself.
func (t tile) undo(look max7219.Look) tile {
	if !look.Mirrored {
		look.Turns = (4 - look.Turns) % 4
	}
	return t.seen(look)
}

// lookOf is one of the ways in which a module may show a picture, by its number, 1 to 8.
func lookOf(picture int) max7219.Look {
	return max7219.Look{Mirrored: picture > 4, Turns: (picture - 1) % 4}
}

// gallery draws the F in all of them, four beside each other, 68 columns wide.
func gallery() string {
	var b strings.Builder
	for first := 1; first <= 8; first += 4 {
		var lines [9]string
		for picture := first; picture < first+4; picture++ {
			lines[0] += fmt.Sprintf("  %-15d", picture)
			for y, row := range letterF().seen(lookOf(picture)) {
				lines[y+1] += "  " + strings.Join(strings.Split(row, ""), " ")
			}
		}
		for _, line := range lines {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}
