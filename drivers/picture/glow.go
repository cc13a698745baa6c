package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// The inks of the glass.
const (
	housing   ink = 0x131214
	seam      ink = 0x2b292d
	darkLED   ink = 0x371416
	dimmest   ink = 0xc4241c // lit at level 0
	brightest ink = 0xff5240
)

// Glow returns the colour of an LED at a level, as #rrggbb: that of a dark one for
// [led.Off] and whatever is below 0. At that a script empties the path as well, or
// the text could still be guessed.
func Glow(level led.Level) string { return glow(level).String() }

func glow(level led.Level) ink {
	const most = 15
	if level < 0 {
		return darkLED
	}
	l := ink(min(level, most))
	mix := func(shift int) ink {
		from, to := dimmest>>shift&0xff, brightest>>shift&0xff
		return (from*(most-l) + to*l + most/2) / most << shift
	}
	return mix(16) | mix(8) | mix(0)
}

// png draws the glass with pitch pixels for each LED.
func (g Glass) png(w io.Writer, pitch int) error {
	f := g.Frame
	if width, height := int64(f.Width())*int64(pitch), int64(f.Height())*int64(pitch); width*height > maxPixels {
		return fmt.Errorf("%dx%d pixels are more than 33 million: take fewer modules, a smaller pitch or SVG", width, height)
	}
	c := &canvas{image.NewRGBA(image.Rect(0, 0, f.Width()*pitch, f.Height()*pitch)), pitch}
	draw.Draw(c.img, c.img.Rect, image.NewUniform(housing.rgba()), image.Point{}, draw.Src)
	c.seams(f)
	lit := func(x, y int) bool { return g.Level >= 0 && f.At(x, y) }
	c.dots(f, darkLED, func(x, y int) bool { return !lit(x, y) })
	halo := newHalo(pitch, g.Level)
	for y := range f.Height() {
		for x := range f.Width() {
			if lit(x, y) {
				halo.add(c.img, x*pitch, y*pitch)
			}
		}
	}
	c.dots(f, glow(g.Level), lit)
	return png.Encode(w, c.img)
}

// seams draws the lines between modules.
func (c *canvas) seams(f *led.Frame) {
	thick := max(1, c.scale/10)
	pixels := canvas{c.img, 1}
	for x := module; x < f.Width(); x += module {
		pixels.paint(bar{rect: rect{x*c.scale - thick/2, 0, thick, f.Height() * c.scale}, ink: seam})
	}
	for y := module; y < f.Height(); y += module {
		pixels.paint(bar{rect: rect{0, y*c.scale - thick/2, f.Width() * c.scale, thick}, ink: seam})
	}
}

// dots draws the LEDs that are wanted. A unit of the canvas is an LED.
func (c *canvas) dots(f *led.Frame, i ink, wanted func(x, y int) bool) {
	for y := range f.Height() {
		for x := range f.Width() {
			if wanted(x, y) {
				c.paint(dot{x, y, i})
			}
		}
	}
}

// A dot is an LED in the middle of a unit.
type dot struct {
	x, y int
	ink  ink
}

func (d dot) box() rect   { return rect{d.x, d.y, 1, 1} }
func (d dot) colour() ink { return d.ink }

func (d dot) covers(x, y, n int) bool {
	// From the middle, in two hundredths of 1/n.
	dx, dy := int64(100*(2*(x-d.x*n)-n)), int64(100*(2*(y-d.y*n)-n))
	radius := int64(2 * ledRadius * n)
	return dx*dx+dy*dy <= radius*radius
}

// A halo is the light about an LED, added to what is there.
type halo struct {
	side   int // pixels, of a square around the LED
	margin int // of them before the LED's own
	light  []color.RGBA
}

// reach is how far a halo goes from the middle of its LED, in half pitches.
const reach = 3

// newHalo returns the halo of an LED at a level; none for one that is off. It falls
// with the square of the square of the distance, in whole numbers, so that every
// machine draws the same.
func newHalo(pitch int, level led.Level) halo {
	if level < 0 {
		return halo{}
	}
	h := halo{side: reach * pitch, margin: (reach - 1) * pitch / 2}
	h.light = make([]color.RGBA, h.side*h.side)
	from := glow(level).rgba()
	strength := 14 + 2*int64(min(level, 15)) // of 256
	radius := int64(h.side) * int64(h.side)
	for y := range h.side {
		for x := range h.side {
			dx, dy := int64(2*x+1-h.side), int64(2*y+1-h.side)
			left := max(0, radius-dx*dx-dy*dy) * 256 / radius
			part := left * left * strength // of 256 * 256 * 256
			share := func(v uint8) uint8 { return uint8(int64(v) * part >> 24) }
			h.light[y*h.side+x] = color.RGBA{share(from.R), share(from.G), share(from.B), 0}
		}
	}
	return h
}

// add lights the image about the LED whose own pixels begin at left, top.
func (h *halo) add(img *image.RGBA, left, top int) {
	more := func(a, b uint8) uint8 { return uint8(min(int(a)+int(b), 0xff)) }
	left, top = left-h.margin, top-h.margin
	area := image.Rect(left, top, left+h.side, top+h.side).Intersect(img.Rect)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			p, l := img.RGBAAt(x, y), h.light[(y-top)*h.side+x-left]
			img.SetRGBA(x, y, color.RGBA{more(p.R, l.R), more(p.G, l.G), more(p.B, l.B), p.A})
		}
	}
}
