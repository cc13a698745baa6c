package history

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"
)

// SQLite takes longer to hand out a row than we take to judge a deployment, so
// what judging needs is stored in blocks of up to sixty deployments that follow
// each other in the order of a scan. A block is what a leaf is in a B-tree, and
// SQLite's index of the last deployments is the tree above it. To read all takes
// less than half of the time that an index of single deployments took, and two
// thirds of the room.

// blockSize is how many deployments a block has at most, so that it fits a page
// of SQLite's (4096 bytes, of which 35 are not for it).
const blockSize = 62

// A block is a row of the table, in memory.
type block struct {
	row    int64 // 0: it is not stored
	source int64 // 0: there is no block
	until  Cursor
	values []byte // of which none is after until
	dirty  bool   // they are not stored
}

// newest is after all deployments.
var newest = Cursor{math.MaxInt64, math.MaxInt64}

// compare orders places from old to new.
func (c Cursor) compare(o Cursor) int {
	return cmp.Or(cmp.Compare(c.latest, o.latest), cmp.Compare(c.deployment, o.deployment))
}

// cursor returns the place of a value.
func cursor(value []byte) Cursor { return Cursor{at(value, datedLatest), at(value, datedRow)} }

func (b *block) len() int { return len(b.values) / datedSize }

func (b *block) value(i int) []byte { return b.values[i*datedSize:][:datedSize] }

// find returns where in the block a place is.
func (b *block) find(c Cursor) int {
	return sort.Search(b.len(), func(i int) bool { return cursor(b.value(i)).compare(c) >= 0 })
}

// An edit adds a value to its block, or removes it.
type edit struct {
	source int64
	value  []byte
	remove bool
}

// maxEdits is how many edits wait for each other: a source gives its deployments
// by environment, and a block has those of all.
const maxEdits = 4096

// addDated adds a value, at the latest when the transaction ends.
func (t *tx) addDated(source int64, value []byte) error {
	return t.edit(edit{source: source, value: value})
}

// removeDated takes a value away, likewise.
func (t *tx) removeDated(source int64, value []byte) error {
	return t.edit(edit{source: source, value: value, remove: true})
}

func (t *tx) edit(e edit) error {
	if t.edits = append(t.edits, e); len(t.edits) < maxEdits {
		return nil
	}
	return t.applyEdits()
}

// applyEdits does them block by block. Edits of one value stay in their order.
func (t *tx) applyEdits() error {
	slices.SortStableFunc(t.edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cursor(a.value).compare(cursor(b.value)))
	})
	var b block
	for _, e := range t.edits {
		if b.source != e.source || cursor(e.value).compare(b.until) > 0 {
			if err := t.storeBlock(&b); err != nil {
				return err
			}
			b = block{source: e.source}
			if err := t.openBlock(&b, cursor(e.value)); err != nil {
				return err
			}
		}
		if err := t.applyEdit(&b, e); err != nil {
			return err
		}
	}
	t.edits = t.edits[:0]
	return t.storeBlock(&b)
}

const (
	selectBlock = `SELECT latest, deployment, block, dated FROM block
		WHERE source = ?1 AND (latest, deployment) >= (?2, ?3) ORDER BY latest, deployment LIMIT 1`
	selectLastBlock = `SELECT latest, deployment, block, dated FROM block
		WHERE source = ?1 ORDER BY latest DESC, deployment DESC LIMIT 1`
)

// openBlock reads the block of a source to which a place belongs.
func (t *tx) openBlock(b *block, c Cursor) error {
	var last Cursor
	into := []any{&last.latest, &last.deployment, &b.row, &b.values}
	ok, err := t.one(selectBlock, []any{b.source, c.latest, c.deployment}, into...)
	b.until = last
	if err == nil && !ok { // it is after all, and so belongs to the last block
		ok, err = t.one(selectLastBlock, []any{b.source}, into...)
		b.until = newest
	}
	if ok && (b.len() == 0 || len(b.values)%datedSize != 0 || cursor(b.value(b.len()-1)) != last) {
		err = t.damage("block %d is not what was written", b.row)
	}
	return err
}

// applyEdit changes the block that is given, or one that it makes of a part of it.
func (t *tx) applyEdit(b *block, e edit) error {
	i := b.find(cursor(e.value))
	b.dirty = true
	if !e.remove {
		b.values = slices.Insert(b.values, i*datedSize, e.value...)
		if b.len() > blockSize {
			return t.splitBlock(b, i)
		}
		return nil
	}
	if i == b.len() || !bytes.Equal(b.value(i), e.value) {
		return t.damage("the deployment in row %d is missing in its block", at(e.value, datedRow))
	}
	b.values = slices.Delete(b.values, i*datedSize, (i+1)*datedSize)
	return nil
}

// splitBlock makes two blocks of one to which value i was added, and leaves the
// one in b that has it. If that is at an end, the others stay together, because
// there is more to come, in order.
func (t *tx) splitBlock(b *block, i int) error {
	n := b.len() / 2
	switch i {
	case 0:
		n = 1
	case b.len() - 1:
		n = i
	}
	newer := block{source: b.source, until: b.until, values: slices.Clone(b.values[n*datedSize:]), dirty: true}
	first := cursor(newer.value(0))
	b.values, b.until = b.values[:n*datedSize], Cursor{first.latest, first.deployment - 1}
	if err := t.storeBlock(b); err != nil { // first, because the last places are unique
		return err
	}
	if i >= n {
		*b = newer
		return nil
	}
	return t.storeBlock(&newer)
}

// storeBlock writes a block that was edited.
func (t *tx) storeBlock(b *block) (err error) {
	if !b.dirty {
		return nil
	}
	b.dirty = false
	if b.len() == 0 {
		_, err = t.exec("DELETE FROM block WHERE block = ?", b.row)
		return err
	}
	last := cursor(b.value(b.len() - 1))
	if b.row != 0 {
		_, err = t.exec("UPDATE block SET latest = ?, deployment = ?, dated = ? WHERE block = ?", last.latest, last.deployment, b.values, b.row)
		return err
	}
	b.row, err = t.exec("INSERT INTO block (source, latest, deployment, dated) VALUES (?, ?, ?, ?)", b.source, last.latest, last.deployment, b.values)
	return err
}
