package history

import (
	"context"
	"encoding/json"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// SaveLockouts replaces the logins that were refused, all or nothing. The same ones again
// write nothing. Each has a fingerprint of its own.
func (s *Store) SaveLockouts(ctx context.Context, list []source.Lockout) error {
	s.write.Lock()
	defer s.write.Unlock()
	fingerprints := make([]string, len(list))
	for i, l := range list {
		fingerprints[i] = l.Fingerprint
	}
	all, err := json.Marshal(fingerprints)
	if err != nil {
		return err
	}
	return s.update(ctx, "write", func(t *tx) error {
		if err := t.exec("DELETE FROM lockout WHERE fingerprint NOT IN (SELECT value FROM json_each(?))", string(all)); err != nil {
			return err
		}
		for _, l := range list {
			if err := t.exec(`INSERT INTO lockout (fingerprint, status, at) VALUES (?, ?, ?)
				ON CONFLICT DO UPDATE SET status = excluded.status, at = excluded.at WHERE (status, at) IS NOT (excluded.status, excluded.at)`,
				l.Fingerprint, l.Status, stamp(l.At)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Lockouts returns the logins that were refused, by fingerprint.
func (s *Store) Lockouts(ctx context.Context) (list []source.Lockout, err error) {
	err = s.view(ctx, "read", func(t *tx) error {
		var l source.Lockout
		into := []any{&l.Fingerprint, &l.Status, instant{&l.At}}
		return t.each("SELECT fingerprint, status, at FROM lockout ORDER BY fingerprint", nil, into, func() error {
			list = append(list, l)
			return nil
		})
	})
	return list, err
}
