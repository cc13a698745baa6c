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
		var key string
		return t.each("SELECT key FROM source ORDER BY source", nil, []any{&key}, func() error {
			keys = append(keys, key)
			return nil
		})
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
	next         int64 // row number that was used last; 0: not known
}

// source returns a source; row 0: it is not there.
func (t *tx) source(key string) (sourceRow, error) {
	from := sourceRow{key: key}
	var polled, failed, marked any
	var seal int64
	ok, err := t.one(`SELECT source, polled, failed, failure, marked, count, digest, environments, seal FROM source WHERE key = ?`,
		[]any{key}, &from.row, &polled, &failed, &from.polls.Failure, &marked, &from.count, &from.digest, &from.environments, &seal)
	if err != nil || !ok {
		return from, err
	}
	for _, u := range [...]struct {
		to   *time.Time
		from any
	}{{&from.polls.Good, polled}, {&from.polls.Failed, failed}, {&from.marked, marked}} {
		if *u.to, err = instant(u.from); err != nil {
			return from, t.damage("source %s: %w", key, err)
		}
	}
	if seal != t.sealSource(&from) {
		return from, t.damage("source %s is not what was written", key)
	}
	return from, nil
}

func (t *tx) sealSource(from *sourceRow) int64 {
	s := &t.seal
	s.buf = s.buf[:0]
	s.int(from.row).text(from.key).stored(stamp(from.polls.Good)).stored(stamp(from.polls.Failed)).text(from.polls.Failure)
	s.stored(stamp(from.marked)).int(from.count).int(from.digest).int(from.environments)
	return s.sum()
}

// addSource adds a source that is not there.
func (t *tx) addSource(from *sourceRow) (err error) {
	from.row, err = t.exec(`INSERT INTO source (key, failure, count, digest, environments, seal) VALUES (?, '', 0, 0, 0, 0)`, from.key)
	return err
}

func (t *tx) putSource(from *sourceRow) error {
	_, err := t.exec(`UPDATE source SET polled = ?, failed = ?, failure = ?, marked = ?, count = ?, digest = ?, environments = ?, seal = ?
		WHERE source = ?`, stamp(from.polls.Good), stamp(from.polls.Failed), from.polls.Failure, stamp(from.marked),
		from.count, from.digest, from.environments, t.sealSource(from), from.row)
	return err
}
