package picture

import "github.com/fridaycounter/fridaycounter/rules"

const (
	cellSize = 16
	pitch    = cellSize + 3 // from one week to the next
	round    = 3            // radius of a cell's corners
	overhang = 5            // of a bar that goes on in another row
)

// figure returns how a fate is drawn in a box one cell high. What a fate is can
// be seen without its ink:
//
//	kept             a full box
//	broken           a full box with a cross cut out in each week
//	going on         a ring with a dot in each week
//	to come          a small dot, drawn out over the weeks
//	not known        a ring with hatching
//	before the rule  a dash, drawn out over the weeks
//
// The first shape covers the box, so that a pointer finds it anywhere. One that
// goes on in the row before or after hangs over on that side.
func figure(fate rules.Fate, box rect, before, after bool) []shape {
	outer := bar{box, round, round, paper}
	if before {
		outer.left, outer.x, outer.w = 0, outer.x-overhang, outer.w+overhang
	}
	if after {
		outer.right, outer.w = 0, outer.w+overhang
	}
	switch fate {
	case rules.FateKept:
		return []shape{outer.in(green)}
	case rules.FateBroken:
		return append([]shape{outer.in(red)}, crosses(box)...)
	case rules.FateOpen:
		return append([]shape{outer.in(green), outer.shrink(2).in(pale)}, dots(box)...)
	case rules.FateAhead:
		return []shape{outer.in(paper), outer.thin(6, 5).in(faint)}
	case rules.FateBefore:
		return []shape{outer.in(paper), outer.thin(2, 1).in(hatched)}
	}
	return append([]shape{outer.in(hatched), outer.shrink(1).in(paper)}, hatch(outer.inset(2))...)
}

func (b bar) in(c ink) bar { b.ink = c; return b }

// shrink returns the bar without n units on each side.
func (b bar) shrink(n int) bar {
	return bar{b.inset(n), max(b.left-n, 0), max(b.right-n, 0), b.ink}
}

// thin returns a bar of a height along the middle, with a gap at its ends. Where b
// goes on it reaches the side.
func (b bar) thin(height, gap int) bar {
	t := bar{rect{b.x, b.y + (b.h-height)/2, b.w, height}, 0, 0, b.ink}
	if b.left > 0 {
		t.left, t.x, t.w = height/2, t.x+gap, t.w-gap
	}
	if b.right > 0 {
		t.right, t.w = height/2, t.w-gap
	}
	return t
}

// weeks returns the middle of each week in a box.
func weeks(box rect) (xs []int, y int) {
	for x := box.x + cellSize/2; x < box.x+box.w; x += pitch {
		xs = append(xs, x)
	}
	return xs, box.y + box.h/2
}

func crosses(box rect) (shapes []shape) {
	const arm = 4
	xs, y := weeks(box)
	for _, x := range xs {
		shapes = append(shapes, stroke{x - arm, y - arm, x + arm, y + arm, 2, paper}, stroke{x - arm, y + arm, x + arm, y - arm, 2, paper})
	}
	return shapes
}

func dots(box rect) (shapes []shape) {
	xs, y := weeks(box)
	for _, x := range xs {
		shapes = append(shapes, bar{rect{x - 3, y - 3, 6, 6}, 3, 3, green})
	}
	return shapes
}

// hatch returns lines from the bottom left to the top right.
func hatch(box rect) (shapes []shape) {
	const gap = 6
	for sum := gap / 2; sum < box.w+box.h; sum += gap { // x + y of the line
		x1, x2 := max(0, sum-box.h), min(box.w, sum)
		shapes = append(shapes, stroke{box.x + x1, box.y + sum - x1, box.x + x2, box.y + sum - x2, 1, hatched})
	}
	return shapes
}
