package led

import "fmt"

// A Mark is a corner pixel that qualifies the number. It stays readable over any
// text: the two pixels beside it are darkened, so it stands alone whether or not a
// digit reaches into the corner. Digits leave these three corners free and lose one
// pixel to a mark at most.
type Mark int

const (
	AtLeast Mark = iota // bottom left, lit: the streak may be longer than is known
	Stale               // top right, blinking: the facts are old
	Refused             // bottom right, blinking: the saved file is not the one in force
)

// Draw puts the mark on f, lit or in the dark phase of its blinking. Both phases
// darken the neighbours, so that only the mark itself blinks.
func (m Mark) Draw(f *Frame, lit bool) {
	x, dx := f.Width()-1, -1
	if m == AtLeast {
		x, dx = 0, 1
	}
	y, dy := f.Height()-1, -1
	if m == Stale {
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
	}
	return fmt.Sprintf("Mark(%d)", int(m))
}
