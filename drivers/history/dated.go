package history

import (
	"encoding/binary"
	"math"
	"time"
)

// What judging needs of a deployment is stored once more, as one value in a block.
// The eight-byte integers of the value are, little endian:
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
// the high one is over the columns of its row, the low one over the rest of this
// value, the source and the high half.
const highHalf = ^int64(0xffffffff)

// pack returns the value for a record.
func (r *record) pack(s *sealer) []byte {
	b := make([]byte, 0, datedSize)
	for _, n := range [...]int64{r.row, packID(r.id), r.kind, r.latest, packDate(r.started), packDate(r.executed), packDate(r.finished)} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	high := r.sealText(s)
	return binary.LittleEndian.AppendUint64(b, uint64(high|s.dated(b, r.source, high)))
}

// sealText returns the high half.
func (r *record) sealText(s *sealer) int64 {
	s.buf = s.buf[:0]
	s.int(r.environment).stored(r.id).text(r.version).text(r.url)
	s.stored(r.started).stored(r.executed).stored(r.finished).stored(r.firstSeen).stored(r.changed)
	return s.sum() << 32
}

// dated returns the low half of a value's seal.
func (s *sealer) dated(b []byte, source, high int64) int64 {
	s.buf = append(s.buf[:0], b[:datedSeal]...)
	s.buf = binary.LittleEndian.AppendUint64(s.buf, uint64(source))
	s.buf = binary.LittleEndian.AppendUint64(s.buf, uint64(high))
	return s.sum()
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
