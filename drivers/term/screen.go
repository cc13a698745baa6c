package term

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
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
	darkTrue   = "\x1b[38;2;62;24;24m"
	darkCube   = "\x1b[38;5;236m"
)

// colored is the picture in place of the last one: up to its first line and over it,
// so that what was on the screen above stays. Dots are two columns apart, since a
// character is about twice as high as it is wide.
func (d *Dev) colored() {
	b := append(d.home(d.buf), noWrap...)
	lit, dark := d.red(), darkTrue
	if !d.opts.TrueColor {
		dark = darkCube
	}
	lines := 0
	for y := range d.frame.Height() {
		color := ""
		for x := range d.frame.Width() {
			want, dot := dark, "·"
			if d.level != led.Off && d.frame.At(x, y) {
				want, dot = lit, "●"
			}
			if want != color {
				b, color = append(b, want...), want
			}
			b = append(append(b, dot...), ' ')
		}
		b = append(b, reset+clearRight+"\r\n"...)
		lines++
	}
	for _, line := range captionLines(d.caption) {
		b = append(append(b, line...), clearRight+"\r\n"...)
		lines++
	}
	d.buf, d.height = append(b, clearBelow+wrap...), lines
}

// home appends what goes back to the first line of what is drawn.
func (d *Dev) home(b []byte) []byte {
	b = append(b, hideCursor+"\r"...)
	if d.height > 0 {
		b = fmt.Appendf(b, "\x1b[%dA", d.height)
	}
	return b
}

// Write puts whole lines above the glass, which moves down. It makes the display
// the place for a log that goes to the same terminal. In a pipe, and when
// nothing is drawn, the lines are written as they are.
func (d *Dev) Write(lines []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opts.Color || d.height == 0 || d.halted {
		return d.w.Write(lines)
	}
	d.buf = append(d.home(d.buf[:0]), clearBelow...)
	d.buf = append(d.buf, bytes.ReplaceAll(lines, []byte("\n"), []byte("\r\n"))...)
	d.height = 0
	d.colored()
	if err := d.write(d.buf); err != nil {
		return 0, err
	}
	return len(lines), nil
}

// captionLines returns the lines of a caption, with what a terminal would obey taken
// out: captions hold names that others chose.
func captionLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.Map(printable, strings.TrimRight(text, "\n")), "\n")
}

func printable(r rune) rune {
	if r < ' ' && r != '\n' || r >= 0x7F && r < 0xA0 {
		return -1
	}
	return r
}
