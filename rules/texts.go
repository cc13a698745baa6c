package rules

import "encoding/binary"

// texts are short texts, one after the other in one piece of memory, each behind
// its length. The garbage collector sees no pointer in them, and nor does it in
// the records that name them by number.
type texts struct{ bytes []byte }

// add returns the number of a copy of s; the empty text's is 0.
func (t *texts) add(s string) uint32 {
	if s == "" {
		return 0
	}
	if len(t.bytes) == 0 {
		t.bytes = append(t.bytes, 0)
	}
	i := uint32(len(t.bytes))
	t.bytes = append(binary.AppendUvarint(t.bytes, uint64(len(s))), s...)
	return i
}

// of returns the text of a number, to be read only.
func (t *texts) of(i uint32) []byte {
	if i == 0 {
		return nil
	}
	n, size := binary.Uvarint(t.bytes[i:])
	return t.bytes[int(i)+size:][:n]
}
