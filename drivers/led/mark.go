package led

import "fmt"

// A Mark is a corner pixel that qualifies the number. It stays readable over any
// text: the two pixels beside it are darkened, so it stands alone whether or not a
// digit reaches into the corner. Digits leave the corners free, but for the top left
// one, and lose one pixel to a mark at most; to that of a faulty display three.
type Mark int

const (
	AtLeast Mark = iota // bottom left, lit: the streak may be longer than is known
	Stale               // top right, blinking: the facts are old
	Refused             // bottom right, blinking: the saved file is not the one in force
	Faulty              // top left, blinking: another display cannot be shown on
)

// Draw puts the mark on f, lit or in the dark phase of its blinking. Both phases
// darken the neighbours, so that only the mark itself blinks.
func (m Mark) Draw(f *Frame, lit bool) {
	x, dx := f.Width()-1, -1
	if m == AtLeast || m == Faulty {
		x, dx = 0, 1
	}
	y, dy := f.Height()-1, -1
	if m == Stale || m == Faulty {
		y, dy = 0, 1
	}
	f.Set(x+dx, y, false)
	f.Set(x, y+dy, false)
	f.Set(x, y, lit)
}

func (m Mark) String() string {
	switch m {
	case AtLeast:
		return "at least"
	case Stale:
		return "stale"
	case Refused:
		return "refused"
	case Faulty:
		return "faulty"
	}
	return fmt.Sprintf("Mark(%d)", int(m))
}
