package term

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Escape codes of ECMA-48 and xterm, which every terminal in use knows.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	noWrap     = "\x1b[?7l" // long lines are cut, or going back over them would go wrong
	wrap       = "\x1b[?7h"
	reset      = "\x1b[0m"
	clearRight = "\x1b[K"
	clearBelow = "\x1b[J"
)

// plain returns the picture as '#' and '.', and the caption.
func (d *Dev) plain() string {
	text := d.frame.String() + d.caption
	if d.height > 0 {
		text = "\n" + text
	}
	return text
}

// colored returns what replaces the last picture: up to its first line and over it,
// so that what was on the screen above stays. Dots are two columns apart, since a
// character is about twice as high as it is wide.
func (d *Dev) colored(log []byte) string {
	var b strings.Builder
	b.WriteString(hideCursor + "\r")
	if d.height > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", d.height)
	}
	if len(log) > 0 {
		b.WriteString(clearBelow + strings.ReplaceAll(string(log), "\n", "\r\n"))
	}
	b.WriteString(noWrap)
	lit, dark := d.colors()
	for y := range d.frame.Height() {
		color := ""
		for x := range d.frame.Width() {
			want, dot := dark, "· "
			if d.frame.At(x, y) {
				want, dot = lit, "● "
			}
			if want != color {
				b.WriteString(want)
				color = want
			}
			b.WriteString(dot)
		}
		b.WriteString(reset + clearRight + "\r\n")
	}
	b.WriteString(strings.ReplaceAll(d.wrapped(), "\n", clearRight+"\r\n") + clearBelow + wrap)
	return b.String()
}

// wrapped returns the caption in lines that fit the terminal, without a word that is cut.
func (d *Dev) wrapped() string {
	if d.opts.Columns == nil || !d.opts.Color {
		return d.caption
	}
	most := d.opts.Columns()
	var b strings.Builder
	for line := range strings.Lines(d.caption) {
		width := 0
		for word := range strings.SplitSeq(strings.TrimRight(line, "\n"), " ") {
			n := utf8.RuneCountInString(word)
			switch {
			case width == 0:
			case most > 0 && width+1+n > most:
				b.WriteByte('\n')
				width = 0
			default:
				b.WriteByte(' ')
				width++
			}
			b.WriteString(word)
			width += n
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// colors returns the escape codes for a lit dot and a dark one. A lit one is brighter
// with the level, and never as dark as one that is out.
func (d *Dev) colors() (lit, dark string) {
	level := int(max(0, min(15, d.level)))
	if d.opts.TrueColor {
		glow := level * 60 / 15 // towards orange, as bright LEDs look
		return fmt.Sprintf("\x1b[38;2;%d;%d;%dm", 110+level*145/15, glow, glow/2), "\x1b[38;2;62;24;24m"
	}
	// Entries 88, 124, 160, 196 of the colour cube are its reds.
	return fmt.Sprintf("\x1b[38;5;%dm", 88+level/4*36), "\x1b[38;5;236m"
}

// clean returns whole lines, with what a terminal would obey taken out: a caption holds
// names that others chose.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7F && r < 0xA0 {
			return -1
		}
		return r
	}, strings.TrimRight(text, "\n"))
	if text != "" {
		text += "\n"
	}
	return text
}
