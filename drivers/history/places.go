package history

import (
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// environments merges those that an answer lists.
func (m *merging) environments(a *Answer) error {
	if len(a.Environments)+len(a.Interrupted) == 0 && !a.Replace {
		return nil
	}
	all, err := m.tx.environments(m.from)
	if err != nil {
		return err
	}
	for i := range all {
		m.places[all[i].ID] = &all[i]
	}
	if a.Replace {
		if err := m.uncover(a, all); err != nil {
			return err
		}
	}
	for _, e := range a.Environments {
		if err := m.cover(e, all); err != nil {
			return err
		}
	}
	for _, e := range a.Interrupted {
		if err := m.interrupt(e, all); err != nil {
			return err
		}
	}
	return nil
}

// uncover takes away the coverage that an answer that is the whole truth lacks.
func (m *merging) uncover(a *Answer, all []environmentRow) error {
	listed, interrupted := map[string]bool{}, map[string]bool{}
	for _, e := range a.Environments {
		listed[e.ID] = true
	}
	for _, e := range a.Interrupted {
		interrupted[e.ID] = true
	}
	for i := range all {
		e := &all[i]
		switch {
		case listed[e.ID]:
			continue
		case e.known:
			m.change.Covered = true
		case e.CompleteFrom.IsZero(), interrupted[e.ID]:
			continue
		}
		e.known, e.CompleteFrom, e.Exhausted = false, time.Time{}, false
		m.change.Written = true
		if err := m.putEnvironment(&m.from, e); err != nil {
			return err
		}
	}
	return nil
}

// cover merges an environment that was read whole, given all that were known
// before.
func (m *merging) cover(e rules.Environment, all []environmentRow) error {
	e.CompleteFrom = e.CompleteFrom.Round(0).UTC()
	if row := m.places[e.ID]; row != nil && row.known && row.Environment.Environment == e {
		return nil
	}
	m.change.Covered = true
	return m.meet(e, true, all)
}

// interrupt merges an environment whose first reading was cut off, likewise.
func (m *merging) interrupt(e rules.Environment, all []environmentRow) error {
	e.CompleteFrom, e.Exhausted = e.CompleteFrom.Round(0).UTC(), false
	if row := m.places[e.ID]; row != nil && (row.known || row.Environment.Environment == e) {
		return nil
	}
	m.change.Written = true
	return m.meet(e, false, all)
}

// meet writes an environment, and says what became of its names.
func (m *merging) meet(e rules.Environment, known bool, all []environmentRow) error {
	row := m.places[e.ID]
	switch {
	case row == nil:
		row = &environmentRow{}
		row.FirstSeen = m.at
		m.places[e.ID] = row
		for i := range all {
			if was := &all[i].Environment.Environment; was.Name == e.Name && was.Project == e.Project {
				m.change.Recreated = append(m.change.Recreated, Recreated{*was, e})
			}
		}
	case row.Name != e.Name || row.Project != e.Project:
		m.change.Renamed = append(m.change.Renamed, Renamed{e.ID, row.Environment.Environment, e})
	}
	row.Environment.Environment, row.known = e, known
	row.LastSeen = m.at
	return m.putEnvironment(&m.from, row)
}

// forget takes away the deployments that an answer that is the whole truth lacks.
func (m *merging) forget() error {
	if int64(len(m.kept)) == m.from.count {
		return nil // all that is stored was in the answer
	}
	var all [][]byte
	var r record
	err := m.each("SELECT "+columns+" FROM deployment WHERE source = ?", []any{m.from.row}, r.fields(), func() error {
		if err := m.verify(&r); err != nil {
			return err
		}
		if _, ok := m.kept[[2]any{r.environment, r.id}]; !ok {
			all = append(all, r.dated)
		}
		return m.done()
	})
	if err != nil {
		return err
	}
	for _, gone := range all {
		if err := m.removeDated(m.from.row, gone); err != nil {
			return err
		}
		if _, err := m.exec("DELETE FROM deployment WHERE deployment = ?", at(gone, datedRow)); err != nil {
			return err
		}
		m.from.count--
		m.from.digest -= at(gone, datedSeal)
		m.change.Forgotten++
	}
	return nil
}
