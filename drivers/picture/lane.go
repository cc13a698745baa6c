package picture

import (
	"cmp"
	"slices"
)

// A group is the cells of a row that are to stand in one line: those that begin on
// one weekday at one time, or a bar.
type group struct {
	cells       []int
	day, minute int // when the first begins; of a weekday, in the first week
	rare        bool
}

// pack gives each cell its lane, so that no two overlap. The groups that most
// cells have come first, in the order of the week; where the others find the room,
// they stand between those.
func (r *row) pack() {
	var free [][columns]bool // by lane
	r.lanes = 1
	for _, g := range r.groups() {
		lane := slices.IndexFunc(free, func(f [columns]bool) bool { return r.fits(g, &f) })
		if lane < 0 {
			lane = len(free)
			free = append(free, [columns]bool{})
			for i := range columns {
				free[lane][i] = true
			}
		}
		for _, i := range g.cells {
			c := &r.cells[i]
			c.lane = lane
			for column := c.first; column <= c.last; column++ {
				free[lane][column] = false
			}
		}
		r.lanes = len(free)
	}
}

func (r *row) fits(g group, free *[columns]bool) bool {
	for _, i := range g.cells {
		if slices.Contains(free[r.cells[i].first:r.cells[i].last+1], false) {
			return false
		}
	}
	return true
}

// groups returns the cells in the order in which they choose their lanes.
func (r *row) groups() []group {
	var groups []group
	most := 0
	index := make(map[[2]int]int) // by weekday and minute
	for i := range r.cells {
		c := &r.cells[i]
		if c.long {
			groups = append(groups, group{cells: []int{i}, day: c.day, rare: true})
			continue
		}
		key := [2]int{c.day % 7, c.minute}
		g, ok := index[key]
		if !ok {
			g = len(groups)
			index[key] = g
			groups = append(groups, group{day: key[0], minute: key[1]})
		}
		groups[g].cells = append(groups[g].cells, i)
		most = max(most, len(groups[g].cells))
	}
	for i := range groups {
		groups[i].rare = groups[i].rare || 2*len(groups[i].cells) < most
	}
	slices.SortStableFunc(groups, func(a, b group) int {
		switch {
		case a.rare == b.rare:
			return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.minute, b.minute))
		case a.rare:
			return 1
		}
		return -1
	})
	return groups
}
