package picture

import (
	"image"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// randomShape draws a shape in the units from 0 to 40.
func randomShape(t *rapid.T) shape {
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	c := colour(number("colour", 0, 0xffffff))
	if rapid.Bool().Draw(t, "bar") {
		b := bar(box(number("x", 0, 9), number("y", 0, 9), number("w", 2, 30), number("h", 2, 30)), 0, c)
		half := min(b.Dx(), b.Dy()) / 2
		b.left, b.right = number("left radius", 0, half), number("right radius", 0, half)
		return b
	}
	return line(number("x1", 0, 20), number("y1", 0, 20), number("x2", 0, 20), number("y2", 0, 20), number("width", 1, 6), c)
}

// TestFill compares each pixel with the share of it that the shape has, by the distances
// of 256 points, in tiles of a rasterizer and beyond.
func TestFill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, scale := randomShape(t), rapid.IntRange(1, 3).Draw(t, "scale")
		checkFill(t, s, scale, image.Rect(0, 0, 40*scale, 40*scale))
	})
	long := bar(image.Rect(1, 1, 400, 17), 3, red)
	long.right = 0
	checkFill(t, long, 2, image.Rect(0, 0, 802, 36))
}

func checkFill(t failer, s shape, scale int, r image.Rectangle) {
	img := image.NewRGBA(r)
	bar(r, 0, paper).fill(img, 1)
	s.fill(img, scale)
	for y := range r.Dy() {
		for x := range r.Dx() {
			covered := coverage(s, x, y, scale)
			got := img.RGBAAt(x, y)
			over, under := s.colour.rgba(), paper.rgba()
			for i, v := range [][3]uint8{{got.R, over.R, under.R}, {got.G, over.G, under.G}, {got.B, over.B, under.B}} {
				want := covered*float64(v[1]) + (1-covered)*float64(v[2])
				most := 0.12*math.Abs(float64(v[1])-float64(v[2])) + 1
				if math.Abs(float64(v[0])-want) > most {
					t.Fatalf("%+v at %d, %d of scale %d: channel %d is %d, want %v", s, x, y, scale, i, v[0], want)
				}
			}
		}
	}
}

// coverage returns the share of a pixel that a shape has.
func coverage(s shape, x, y, scale int) float64 {
	outside := func(px, py float64) float64 { // in pixels
		px, py = px/float64(scale), py/float64(scale)
		if s.width > 0 {
			return (fromSegment(px, py, s) - float64(s.width)/2) * float64(scale)
		}
		return fromBar(s, px, py) * float64(scale)
	}
	switch middle := outside(float64(x)+.5, float64(y)+.5); {
	case middle > 1:
		return 0
	case middle < -1:
		return 1
	}
	const n = 16
	inside := 0
	for i := range n {
		for j := range n {
			if outside(float64(x)+(float64(i)+.5)/n, float64(y)+(float64(j)+.5)/n) < 0 {
				inside++
			}
		}
	}
	return float64(inside) / (n * n)
}

// failer is what testing.T and rapid.T have in common.
type failer interface {
	Fatalf(format string, args ...any)
}

// fromBar returns how far a point is from a bar: from the rectangle, or the circle
// in whose corner it is.
func fromBar(b shape, px, py float64) float64 {
	l, t, r, bottom := float64(b.Min.X), float64(b.Min.Y), float64(b.Max.X), float64(b.Max.Y)
	for _, c := range []struct{ x, y, radius float64 }{
		{l, t, float64(b.left)}, {l, bottom, float64(b.left)}, {r, t, float64(b.right)}, {r, bottom, float64(b.right)},
	} {
		// The centre lies inside of the corner.
		cx, cy := c.x+c.radius, c.y+c.radius
		if c.x == r {
			cx = c.x - c.radius
		}
		if c.y == bottom {
			cy = c.y - c.radius
		}
		if (px-cx)*(c.x-cx) > 0 && (py-cy)*(c.y-cy) > 0 {
			return math.Hypot(px-cx, py-cy) - c.radius
		}
	}
	return max(l-px, px-r, t-py, py-bottom)
}

// fromSegment returns how far a point is from the middle line of a stroke.
func fromSegment(px, py float64, s shape) float64 {
	dx, dy := float64(s.to.X-s.from.X), float64(s.to.Y-s.from.Y)
	along := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		along = min(1, max(0, ((px-float64(s.from.X))*dx+(py-float64(s.from.Y))*dy)/length))
	}
	return math.Hypot(px-float64(s.from.X)-along*dx, py-float64(s.from.Y)-along*dy)
}

// TestHalo holds the light of LEDs that are all lit, added up on the brightest ground, to
// what a channel can hold.
func TestHalo(t *testing.T) {
	for _, pitch := range []int{4, 5, 16, 33, 64} {
		light := halo(pitch, 15)
		for y := range pitch {
			for x := range pitch {
				sum := [3]int{0x37, 0x29, 0x2d} // of the dark LED and the seam
				for dy := -pitch; dy <= pitch; dy += pitch {
					for dx := -pitch; dx <= pitch; dx += pitch {
						c := light.RGBAAt(x+dx, y+dy)
						sum[0], sum[1], sum[2] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B)
					}
				}
				if max(sum[0], sum[1], sum[2]) > 0xff {
					t.Fatalf("pitch %d: %d, %d adds up to %v", pitch, x, y, sum)
				}
			}
		}
	}
}
