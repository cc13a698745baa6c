package history

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A scanner is one scan under way. It talks to the driver itself, which takes
// half of the time that package sql does.
type scanner struct {
	*tx
	filter *Filter
	after  Cursor
	take   func(*Row) bool

	from  sourceRow
	kinds map[int64]*scanKind

	conn  *sql.Conn
	rows  driver.Rows            // the blocks
	loads map[string]driver.Stmt // of the text of rows, by query

	met   []met             // what to read of the present block
	texts map[int64]*record // of those whose text was loaded, by row
	row   Row

	last   Cursor // of the values so far
	count  int64
	digest int64
}

// A scanKind is what the rows of a kind have in common.
type scanKind struct {
	rules.Deployment
	wanted bool
}

// A met is a deployment that the filter's Environment selects.
type met struct {
	value  []byte
	kind   *scanKind
	loaded bool // its text was loaded with the block
}

// far reports whether a date is in its column only.
func (m *met) far() bool {
	return at(m.value, datedStarted) == far || at(m.value, datedExecuted) == far || at(m.value, datedFinished) == far
}

// prepare reads what is not in the blocks.
func (sc *scanner) prepare(source string) (err error) {
	if sc.from, err = sc.source(source); err != nil || sc.from.row == 0 {
		return err
	}
	all, err := sc.tx.kinds("e.source = ?", sc.from.row)
	if err != nil {
		return err
	}
	sc.kinds = make(map[int64]*scanKind, len(all))
	for row, d := range all {
		wanted := sc.filter.Environment == nil ||
			sc.filter.Environment(d.ProjectID, d.Project, d.EnvironmentID, d.Environment)
		sc.kinds[row] = &scanKind{d, wanted}
	}
	return nil
}

// selectBlocks reads blocks backwards, from one on.
const selectBlocks = `SELECT latest, deployment, dated FROM block WHERE source = ?1 AND (latest, deployment) <= (?2, ?3) ORDER BY latest DESC, deployment DESC`

// run reads the blocks. What goes to the caller's loop goes outside of the
// connection's lock, or a panic there would never end.
func (sc *scanner) run() (err error) {
	first, err := sc.first()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sc.conn.Raw(sc.close)) }()
	err = sc.conn.Raw(func(c any) (err error) {
		q, ok := c.(driver.QueryerContext)
		if !ok {
			return errors.ErrUnsupported
		}
		sc.rows, err = q.QueryContext(sc.ctx, selectBlocks, values(sc.from.row, first.latest, first.deployment))
		return err
	})
	if err != nil {
		return err
	}
	sc.row.loader = sc.text
	sc.last = newest
	return sc.loop()
}

// first returns the last place of the first block to read.
func (sc *scanner) first() (Cursor, error) {
	if sc.after.IsZero() {
		return newest, nil
	}
	c := newest
	var row int64
	var dated []byte
	_, err := sc.one(selectBlock, []any{sc.from.row, sc.after.latest, sc.after.deployment}, &c.latest, &c.deployment, &row, &dated)
	return c, err
}

// close ends what is open on the driver's connection.
func (sc *scanner) close(any) (err error) {
	if sc.rows != nil {
		err = sc.rows.Close()
	}
	for _, stmt := range sc.loads {
		err = errors.Join(err, stmt.Close())
	}
	return err
}

// loop reads blocks until their end, or until take wants no more.
func (sc *scanner) loop() error {
	since := int64(math.MinInt64)
	if !sc.filter.From.IsZero() {
		since = nanos(sc.filter.From)
	}
	for sc.last.latest >= since {
		if sc.done() != nil {
			return sc.done()
		}
		var dest [3]driver.Value
		err := sc.conn.Raw(func(any) error { return sc.rows.Next(dest[:]) })
		if err == io.EOF {
			return sc.complete()
		} else if err != nil {
			return err
		}
		if err := sc.meet(dest); err != nil {
			return err
		}
		for i := range sc.met {
			wanted, err := sc.read(&sc.met[i])
			if err != nil {
				return err
			}
			if wanted && !sc.take(&sc.row) {
				return nil
			}
		}
	}
	return nil
}

// meet verifies a block, and loads the text of those for which it matters.
func (sc *scanner) meet(columns [3]driver.Value) error {
	b, ok := columns[2].([]byte)
	if !ok || len(b) == 0 || len(b)%datedSize != 0 ||
		columns[0] != at(b[len(b)-datedSize:], datedLatest) || columns[1] != at(b[len(b)-datedSize:], datedRow) {
		return sc.damage("a block is not what was written")
	}
	sc.met = sc.met[:0]
	clear(sc.texts)
	var load []int64
	for end := len(b); end > 0; end -= datedSize {
		m := met{value: b[end-datedSize : end]}
		c, seal := cursor(m.value), at(m.value, datedSeal)
		if m.kind = sc.kinds[at(m.value, datedKind)]; m.kind == nil || c.compare(sc.last) >= 0 ||
			seal&^highHalf != sc.seal.dated(m.value, sc.from.row, seal&highHalf) {
			return sc.damage("the deployment in row %d is not what was written", c.deployment)
		}
		sc.last = c
		sc.count++
		sc.digest += seal
		if !m.kind.wanted || !sc.after.IsZero() && c.compare(sc.after) >= 0 {
			continue
		}
		if m.loaded = sc.filter.Whole || at(m.value, datedID) == wordy || m.far(); m.loaded {
			load = append(load, c.deployment)
		}
		sc.met = append(sc.met, m)
	}
	if len(load) == 0 {
		return nil
	}
	return sc.loadTexts(load)
}

// read takes in a deployment and reports whether the filter selects it.
func (sc *scanner) read(m *met) (bool, error) {
	r, b := &sc.row, m.value
	r.Deployment = m.kind.Deployment
	r.loaded, r.at, r.value, r.Latest = false, cursor(b), b, time.Time{}
	if m.loaded {
		if err := sc.letter(sc.texts[r.at.deployment]); err != nil {
			return false, err
		}
	} else {
		r.ID = strconv.FormatInt(at(b, datedID), 10)
		r.Started, r.Executed, r.Finished = date(at(b, datedStarted)), date(at(b, datedExecuted)), date(at(b, datedFinished))
	}
	if r.at.latest == running {
		return true, nil
	}
	if r.Latest = date(r.at.latest); m.far() {
		_, r.Latest = dates(&r.Deployment)
	}
	return sc.within(), nil
}

// within reports whether the present row, which has ended, is in the filter's time.
func (sc *scanner) within() bool {
	f, r := sc.filter, &sc.row
	if !f.From.IsZero() && r.Latest.Before(f.From) {
		return false
	}
	if f.Until.IsZero() {
		return true
	}
	first, _ := dates(&r.Deployment)
	return first.Before(f.Until)
}

// complete verifies that no row was missing, where all were read.
func (sc *scanner) complete() error {
	if !sc.filter.From.IsZero() || !sc.after.IsZero() {
		return nil
	}
	if sc.count != sc.from.count || sc.digest != sc.from.digest {
		return sc.damage("%d deployments of %s, want %d, or some are old", sc.count, sc.from.key, sc.from.count)
	}
	return nil
}

// values returns arguments for the driver.
func values(args ...driver.Value) []driver.NamedValue {
	all := make([]driver.NamedValue, len(args))
	for i, a := range args {
		all[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return all
}
