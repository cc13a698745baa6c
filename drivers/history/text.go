package history

import (
	"database/sql/driver"
	"errors"
	"io"
	"strconv"
)

// The text of a row, and that of several, whose numbers are a list in JSON: half of
// the time for each.
const (
	selectText = `SELECT deployment, environment, id, version, url, started, executed, finished, first_seen, changed
		FROM deployment WHERE deployment = ?1`
	selectTexts = `SELECT deployment, environment, id, version, url, started, executed, finished, first_seen, changed
		FROM deployment WHERE deployment IN (SELECT value FROM json_each(?1))`
)

// text reads the text of the present row.
func (sc *scanner) text() error {
	row := sc.row.at.deployment
	if err := sc.query(selectText, row); err != nil {
		return err
	}
	return sc.letter(sc.texts[row])
}

// loadTexts reads the text of rows of the present block.
func (sc *scanner) loadTexts(rows []int64) error {
	list := []byte{'['}
	for _, row := range rows {
		list = append(strconv.AppendInt(list, row, 10), ',')
	}
	list[len(list)-1] = ']'
	return sc.query(selectTexts, string(list))
}

// query takes in the text that a query finds.
func (sc *scanner) query(query string, arg driver.Value) error {
	err := sc.conn.Raw(func(c any) (err error) {
		if sc.loads[query] == nil {
			p, ok := c.(driver.ConnPrepareContext)
			if !ok {
				return errors.ErrUnsupported
			}
			if sc.loads[query], err = p.PrepareContext(sc.ctx, query); err != nil {
				return err
			}
		}
		stmt, ok := sc.loads[query].(driver.StmtQueryContext)
		if !ok {
			return errors.ErrUnsupported
		}
		found, err := stmt.QueryContext(sc.ctx, values(arg))
		if err != nil {
			return err
		}
		return errors.Join(sc.keepTexts(found), found.Close())
	})
	return sc.store.fail(sc.op, err)
}

// keepTexts takes in what a query found.
func (sc *scanner) keepTexts(found driver.Rows) error {
	dest := make([]driver.Value, len(found.Columns()))
	for {
		if err := found.Next(dest); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var r record
		var ok [4]bool
		r.row, ok[0] = dest[0].(int64)
		r.environment, ok[1] = dest[1].(int64)
		r.version, ok[2] = dest[3].(string)
		r.url, ok[3] = dest[4].(string)
		r.id, r.started, r.executed, r.finished, r.firstSeen, r.changed = dest[2], dest[5], dest[6], dest[7], dest[8], dest[9]
		if ok != [4]bool{true, true, true, true} {
			return sc.damage("deployment %v is not what was written", r.id)
		}
		sc.texts[r.row] = &r
	}
}

// letter takes in the text of the present row; nil: there is none.
func (sc *scanner) letter(r *record) error {
	if r == nil {
		return sc.damage("the deployment in row %d is missing", sc.row.at.deployment)
	}
	if at(sc.row.value, datedSeal)&highHalf != r.sealText(&sc.seal) {
		return sc.damage("deployment %v is not what was written", r.id)
	}
	if err := r.fill(&sc.row.Deployment); err != nil {
		return sc.damage("deployment %v: %w", r.id, err)
	}
	sc.row.loaded = true
	return nil
}
