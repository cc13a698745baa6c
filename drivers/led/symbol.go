package led

import "fmt"

// A Symbol says why there is no number. It alternates with the last number, or
// stands in its place.
type Symbol int

const (
	Unknown     Symbol = iota // "--": nothing is known yet
	AuthError                 // a padlock: there is no credential, or the server refused it
	ClockError                // a clock face: the clock is not synchronised
	Environment               // a magnifying glass: a configured environment was not found
	ConfigError               // braces around an exclamation mark: no good file since the start
)

const padlock = `
..####..
.##..##.
.##..##.
########
########
###..###
###..###
########
`

const clockFace = `
..####..
.#....#.
#...#..#
#...#..#
#...##.#
#......#
.#....#.
..####..
`

const magnifier = `
..###...
.#...#..
#.....#.
#.....#.
.#...#..
..####..
.....##.
......##
`

const braces = `
.##..##.
.#.##.#.
.#.##.#.
#..##..#
#..##..#
.#....#.
.#.##.#.
.##..##.
`

// Draw adds the symbol to f, centred and as large as f permits. A frame of less
// than 8 by 8 pixels shows a part of it.
func (s Symbol) Draw(f *Frame) {
	art := ""
	switch s {
	case Unknown:
		if line, err := Fit("--", f.Width(), f.Height(), FontAuto, Saturate); err == nil {
			line.Draw(f, 0)
		}
		return
	case AuthError:
		art = padlock
	case ClockError:
		art = clockFace
	case Environment:
		art = magnifier
	case ConfigError:
		art = braces
	default:
		return
	}
	scale := max(1, min(f.Width(), f.Height())/8)
	left, top := (f.Width()-8*scale)/2, (f.Height()-8*scale)/2
	for i, c := range art[1:] {
		if c == '#' {
			f.block(left+i%9*scale, top+i/9*scale, scale)
		}
	}
}

func (s Symbol) String() string {
	switch s {
	case Unknown:
		return "unknown"
	case AuthError:
		return "auth error"
	case ClockError:
		return "clock error"
	case Environment:
		return "environment missing"
	case ConfigError:
		return "config error"
	}
	return fmt.Sprintf("Symbol(%d)", int(s))
}
