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

const (
	maxScale  = 8
	maxPixels = 32 << 20 // 128 MiB of memory
)

// png writes the sheet as an image of scale pixels for each unit; 0: 2.
func (sh *sheet) png(w io.Writer, scale int) error {
	switch {
	case scale == 0:
		scale = 2
	case scale < 0 || scale > maxScale:
		return fmt.Errorf("scale %d: want 1 to %d", scale, maxScale)
	}
	if int64(sh.width*scale)*int64(sh.height*scale) > maxPixels {
		return fmt.Errorf("%dx%d pixels are more than 33 million: take fewer years, a smaller scale or SVG", sh.width*scale, sh.height*scale)
	}
	c := newCanvas(sh.width*scale, sh.height*scale, scale)
	for i := range sh.cells {
		for _, s := range sh.cells[i].shapes {
			c.paint(s)
		}
	}
	for _, l := range sh.labels {
		if err := c.write(l); err != nil {
			return err
		}
	}
	return png.Encode(w, c.img)
}

// A canvas is an image on which shapes are painted.
type canvas struct {
	img   *image.RGBA
	scale int
}

func newCanvas(width, height, scale int) *canvas {
	c := &canvas{image.NewRGBA(image.Rect(0, 0, width, height)), scale}
	draw.Draw(c.img, c.img.Rect, image.NewUniform(paper.rgba()), image.Point{}, draw.Src)
	return c
}

// samples is the points that are looked at in a pixel, in each direction.
const samples = 4

// all is the coverage of a pixel that a shape has whole.
const all = samples * samples

// paint paints a shape over what is there, its edges smooth. What a convex shape
// has whole of a line of pixels has no gaps.
func (c *canvas) paint(s shape) {
	box := s.box()
	area := image.Rect(box.x*c.scale, box.y*c.scale, (box.x+box.w)*c.scale, (box.y+box.h)*c.scale).Intersect(c.img.Rect)
	over := s.colour().rgba()
	for y := area.Min.Y; y < area.Max.Y; y++ {
		left, right := area.Min.X, area.Max.X
		for ; left < right; left++ {
			if n := c.coverage(s, left, y); n == all {
				break
			} else if n > 0 {
				c.blend(left, y, over, n)
			}
		}
		for ; right > left; right-- {
			if n := c.coverage(s, right-1, y); n == all {
				break
			} else if n > 0 {
				c.blend(right-1, y, over, n)
			}
		}
		for x := left; x < right; x++ {
			c.img.SetRGBA(x, y, over)
		}
	}
}

// coverage returns how many of a pixel's points are in a shape. A convex shape
// that has the outer four has all.
func (c *canvas) coverage(s shape, x, y int) int {
	n := 2 * samples * c.scale // points lie in the middle of parts of a pixel
	at := func(i, j int) bool { return s.covers(2*samples*x+2*i+1, 2*samples*y+2*j+1, n) }
	const last = samples - 1
	if at(0, 0) && at(last, 0) && at(0, last) && at(last, last) {
		return all
	}
	count := 0
	for j := range samples {
		for i := range samples {
			if at(i, j) {
				count++
			}
		}
	}
	return count
}

// blend mixes n parts of a colour into a pixel.
func (c *canvas) blend(x, y int, over color.RGBA, n int) {
	p := c.img.RGBAAt(x, y)
	mix := func(under, over uint8) uint8 {
		return uint8((int(under)*(all-n) + int(over)*n + all/2) / all)
	}
	c.img.SetRGBA(x, y, color.RGBA{mix(p.R, over.R), mix(p.G, over.G), mix(p.B, over.B), p.A})
}

// write letters a label in the wall's dots.
func (c *canvas) write(l label) error {
	line, err := l.line(ascii(l.text))
	if err != nil {
		return err
	}
	f := led.NewFrame(line.Width(), 8)
	line.Draw(f, 0)
	dot := l.dot() * c.scale / 2
	left, top := l.x*c.scale, l.y*c.scale-7*dot
	if l.end {
		left -= f.Width() * dot
	}
	radius := 0
	if l.lettering == heading {
		radius = dot / 2 // as LEDs
	}
	pixels := canvas{c.img, 1}
	for y := range f.Height() {
		for x := range f.Width() {
			if f.At(x, y) {
				pixels.paint(bar{rect{left + x*dot, top + y*dot, dot, dot}, radius, radius, l.ink})
			}
		}
	}
	return nil
}
