package picture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A Glass is a frame as the wall shows it: black housings of 8x8 modules, and on
// them every LED, the dark ones too.
//
// A Glass is only read by its methods, so several may run at the same time.
type Glass struct {
	Frame *led.Frame
	Level led.Level // beyond 15 as 15; below 0 as [led.Off]: all is dark
	Pitch int       // pixels from one LED to the next, 4 to 64; 0: 16
	Title string    // what a screen reader says; any text, "": "LED display"
}

const (
	defaultPitch = 16
	minPitch     = 4
	maxPitch     = 64
	module       = 8 // LEDs along a side
)

// WriteSVG writes the glass as one SVG element, as large as the PNG would be. Its
// units are LEDs, and all lit ones are the path of the class "lit": a script shows
// another frame by setting its d to [LitPath] and its stroke to [Glow]. It has no
// styles and no scripts. It refers to nothing but its filter "led-glow", which is the
// same in every glass, so that several may be in one page; where the first of them is
// not displayed, the others need not glow. The same glass always gives the same
// bytes. Errors: no LEDs, a pitch out of range, and those of w.
func (g Glass) WriteSVG(w io.Writer) error {
	pitch, err := g.check()
	if err == nil {
		_, err = w.Write(g.svg(pitch))
	}
	if err != nil {
		return fmt.Errorf("draw the glass as SVG: %w", err)
	}
	return nil
}

// WritePNG writes the glass as a PNG image; the same glass always gives the same
// bytes. Errors: no LEDs, a pitch out of range, more than 33 million pixels, and
// those of w.
func (g Glass) WritePNG(w io.Writer) error {
	pitch, err := g.check()
	if err == nil {
		err = g.png(w, pitch)
	}
	if err != nil {
		return fmt.Errorf("draw the glass as PNG: %w", err)
	}
	return nil
}

// check returns the pitch.
func (g Glass) check() (pitch int, err error) {
	switch {
	case g.Frame == nil || g.Frame.Width() == 0 || g.Frame.Height() == 0:
		return 0, errors.New("the frame has no LEDs")
	case g.Pitch == 0:
		return defaultPitch, nil
	case g.Pitch < minPitch || g.Pitch > maxPitch:
		return 0, fmt.Errorf("pitch %d: want %d to %d", g.Pitch, minPitch, maxPitch)
	}
	return g.Pitch, nil
}

func (g Glass) title() string {
	if g.Title == "" {
		return "LED display"
	}
	return brief(g.Title)
}

// The radius of an LED in hundredths of the pitch, and its diameter in SVG.
const (
	ledRadius   = 38
	ledDiameter = ".76"
)

func (g Glass) svg(pitch int) []byte {
	w, h := g.Frame.Width(), g.Frame.Height()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="glass" role="img" aria-label="`)
	escape(&b, g.title())
	fmt.Fprintf(&b, `" width="%d" height="%d" viewBox="0 0 %d %d">`+"\n", w*pitch, h*pitch, w, h)
	// In percent of the whole, since a path of one row of dots has no height.
	b.WriteString(`<filter id="led-glow" filterUnits="userSpaceOnUse" color-interpolation-filters="sRGB">` +
		`<feGaussianBlur stdDeviation=".6"/><feMerge><feMergeNode/><feMergeNode in="SourceGraphic"/></feMerge></filter>` + "\n")
	fmt.Fprintf(&b, `<path d="M0 0h%dv%dH0z" fill="%s"/>`+"\n", w, h, housing)
	fmt.Fprintf(&b, `<path d="%s" stroke="%s" stroke-width=".1"/>`+"\n", seamPath(w, h), seam)
	fmt.Fprintf(&b, `<path d="%s" stroke="%s" stroke-width="%s" stroke-linecap="round" stroke-dasharray="0 1"/>`+"\n", darkPath(w, h), darkLED, ledDiameter)
	b.WriteString(`<path class="lit" d="`)
	if g.Level >= 0 {
		b.Write(AppendLitPath(nil, g.Frame))
	}
	fmt.Fprintf(&b, `" stroke="%s" stroke-width="%s" stroke-linecap="round" filter="url(#led-glow)"/>`+"\n</svg>\n", Glow(g.Level), ledDiameter)
	return b.Bytes()
}

// seamPath is the lines between modules.
func seamPath(w, h int) string {
	var b []byte
	for x := module; x < w; x += module {
		b = fmt.Appendf(b, "M%d 0v%d", x, h)
	}
	for y := module; y < h; y += module {
		b = fmt.Appendf(b, "M0 %dh%d", y, w)
	}
	return string(b)
}

// darkPath is a line through each row of LEDs, to be dotted.
func darkPath(w, h int) string {
	var b []byte
	for y := range h {
		b = fmt.Appendf(b, "M.5 %d.5h%d.5", y, w-1)
	}
	return string(b)
}

// LitPath returns the lit pixels of a frame as the d of an SVG path in LEDs,
// M.5 .5h0M1.5 .5h0: row by row a line without a length for each, which round ends
// make a dot. "" for a dark or a nil frame.
func LitPath(f *led.Frame) string { return string(AppendLitPath(nil, f)) }

// AppendLitPath appends [LitPath] of a frame to b.
func AppendLitPath(b []byte, f *led.Frame) []byte {
	if f == nil {
		return b
	}
	for y := range f.Height() {
		for x := range f.Width() {
			if f.At(x, y) {
				b = appendMiddle(append(b, 'M'), x)
				b = appendMiddle(append(b, ' '), y)
				b = append(b, "h0"...)
			}
		}
	}
	return b
}

// appendMiddle appends n and a half.
func appendMiddle(b []byte, n int) []byte {
	if n > 0 {
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, ".5"...)
}
