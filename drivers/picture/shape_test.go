package picture

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestCovers compares the shapes, in whole numbers, with distances. Points on
// an edge may be either.
func TestCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
		x, y, n := number("x", -80, 400), number("y", -80, 400), 8
		px, py := float64(x)/float64(n), float64(y)/float64(n)
		var s shape
		var outside float64 // how far the point is from the shape; negative: inside
		if rapid.Bool().Draw(t, "bar") {
			b := bar{rect: rect{number("left", 0, 9), number("top", 0, 9), number("width", 2, 30), number("height", 2, 30)}}
			half := min(b.w, b.h) / 2
			b.left, b.right = number("left radius", 0, half), number("right radius", 0, half)
			s, outside = b, fromBar(b, px, py)
		} else {
			l := stroke{number("x1", 0, 20), number("y1", 0, 20), number("x2", 0, 20), number("y2", 0, 20), number("width", 1, 6), 0}
			s, outside = l, fromSegment(px, py, l)-float64(l.width)/2
		}
		if math.Abs(outside) < 1e-9 {
			return
		}
		if got, want := s.covers(x, y, n), outside < 0; got != want {
			t.Errorf("%+v covers %v, %v: got %v, want %v", s, px, py, got, want)
		}
		box := s.box()
		if outside < 0 && (px < float64(box.x) || py < float64(box.y) || px > float64(box.x+box.w) || py > float64(box.y+box.h)) {
			t.Errorf("%+v has %v, %v out of its box", s, px, py)
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
