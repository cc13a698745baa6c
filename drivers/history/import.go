package history

import (
	"context"
	"iter"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Imported is what an import changed.
type Imported struct {
	Read    int // deployments
	New     int
	Changed int
	Covered bool // the coverage of an environment changed
}

// Import takes in deployments and environments of a source, all of them or
// nothing: an error of the sequence is returned and undoes it all. What was known
// of others stays, and the instants of polls do. Coverage is taken as it is
// given, so it must be true together with what is stored. progress, unless nil,
// is called now and then with how many were read. Memory does not grow with their
// number. at is when the import began.
func (s *Store) Import(ctx context.Context, source string, environments []rules.Environment,
	deployments iter.Seq2[rules.Deployment, error], at time.Time, progress func(read int)) (Imported, error) {
	var n Imported
	var given error // by the sequence
	err := s.update(ctx, "import into", func(t *tx) error {
		m, err := newMerging(t, source, at)
		if err != nil {
			return err
		}
		if err := m.environments(&Answer{Environments: environments}); err != nil {
			return err
		}
		for d, err := range deployments {
			if err != nil {
				given = err
				return err
			}
			if err := m.deployment(n.Read, &d); err != nil {
				return err
			}
			c := &m.change
			n.New, n.Changed = n.New+len(c.New), n.Changed+len(c.Changed)+len(c.Rewritten)
			c.New, c.Changed, c.Rewritten = c.New[:0], c.Changed[:0], c.Rewritten[:0]
			if n.Read++; n.Read%1024 == 0 {
				if m.done() != nil {
					return m.done()
				}
				if progress != nil {
					progress(n.Read)
				}
			}
		}
		n.Covered = m.change.Covered
		if n.New+n.Changed == 0 && !n.Covered && !m.change.Written {
			return nil
		}
		return m.putSource(&m.from)
	})
	if given != nil {
		return Imported{}, given
	}
	if err != nil {
		return Imported{}, err
	}
	if progress != nil {
		progress(n.Read)
	}
	return n, nil
}
