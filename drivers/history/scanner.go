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
	rows  driver.Rows
	load  driver.Stmt // of the text of a row
	batch [][]driver.Value

	row     Row
	present []byte // its dated
	count   int64
	digest  int64
}

// A scanKind is what the rows of a kind have in common.
type scanKind struct {
	rules.Deployment
	wanted bool
}

// prepare reads what is not in the rows.
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

// A scan runs backwards over the index "judging", and needs nothing else unless
// it reads whole rows.
const (
	selectDated = `SELECT dated FROM deployment WHERE source = ?1`
	selectWhole = `SELECT dated, environment, id, version, url, started, executed, finished, first_seen, changed
		FROM deployment WHERE source = ?1`
	sinceDate   = ` AND latest >= ?2`
	afterCursor = ` AND (latest, deployment) < (?3, ?4)`
	newestFirst = ` ORDER BY latest DESC, deployment DESC`
	selectText  = `SELECT environment, id, version, url, started, executed, finished, first_seen, changed
		FROM deployment WHERE deployment = ?1`
)

// query returns what to ask for. Conditions that do not hold anything back are
// left out, because they cost a tenth of the time.
func (sc *scanner) query() (string, []driver.NamedValue) {
	query, from := selectDated, int64(math.MinInt64)
	if sc.filter.Whole {
		query = selectWhole
	}
	if !sc.filter.From.IsZero() {
		query, from = query+sinceDate, nanos(sc.filter.From)
	}
	if !sc.after.IsZero() {
		query += afterCursor
	}
	return query + newestFirst, values(sc.from.row, from, sc.after.latest, sc.after.deployment)
}

// run reads the rows. What goes to the caller's loop goes outside of the
// connection's lock, or a panic there would never end.
func (sc *scanner) run() (err error) {
	defer func() { err = errors.Join(err, sc.conn.Raw(sc.close)) }()
	err = sc.conn.Raw(func(c any) (err error) {
		q, ok := c.(driver.QueryerContext)
		if !ok {
			return errors.ErrUnsupported
		}
		query, args := sc.query()
		sc.rows, err = q.QueryContext(sc.ctx, query, args)
		return err
	})
	if err != nil {
		return err
	}
	sc.row.loader = sc.text
	return sc.loop()
}

// close ends what is open on the driver's connection.
func (sc *scanner) close(any) (err error) {
	if sc.rows != nil {
		err = sc.rows.Close()
	}
	if sc.load != nil {
		err = errors.Join(err, sc.load.Close())
	}
	return err
}

// The rows that are read at once: few at first, for who stops soon.
const (
	firstBatch = 16
	laterBatch = 256
)

// loop reads rows until their end, or until take wants no more.
func (sc *scanner) loop() error {
	for size := firstBatch; ; size = laterBatch {
		if sc.done() != nil {
			return sc.done()
		}
		n, end := 0, false
		err := sc.conn.Raw(func(any) (err error) {
			n, end, err = sc.fetch(size)
			return err
		})
		if err != nil {
			return err
		}
		for _, dest := range sc.batch[:n] {
			wanted, err := sc.read(dest)
			if err != nil {
				return err
			}
			if wanted && !sc.take(&sc.row) {
				return nil
			}
		}
		if end {
			return sc.complete()
		}
	}
}

// fetch reads up to size rows into the batch.
func (sc *scanner) fetch(size int) (n int, end bool, err error) {
	for ; n < size; n++ {
		if n == len(sc.batch) {
			sc.batch = append(sc.batch, make([]driver.Value, len(sc.rows.Columns())))
		}
		if err := sc.rows.Next(sc.batch[n]); err == io.EOF {
			return n, true, nil
		} else if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// read takes in a row and reports whether the filter selects it.
func (sc *scanner) read(dest []driver.Value) (bool, error) {
	b, ok := dest[0].([]byte)
	if !ok || len(b) != datedSize {
		return false, sc.damage("a deployment is not what was written")
	}
	row, kind, seal := at(b, datedRow), sc.kinds[at(b, datedKind)], at(b, datedSeal)
	if kind == nil || seal&^highHalf != sealDated(b, sc.from.row, seal&highHalf) {
		return false, sc.damage("the deployment in row %d is not what was written", row)
	}
	sc.count++
	sc.digest += seal
	if !kind.wanted {
		return false, nil
	}
	r := &sc.row
	r.Deployment = kind.Deployment
	r.Started, r.Executed, r.Finished = date(at(b, datedStarted)), date(at(b, datedExecuted)), date(at(b, datedFinished))
	r.loaded, r.at, r.Latest = false, Cursor{at(b, datedLatest), row}, time.Time{}
	sc.present = b
	var err error
	switch {
	case len(dest) > 1:
		err = sc.letter(dest[1:])
	case at(b, datedID) == wordy, at(b, datedStarted) == far, at(b, datedExecuted) == far, at(b, datedFinished) == far:
		err = sc.text()
	default:
		r.ID = strconv.FormatInt(at(b, datedID), 10)
	}
	if err != nil || r.at.latest == running {
		return true, err
	}
	var first time.Time
	first, r.Latest = dates(&r.Deployment)
	f := sc.filter
	return (f.From.IsZero() || !r.Latest.Before(f.From)) && (f.Until.IsZero() || first.Before(f.Until)), nil
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
func values(args ...int64) []driver.NamedValue {
	all := make([]driver.NamedValue, len(args))
	for i, a := range args {
		all[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return all
}
