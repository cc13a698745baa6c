package main

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

// allLit is the lamp test of one module.
func allLit() tile {
	var t tile
	for y := range t {
		t[y] = "########"
	}
	return t
}

// letterTile is a letter as the counter draws it.
func letterTile(letter string) (tile, error) {
	line, err := led.Fit(letter, 8, 8, led.Font8x8, led.Saturate)
	if err != nil {
		return tile{}, err
	}
	f := led.NewFrame(8, 8)
	line.Draw(f, 0)
	return tile(strings.Split(f.String(), "\n")[:8]), nil
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

func (t tile) mirrored() tile {
	return t.of(func(x, y int) (int, int) { return 7 - x, y })
}

// turned turns clockwise by quarters.
func (t tile) turned(quarters int) tile {
	for range quarters {
		t = t.of(func(x, y int) (int, int) { return y, 7 - x })
	}
	return t
}

// seen is how a tile looks.
func (t tile) seen(as max7219.Look) tile {
	if as.Mirrored {
		t = t.mirrored()
	}
	return t.turned(as.Turns)
}

// undo returns the tile that looks as t.
func (t tile) undo(look max7219.Look) tile {
	t = t.turned(4 - look.Turns)
	if look.Mirrored {
		t = t.mirrored()
	}
	return t
}

// looks are the ways in which a module may show a picture, by their number less 1.
func looks() []max7219.Look {
	var all []max7219.Look
	for _, mirrored := range []bool{false, true} {
		for turns := range 4 {
			all = append(all, max7219.Look{Mirrored: mirrored, Turns: turns})
		}
	}
	return all
}

// gallery draws the F in all of them, four beside each other, 68 columns wide.
func gallery() string {
	var b strings.Builder
	for first := 0; first < len(looks()); first += 4 {
		var lines [9]string
		for i, look := range looks()[first : first+4] {
			lines[0] += fmt.Sprintf("  %-15d", first+i+1)
			for y, row := range letterF().seen(look) {
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
