package history

import (
	"database/sql/driver"
	"errors"
	"io"
)

// text reads the text of the present row.
func (sc *scanner) text() error {
	dest := make([]driver.Value, 9)
	err := sc.conn.Raw(func(c any) (err error) {
		if sc.load == nil {
			p, ok := c.(driver.ConnPrepareContext)
			if !ok {
				return errors.ErrUnsupported
			}
			if sc.load, err = p.PrepareContext(sc.ctx, selectText); err != nil {
				return err
			}
		}
		stmt, ok := sc.load.(driver.StmtQueryContext)
		if !ok {
			return errors.ErrUnsupported
		}
		rows, err := stmt.QueryContext(sc.ctx, values(sc.row.at.deployment))
		if err != nil {
			return err
		}
		return errors.Join(rows.Next(dest), rows.Close())
	})
	if errors.Is(err, io.EOF) {
		return sc.damage("deployment in row %d is missing", sc.row.at.deployment)
	} else if err != nil {
		return sc.store.fail(sc.op, err)
	}
	return sc.letter(dest)
}

// letter takes in the columns of the present row.
func (sc *scanner) letter(dest []driver.Value) error {
	var r record
	var ok1, ok2, ok3 bool
	r.environment, ok1 = dest[0].(int64)
	r.version, ok2 = dest[2].(string)
	r.url, ok3 = dest[3].(string)
	r.id, r.started, r.executed, r.finished, r.firstSeen, r.changed = dest[1], dest[4], dest[5], dest[6], dest[7], dest[8]
	if !ok1 || !ok2 || !ok3 || at(sc.present, datedSeal)&highHalf != r.sealText(&sc.seal) {
		return sc.damage("deployment %v is not what was written", dest[1])
	}
	if err := r.fill(&sc.row.Deployment); err != nil {
		return sc.damage("deployment %v: %w", dest[1], err)
	}
	sc.row.loaded = true
	return nil
}
