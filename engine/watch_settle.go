package engine

const (
	// settleLooks is the number of looks that share the settling time.
	settleLooks = 4

	// restlessLooks bounds the wait for a file that never settles: 120 settling
	// times, 30 s by default. It is far beyond any editor, and a slow writer
	// (one byte per 20 ms) gets 1.5 KB through before an unfinished text is
	// reported. That one is then refused for its missing end.
	restlessLooks = 120 * settleLooks
)

// A settle decides when a content that was seen is worth reporting: when
// settleLooks looks in a row found the same as the look before them, and no
// event came between. It counts looks, which are at least one step apart, so a
// slow machine only waits longer. The zero settle is ready.
type settle struct {
	last      glance
	looks     int  // since reset
	equal     int  // looks in a row that found what the one before found
	disturbed bool // an event came since the last look
}

// add takes the newest look and reports whether the file has settled, or has
// been restless for so long that what there is must do.
func (s *settle) add(g glance) bool {
	if s.looks > 0 && !s.disturbed && g.same(s.last) {
		s.equal++
	} else {
		s.equal = 0
	}
	s.looks++
	s.disturbed = false
	s.last = g
	return s.equal >= settleLooks || s.looks >= restlessLooks
}

// idle reports whether nothing happened since reset.
func (s *settle) idle() bool { return s.looks == 0 && !s.disturbed }

// disturb notes that something happened to the file.
func (s *settle) disturb() { s.disturbed = true }

// reset forgets all looks.
func (s *settle) reset() { *s = settle{} }
