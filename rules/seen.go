package rules

// A seen is a set of hashes that answers quickly, mostly no, in 8 to 16 bytes for
// each. It may say yes by mistake, once in billions. The zero seen is empty.
type seen struct {
	tags []uint32 // a power of two of them; 0: free, as at least half are
	used int
}

// newSeen returns one with room for n hashes.
func newSeen(n int) seen {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return seen{tags: make([]uint32, size)}
}

// full reports whether another hash needs a new set.
func (s *seen) full() bool { return 2*s.used >= len(s.tags) }

// slot returns where a hash is, or else the free place where it would be, and
// what stands for it there.
func (s *seen) slot(hash uint64) (i, tag uint32) {
	mask := uint32(len(s.tags) - 1)
	tag = uint32(hash) | 1
	for i = uint32(hash>>32) & mask; s.tags[i] != 0 && s.tags[i] != tag; {
		i = (i + 1) & mask
	}
	return i, tag
}

// has reports whether a hash was added.
func (s *seen) has(hash uint64) bool {
	if s.used == 0 {
		return false
	}
	i, tag := s.slot(hash)
	return s.tags[i] == tag
}

// add adds a hash; the set must not be full.
func (s *seen) add(hash uint64) {
	i, tag := s.slot(hash)
	if s.tags[i] == 0 {
		s.tags[i] = tag
		s.used++
	}
}
