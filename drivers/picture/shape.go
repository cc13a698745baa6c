package picture

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"

	"golang.org/x/image/vector"
)

// A colour is 0xRRGGBB.
type colour uint32

// The colours. Printed grey they still differ; the shapes of the statuses do anyway.
const (
	white   colour = 0xffffff
	paper   colour = 0xfcfbf7
	black   colour = 0x22262b
	grey    colour = 0x5b626a // text of less weight; 6 to 1 on paper
	green   colour = 0x2d9b60
	pale    colour = 0xe3f4ea // green, not decided yet
	faint   colour = 0xb9c9bf // of what is to come
	red     colour = 0xb5182b
	hatched colour = 0x7f868e
)

// String returns the colour as SVG writes it: #2d9b60.
func (c colour) String() string { return fmt.Sprintf("#%06x", uint32(c)) }

func (c colour) rgba() color.RGBA { return color.RGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 0xff} }

func (c colour) uniform() *image.Uniform { return image.NewUniform(c.rgba()) }

// A shape is a bar, which is a rectangle with round corners at its left and right,
// or a line with round ends. Its numbers are units of the SVG; y grows downwards.
type shape struct {
	image.Rectangle             // of a bar
	left, right     int         // radii of its corners, at most half of the smaller side
	from, to        image.Point // of a line
	width           int         // of a line; 0: a bar
	colour          colour
}

func box(x, y, w, h int) image.Rectangle { return image.Rect(x, y, x+w, y+h) }

func bar(r image.Rectangle, radius int, c colour) shape {
	return shape{Rectangle: r, left: radius, right: radius, colour: c}
}

func line(x1, y1, x2, y2, width int, c colour) shape {
	return shape{from: image.Pt(x1, y1), to: image.Pt(x2, y2), width: width, colour: c}
}

func (s shape) in(c colour) shape { s.colour = c; return s }

// shrink returns a bar without n units on each side.
func (s shape) shrink(n int) shape {
	s.Rectangle, s.left, s.right = s.Inset(n), max(s.left-n, 0), max(s.right-n, 0)
	return s
}

// thin returns a bar of a height along the middle, with a gap at its ends. Where s
// goes on in another row it reaches the side.
func (s shape) thin(height, gap int) shape {
	s.Min.Y += (s.Dy() - height) / 2
	s.Max.Y = s.Min.Y + height
	if s.left > 0 {
		s.left, s.Min.X = height/2, s.Min.X+gap
	}
	if s.right > 0 {
		s.right, s.Max.X = height/2, s.Max.X-gap
	}
	return s
}

func cross(p image.Point) []shape {
	return []shape{line(p.X-4, p.Y-4, p.X+4, p.Y+4, 2, paper), line(p.X-4, p.Y+4, p.X+4, p.Y-4, 2, paper)}
}

// hatch returns a ring, and in it lines from the bottom left to the top right.
func (s shape) hatch() []shape {
	shapes := []shape{s.in(hatched), s.shrink(1)}
	box := s.Inset(2)
	const gap = 6
	for sum := gap / 2; sum < box.Dx()+box.Dy(); sum += gap { // x + y of the line
		x1, x2 := max(0, sum-box.Dy()), min(box.Dx(), sum)
		shapes = append(shapes, line(box.Min.X+x1, box.Min.Y+sum-x1, box.Min.X+x2, box.Min.Y+sum-x2, 1, hatched))
	}
	return shapes
}

// SVG returns the element of the shape.
func (s shape) SVG() string {
	if s.width > 0 {
		return fmt.Sprintf(`<path d="M%d %dL%d %d" stroke="%s" stroke-width="%d" stroke-linecap="round"/>`, s.from.X, s.from.Y, s.to.X, s.to.Y, s.colour, s.width)
	}
	l, r := s.left, s.right
	corner := func(radius, dx, dy int) string {
		if radius == 0 {
			return ""
		}
		return fmt.Sprintf("a%d %[1]d 0 0 1 %d %d", radius, dx*radius, dy*radius)
	}
	return fmt.Sprintf(`<path d="M%d %dh%d%sv%d%sh%d%sv%d%sz" fill="%s"/>`,
		s.Min.X+l, s.Min.Y, s.Dx()-l-r, corner(r, 1, 1), s.Dy()-2*r, corner(r, -1, 1),
		l+r-s.Dx(), corner(l, -1, -1), 2*l-s.Dy(), corner(l, 1, -1), s.colour)
}

// fill fills the shape over what is there, scale pixels for each unit.
func (s shape) fill(img draw.Image, scale int) {
	at := func(x, y int, radius float64) circle {
		return circle{float64(x * scale), float64(y * scale), radius * float64(scale)}
	}
	l, r := s.left, s.right
	switch half := float64(s.width) / 2; {
	case s.width > 0:
		fillHull(img, s.colour, at(s.from.X, s.from.Y, half), at(s.to.X, s.to.Y, half))
	case l == 0 && r == 0:
		draw.Draw(img, image.Rectangle{Min: s.Min.Mul(scale), Max: s.Max.Mul(scale)}, s.colour.uniform(), image.Point{}, draw.Src)
	default:
		fillHull(img, s.colour, at(s.Min.X+l, s.Min.Y+l, float64(l)), at(s.Min.X+l, s.Max.Y-l, float64(l)),
			at(s.Max.X-r, s.Min.Y+r, float64(r)), at(s.Max.X-r, s.Max.Y-r, float64(r)))
	}
}

// A circle is in pixels.
type circle struct{ x, y, radius float64 }

// fillHull fills the hull of some circles, as a polygon of the points that are farthest
// out. They are whole 256ths of a pixel, so that every machine draws the same.
func fillHull(img draw.Image, c colour, circles ...circle) {
	const directions = 128
	whole := func(v float64) float64 { return math.Round(v*256) / 256 }
	var corners [directions]circle
	var area image.Rectangle
	for i := range corners {
		sin, cos := math.Sincos((float64(i) + .5) * 2 * math.Pi / directions)
		out := slices.MaxFunc(circles, func(a, b circle) int {
			return cmp.Compare(a.x*cos+a.y*sin+a.radius, b.x*cos+b.y*sin+b.radius)
		})
		corners[i] = circle{x: whole(out.x + out.radius*cos), y: whole(out.y + out.radius*sin)}
		area = area.Union(box(int(math.Floor(corners[i].x)), int(math.Floor(corners[i].y)), 1, 1))
	}
	area = area.Intersect(img.Bounds())
	const most = 512 // pixels of a rasterizer that counts in whole numbers
	var z vector.Rasterizer
	for ; !area.Empty(); area.Min.X += most {
		part := area.Intersect(box(area.Min.X, area.Min.Y, most, area.Dy()))
		z.Reset(part.Dx(), part.Dy())
		for i, p := range corners {
			x, y := float32(p.x-float64(part.Min.X)), float32(p.y-float64(part.Min.Y))
			if i == 0 {
				z.MoveTo(x, y)
			}
			z.LineTo(x, y)
		}
		z.ClosePath()
		z.Draw(img, part, c.uniform(), image.Point{})
	}
}
