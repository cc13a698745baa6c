package history

import (
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// environments merges those that an answer lists.
func (m *merging) environments(list []rules.Environment) error {
	if len(list) == 0 {
		return nil
	}
	all, err := m.tx.environments(m.from)
	if err != nil {
		return err
	}
	for i := range all {
		m.places[all[i].ID] = &all[i]
	}
	for _, e := range list {
		if err := m.cover(e, all); err != nil {
			return err
		}
	}
	return nil
}

// cover merges one environment, given those that were known before.
func (m *merging) cover(e rules.Environment, all []environmentRow) error {
	e.CompleteFrom = e.CompleteFrom.Round(0).UTC()
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
	case row.known && row.Environment.Environment == e:
		return nil
	case row.Name != e.Name || row.Project != e.Project:
		m.change.Renamed = append(m.change.Renamed, Renamed{e.ID, row.Environment.Environment, e})
	}
	row.Environment.Environment, row.known = e, true
	row.LastSeen = m.at
	m.change.Covered = true
	return m.putEnvironment(&m.from, row)
}

// forget takes away what an answer that is the whole truth lacks.
func (m *merging) forget(a *Answer) error {
	listed := map[string]bool{}
	for _, e := range a.Environments {
		listed[e.ID] = true
	}
	all, err := m.tx.environments(m.from)
	if err != nil {
		return err
	}
	for i := range all {
		e := &all[i]
		if e.known && !listed[e.ID] {
			e.known, e.CompleteFrom, e.Exhausted = false, time.Time{}, false
			m.change.Covered = true
			if err := m.putEnvironment(&m.from, e); err != nil {
				return err
			}
		}
	}
	if int64(len(m.kept)) == m.from.count {
		return nil // all that is stored was in the answer
	}
	return m.drop()
}

// drop deletes the deployments that are not kept.
func (m *merging) drop() error {
	type gone struct{ row, seal int64 }
	var all []gone
	var r record
	err := m.each("SELECT "+columns+" FROM deployment WHERE source = ?", []any{m.from.row}, r.fields(), func() error {
		if err := m.verify(&r); err != nil {
			return err
		}
		if _, ok := m.kept[[2]any{r.environment, r.id}]; !ok {
			all = append(all, gone{r.row, r.seal()})
		}
		return m.done()
	})
	if err != nil {
		return err
	}
	for _, g := range all {
		if _, err := m.exec("DELETE FROM deployment WHERE deployment = ?", g.row); err != nil {
			return err
		}
		m.from.count--
		m.from.digest -= g.seal
		m.change.Forgotten++
	}
	return nil
}
