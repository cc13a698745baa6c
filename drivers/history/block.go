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
	values []byte
	dirty  bool // it is not stored as it is

	// What is after one place and not after the other belongs here.
	after, until Cursor
}

// The places before and after all deployments, whose rows are from 1 on.
var (
	oldest = Cursor{math.MinInt64, 0}
	newest = Cursor{math.MaxInt64, math.MaxInt64}
)

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

const (
	selectFrom   = `SELECT latest, deployment, block, dated FROM block WHERE source = ? AND (latest, deployment) >= (?, ?) ORDER BY latest, deployment LIMIT 1`
	selectBefore = `SELECT latest, deployment, block, dated FROM block WHERE source = ? AND (latest, deployment) < (?, ?) ORDER BY latest DESC, deployment DESC LIMIT 1`
)

// openBlock makes the block to which a place belongs the one in memory.
func (t *tx) openBlock(source int64, c Cursor) error {
	b := &t.block
	if b.source == source && b.after.compare(c) < 0 && c.compare(b.until) <= 0 {
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	*b = block{source: source, after: oldest, until: newest}
	var last Cursor
	ok, err := t.one(selectFrom, []any{source, c.latest, c.deployment}, &last.latest, &last.deployment, &b.row, &b.values)
	if err == nil && ok {
		b.until = last
	} else if err == nil { // it is after all, and extends the last block
		ok, err = t.one(selectBefore, []any{source, newest.latest, newest.deployment}, &last.latest, &last.deployment, &b.row, &b.values)
	}
	if err != nil || !ok {
		return err
	}
	if b.len() == 0 || len(b.values)%datedSize != 0 || cursor(b.value(b.len()-1)) != last {
		return t.damage("block %d is not what was written", b.row)
	}
	var row int64
	var values []byte
	_, err = t.one(selectBefore, []any{source, last.latest, last.deployment}, &b.after.latest, &b.after.deployment, &row, &values)
	return err
}

// An edit adds a value to its block, or removes it.
type edit struct {
	source int64
	value  []byte
	remove bool
}

// maxEdits is how many edits wait for each other.
const maxEdits = 4096

// addDated adds a value, at once or when the transaction ends.
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

// storeBlocks brings the blocks up to date.
func (t *tx) storeBlocks() error {
	if err := t.applyEdits(); err != nil {
		return err
	}
	return t.flush()
}

// applyEdits does them block by block, because a source gives its deployments by
// environment. Edits of one value stay in their order.
func (t *tx) applyEdits() error {
	slices.SortStableFunc(t.edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cursor(a.value).compare(cursor(b.value)))
	})
	for _, e := range t.edits {
		if err := t.applyEdit(e); err != nil {
			return err
		}
	}
	t.edits = t.edits[:0]
	return nil
}

func (t *tx) applyEdit(e edit) error {
	if err := t.openBlock(e.source, cursor(e.value)); err != nil {
		return err
	}
	b := &t.block
	i := b.find(cursor(e.value))
	b.dirty = true
	if !e.remove {
		b.values = slices.Insert(b.values, i*datedSize, e.value...)
		if b.len() > blockSize {
			return t.split(i)
		}
		return nil
	}
	if i == b.len() || !bytes.Equal(b.value(i), e.value) {
		return t.damage("the deployment in row %d is missing in its block", at(e.value, datedRow))
	}
	b.values = slices.Delete(b.values, i*datedSize, (i+1)*datedSize)
	return nil
}

// split makes two blocks of the one in memory, to which value i was added. Who
// goes on adding at an end leaves full blocks behind.
func (t *tx) split(i int) error {
	b := &t.block
	n := b.len() / 2
	switch i {
	case 0:
		n = 1
	case b.len() - 1:
		n = i
	}
	newer := block{source: b.source, values: slices.Clone(b.values[n*datedSize:]), dirty: true, after: cursor(b.value(n - 1)), until: b.until}
	b.values, b.until = b.values[:n*datedSize], newer.after
	if err := t.flush(); err != nil { // first, because their last places are unique
		return err
	}
	older := *b
	if *b = newer; i >= n {
		return nil
	}
	err := t.flush()
	*b = older
	return err
}

// flush stores the block that is in memory.
func (t *tx) flush() (err error) {
	b := &t.block
	if !b.dirty {
		return nil
	}
	b.dirty = false
	if b.len() == 0 {
		if b.row != 0 {
			_, err = t.exec("DELETE FROM block WHERE block = ?", b.row)
		}
		*b = block{}
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
