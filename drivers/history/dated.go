package history

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"time"
)

// What judging needs of a deployment is stored once more as one value, because
// SQLite takes longer to hand out a column than we take to judge a deployment: a
// scan of one column is twice as fast as of seven. The eight-byte integers of the
// value are, little endian:
const (
	datedRow      = 8 * iota
	datedID       // or wordy
	datedKind     // see kindKey
	datedLatest   // see latest
	datedStarted  // nanoseconds since 1970, absent or far
	datedExecuted // likewise
	datedFinished // likewise
	datedSeal
	datedSize
)

const (
	absent = math.MinInt64     // no date
	far    = math.MinInt64 + 1 // a date that does not fit: it is in its column
	wordy  = math.MinInt64     // an id that is no integer, or this one: likewise
)

// A seal of a deployment has two halves, because judging reads this value only:
// the high one is over the columns beside it, the low one over the rest of this
// value, the source and the high half.
const highHalf = ^int64(0xffffffff)

// pack returns the value for a record.
func (r *record) pack(s *sealer) []byte {
	b := make([]byte, 0, datedSize)
	for _, n := range [...]int64{r.row, packID(r.id), r.kind, r.latest, packDate(r.started), packDate(r.executed), packDate(r.finished)} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	high := r.sealText(s)
	return binary.LittleEndian.AppendUint64(b, uint64(high|sealDated(b, r.source, high)))
}

// sealText returns the high half.
func (r *record) sealText(s *sealer) int64 {
	s.buf = s.buf[:0]
	s.int(r.environment).stored(r.id).text(r.version).text(r.url)
	s.stored(r.started).stored(r.executed).stored(r.finished).stored(r.firstSeen).stored(r.changed)
	return s.sum() << 32
}

// sealDated returns the low half of a value's seal.
func sealDated(b []byte, source, high int64) int64 {
	var more [16]byte
	binary.LittleEndian.PutUint64(more[:8], uint64(source))
	binary.LittleEndian.PutUint64(more[8:], uint64(high))
	return int64(crc32.Update(crc32.Checksum(b[:datedSeal], castagnoli), castagnoli, more[:]))
}

// at returns one of the integers of a value.
func at(b []byte, i int) int64 { return int64(binary.LittleEndian.Uint64(b[i:])) }

func packID(v any) int64 {
	if n, ok := v.(int64); ok {
		return n
	}
	return wordy
}

func packDate(v any) int64 {
	switch v := v.(type) {
	case nil:
		return absent
	case int64:
		return v
	}
	return far
}

// date returns a date of a value, the zero time if it is absent or far.
func date(n int64) time.Time {
	if n <= far {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
