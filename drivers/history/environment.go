package history

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// An Environment is one of a source, with its coverage and when polls met it.
type Environment struct {
	rules.Environment
	FirstSeen time.Time
	LastSeen  time.Time // written with the marks of polls: at most an hour old, see [Polls]
}

// Environments returns those of a source whose coverage is known, in the order in
// which they were first met. One that the server no longer has is among them.
func (s *Store) Environments(ctx context.Context, source string) ([]Environment, error) {
	var known []Environment
	err := s.view(ctx, "read", func(t *tx) error {
		from, err := t.source(source)
		if err != nil || from.row == 0 {
			return err
		}
		all, err := t.environments(from)
		for _, e := range all {
			if e.known {
				known = append(known, e.Environment)
			}
		}
		return err
	})
	return known, err
}

// An environmentRow is a row of the table.
type environmentRow struct {
	row    int64
	source int64
	known  bool
	seal   int64
	Environment
}

const (
	selectEnvironments = `SELECT environment, source, id, name, project_id, project, known, complete_from, exhausted,
		first_seen, last_seen, seal FROM environment NOT INDEXED WHERE source = ? ORDER BY environment`
	selectEnvironment = `SELECT environment, source, id, name, project_id, project, known, complete_from, exhausted,
		first_seen, last_seen, seal FROM environment WHERE source = ? AND id = ?`
)

// environments returns all of a source, and verifies that none is missing.
func (t *tx) environments(from sourceRow) ([]environmentRow, error) {
	var all []environmentRow
	var digest int64
	err := t.readEnvironments(selectEnvironments, []any{from.row}, func(e environmentRow) {
		all = append(all, e)
		digest += e.seal
	})
	if err == nil && digest != from.environments {
		err = t.damage("environments of %s are missing or are old", from.key)
	}
	return all, err
}

// environment returns one of a source; row 0: it is not there.
func (t *tx) environment(from sourceRow, id string) (found environmentRow, err error) {
	err = t.readEnvironments(selectEnvironment, []any{from.row, id}, func(e environmentRow) { found = e })
	if err != nil || found.row != 0 {
		return found, err
	}
	// It is new, or the index is damaged.
	all, err := t.environments(from)
	for _, e := range all {
		if e.ID == id {
			return found, t.damage("environment %s is missing in its index", id)
		}
	}
	return found, err
}

func (t *tx) readEnvironments(query string, args []any, take func(environmentRow)) error {
	var e environmentRow
	var complete, first, last any
	into := []any{&e.row, &e.source, &e.ID, &e.Name, &e.ProjectID, &e.Project, &e.known, &complete, &e.Exhausted, &first, &last, &e.seal}
	return t.each(query, args, into, func() (err error) {
		for _, u := range [...]struct {
			to   *time.Time
			from any
		}{{&e.CompleteFrom, complete}, {&e.FirstSeen, first}, {&e.LastSeen, last}} {
			if *u.to, err = instant(u.from); err != nil {
				return t.damage("environment %s: %w", e.ID, err)
			}
		}
		if e.seal != t.sealEnvironment(&e) {
			return t.damage("environment %s is not what was written", e.ID)
		}
		take(e)
		return nil
	})
}

func (t *tx) sealEnvironment(e *environmentRow) int64 {
	s := &t.seal
	s.buf = s.buf[:0]
	s.int(e.row).int(e.source).text(e.ID).text(e.Name).text(e.ProjectID).text(e.Project).int(flag(e.known))
	s.stored(stamp(e.CompleteFrom)).int(flag(e.Exhausted)).stored(stamp(e.FirstSeen)).stored(stamp(e.LastSeen))
	return s.sum()
}

// putEnvironment writes an environment; row 0 adds it. It keeps the source's sum.
func (t *tx) putEnvironment(from *sourceRow, e *environmentRow) (err error) {
	if e.row == 0 {
		// The seal is over the row's number too, which is known now.
		if e.row, err = t.exec(`INSERT INTO environment (source, id, name, project_id, project, known, exhausted, seal)
			VALUES (?, ?, '', '', '', 0, 0, 0)`, from.row, e.ID); err != nil {
			return err
		}
		e.source, e.seal = from.row, 0
	}
	was := e.seal
	e.seal = t.sealEnvironment(e)
	from.environments += e.seal - was
	_, err = t.exec(`UPDATE environment SET name = ?, project_id = ?, project = ?, known = ?, complete_from = ?, exhausted = ?,
		first_seen = ?, last_seen = ?, seal = ? WHERE environment = ?`,
		e.Name, e.ProjectID, e.Project, e.known, stamp(e.CompleteFrom), e.Exhausted,
		stamp(e.FirstSeen), stamp(e.LastSeen), e.seal, e.row)
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
