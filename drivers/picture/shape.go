package picture

// A rect is a rectangle in units of the SVG; y grows downwards.
type rect struct{ x, y, w, h int }

// inset returns the rectangle without n units on each side.
func (r rect) inset(n int) rect { return rect{r.x + n, r.y + n, r.w - 2*n, r.h - 2*n} }

// A shape is convex and of one ink.
type shape interface {
	// box returns where the shape lies.
	box() rect
	// covers reports whether the point (x/n, y/n) is in the shape; n is not
	// negative and at most 1 << 10. Whole numbers give the same picture on
	// every machine.
	covers(x, y, n int) bool
	colour() ink
}

// A bar is a filled rectangle, round at the left and right corners.
type bar struct {
	rect
	left, right int // radii, at most half of the smaller side
	ink         ink
}

func (b bar) box() rect   { return b.rect }
func (b bar) colour() ink { return b.ink }

func (b bar) covers(x, y, n int) bool {
	x, y = x-b.x*n, y-b.y*n
	w, h := b.w*n, b.h*n
	if x < 0 || y < 0 || x >= w || y >= h {
		return false
	}
	radius, dx := b.left*n, b.left*n-x
	if 2*x >= w {
		radius, dx = b.right*n, x-(w-b.right*n)
	}
	dy := max(radius-y, y-(h-radius))
	return dx <= 0 || dy <= 0 || dx*dx+dy*dy <= radius*radius
}

// A stroke is a straight line with round ends.
type stroke struct {
	x1, y1, x2, y2 int
	width          int
	ink            ink
}

func (s stroke) colour() ink { return s.ink }

func (s stroke) box() rect {
	x, y := min(s.x1, s.x2), min(s.y1, s.y2)
	return rect{x, y, max(s.x1, s.x2) - x, max(s.y1, s.y2) - y}.inset(-(s.width + 1) / 2)
}

func (s stroke) covers(x, y, n int) bool {
	// The point from the first end, and the line; all doubled, since half of
	// the width counts.
	px, py := int64(2*(x-s.x1*n)), int64(2*(y-s.y1*n))
	lx, ly := int64(2*n*(s.x2-s.x1)), int64(2*n*(s.y2-s.y1))
	radius, length := int64(s.width*n), lx*lx+ly*ly
	along := px*lx + py*ly
	switch {
	case along <= 0:
		return px*px+py*py <= radius*radius
	case along >= length:
		qx, qy := px-lx, py-ly
		return qx*qx+qy*qy <= radius*radius
	}
	across := px*ly - py*lx
	return across*across <= radius*radius*length
}
