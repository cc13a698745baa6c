package history

import (
	"context"
	"time"
)

// Polls is when a source was polled. Zero: never.
type Polls struct {
	Good    time.Time // last without error
	Failed  time.Time // last with an error
	Failure string    // its text
}

// markEvery is how often the instants of polls that brought nothing new are
// written, which spares the card: 24 writes a day.
const markEvery = time.Hour

// Polls returns when a source was polled. In another process than the one that
// polls it is at most an hour old. The text of a failure may be "" in it.
func (s *Store) Polls(ctx context.Context, source string) (Polls, error) {
	if s.lock != nil {
		s.write.Lock()
		p, ok := s.marks[source]
		s.write.Unlock()
		if ok {
			return p, nil
		}
	}
	var p Polls
	err := s.view(ctx, "read", func(t *tx) error {
		from, err := t.source(source)
		p = from.polls
		return err
	})
	return p, err
}

// Sources returns the keys of all sources, in the order of their first answers.
func (s *Store) Sources(ctx context.Context) ([]string, error) {
	var keys []string
	err := s.view(ctx, "read", func(t *tx) error {
		return t.sources(func(from sourceRow) { keys = append(keys, from.key) })
	})
	return keys, err
}

// flush writes the marks that were held back.
func (s *Store) flush(ctx context.Context) error {
	s.write.Lock()
	defer s.write.Unlock()
	if len(s.marks) == 0 {
		return nil
	}
	return s.locked(ctx, "write", func(t *tx) error {
		for key, p := range s.marks {
			from, err := t.source(key)
			if err != nil {
				return err
			}
			if from.row == 0 || from.polls == p {
				continue
			}
			from.polls = p
			if err := t.putSource(&from); err != nil {
				return err
			}
		}
		return nil
	})
}

// A sourceRow is a row of the table.
type sourceRow struct {
	row          int64
	key          string
	polls        Polls
	marked       time.Time
	count        int64
	digest       int64
	environments int64
	seal         int64
	next         int64 // row number that was used last; 0: not known
}

// source returns a source; row 0: it is not there.
func (t *tx) source(key string) (sourceRow, error) {
	found := sourceRow{key: key}
	err := t.sources(func(from sourceRow) {
		if from.key == key {
			found = from
		}
	})
	return found, err
}

// sources calls take with each, and verifies that none is missing. There are a
// few, so no index, which could be damaged, is used to find one.
func (t *tx) sources(take func(sourceRow)) error {
	l, err := t.ledger()
	if err != nil {
		return err
	}
	var from sourceRow
	var polled, failed, marked any
	err = t.each(`SELECT source, key, polled, failed, failure, marked, count, digest, environments, seal
		FROM source NOT INDEXED ORDER BY source`, nil,
		[]any{&from.row, &from.key, &polled, &failed, &from.polls.Failure, &marked, &from.count, &from.digest, &from.environments, &from.seal},
		func() (err error) {
			for _, u := range [...]struct {
				to   *time.Time
				from any
			}{{&from.polls.Good, polled}, {&from.polls.Failed, failed}, {&from.marked, marked}} {
				if *u.to, err = instant(u.from); err != nil {
					return t.damage("source %s: %w", from.key, err)
				}
			}
			if from.seal != t.sealSource(&from) {
				return t.damage("source %s is not what was written", from.key)
			}
			l.sources -= from.seal
			take(from)
			return nil
		})
	if err == nil && l.sources != 0 {
		err = t.damage("sources are missing or are old")
	}
	return err
}

func (t *tx) sealSource(from *sourceRow) int64 {
	s := &t.seal
	s.buf = s.buf[:0]
	s.int(from.row).text(from.key).stored(stamp(from.polls.Good)).stored(stamp(from.polls.Failed)).text(from.polls.Failure)
	s.stored(stamp(from.marked)).int(from.count).int(from.digest).int(from.environments)
	return s.sum()
}

// addSource adds a source that is not there. It must be put before the end.
func (t *tx) addSource(from *sourceRow) (err error) {
	from.row, err = t.exec(`INSERT INTO source (key, failure, count, digest, environments, seal) VALUES (?, '', 0, 0, 0, 0)`, from.key)
	return err
}

// putSource writes a source that is there.
func (t *tx) putSource(from *sourceRow) error {
	was := from.seal
	from.seal = t.sealSource(from)
	_, err := t.exec(`UPDATE source SET polled = ?, failed = ?, failure = ?, marked = ?, count = ?, digest = ?, environments = ?, seal = ?
		WHERE source = ?`, stamp(from.polls.Good), stamp(from.polls.Failed), from.polls.Failure, stamp(from.marked),
		from.count, from.digest, from.environments, from.seal, from.row)
	if err != nil {
		return err
	}
	return t.changeLedger(func(l *ledger) { l.sources += from.seal - was })
}
