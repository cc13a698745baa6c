package picture

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// randomShape draws a shape in the units from 0 to 40.
func randomShape(t *rapid.T) shape {
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	c := ink(number("ink", 0, 0xffffff))
	if rapid.Bool().Draw(t, "bar") {
		b := bar{rect: rect{number("left", 0, 9), number("top", 0, 9), number("width", 2, 30), number("height", 2, 30)}, ink: c}
		half := min(b.w, b.h) / 2
		b.left, b.right = number("left radius", 0, half), number("right radius", 0, half)
		return b
	}
	return stroke{number("x1", 0, 20), number("y1", 0, 20), number("x2", 0, 20), number("y2", 0, 20), number("width", 1, 6), c}
}

// TestCovers compares the shapes, in whole numbers, with distances. Points on
// an edge may be either.
func TestCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, n := randomShape(t), rapid.IntRange(1, 8).Draw(t, "n")
		for y := -n; y < 40*n; y++ {
			for x := -n; x < 40*n; x++ {
				checkPoint(t, s, x, y, n)
			}
		}
	})
}

func checkPoint(t *rapid.T, s shape, x, y, n int) {
	px, py := float64(x)/float64(n), float64(y)/float64(n)
	var outside float64 // how far the point is from the shape; negative: inside
	switch s := s.(type) {
	case bar:
		outside = fromBar(s, px, py)
	case stroke:
		outside = fromSegment(px, py, s) - float64(s.width)/2
	}
	if math.Abs(outside) < 1e-9 {
		return
	}
	if got, want := s.covers(x, y, n), outside < 0; got != want {
		t.Fatalf("%+v covers %v, %v: got %v, want %v", s, px, py, got, want)
	}
	box := s.box()
	if outside < 0 && (px < float64(box.x) || py < float64(box.y) || px > float64(box.x+box.w) || py > float64(box.y+box.h)) {
		t.Fatalf("%+v has %v, %v out of its box", s, px, py)
	}
}

// TestPaint compares each pixel with the share of its 16 points that the shape has.
func TestPaint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, scale := randomShape(t), rapid.IntRange(1, 3).Draw(t, "scale")
		c := newCanvas(40*scale, 40*scale, scale)
		c.paint(s)
		for y := range 40 * scale {
			for x := range 40 * scale {
				covered := 0.0
				for i := range 16 {
					if s.covers(8*x+2*(i%4)+1, 8*y+2*(i/4)+1, 8*scale) {
						covered++
					}
				}
				got := c.img.RGBAAt(x, y)
				over, under := s.colour().rgba(), paper.rgba()
				for i, v := range [][3]uint8{{got.R, over.R, under.R}, {got.G, over.G, under.G}, {got.B, over.B, under.B}} {
					want := (covered*float64(v[1]) + (16-covered)*float64(v[2])) / 16
					if math.Abs(float64(v[0])-want) > 0.5 {
						t.Fatalf("%+v at %d, %d of scale %d: channel %d is %d, want %v", s, x, y, scale, i, v[0], want)
					}
				}
			}
		}
	})
}

// fromBar returns how far a point is from a bar: from the rectangle, or the circle
// in whose corner it is.
func fromBar(b bar, px, py float64) float64 {
	l, t, r, bottom := float64(b.x), float64(b.y), float64(b.x+b.w), float64(b.y+b.h)
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
func fromSegment(px, py float64, s stroke) float64 {
	dx, dy := float64(s.x2-s.x1), float64(s.y2-s.y1)
	along := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		along = min(1, max(0, ((px-float64(s.x1))*dx+(py-float64(s.y1))*dy)/length))
	}
	return math.Hypot(px-float64(s.x1)-along*dx, py-float64(s.y1)-along*dy)
}
