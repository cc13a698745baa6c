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
	return s.update(ctx, "write", func(t *tx) {
		t.exec("DELETE FROM lockout WHERE fingerprint NOT IN (SELECT value FROM json_each(?))", string(all))
		for _, l := range list {
			t.exec(`INSERT INTO lockout (fingerprint, status, at) VALUES (?, ?, ?)
				ON CONFLICT DO UPDATE SET status = excluded.status, at = excluded.at WHERE (status, at) IS NOT (excluded.status, excluded.at)`,
				l.Fingerprint, l.Status, stamp(l.At))
		}
	})
}

// Lockouts returns the logins that were refused, by fingerprint.
func (s *Store) Lockouts(ctx context.Context) (list []source.Lockout, err error) {
	err = s.view(ctx, "read", func(t *tx) { list = t.lockouts() })
	return list, err
}

func (t *tx) lockouts() (list []source.Lockout) {
	var l source.Lockout
	for range t.rows("SELECT fingerprint, status, at FROM lockout ORDER BY fingerprint", nil, &l.Fingerprint, &l.Status, instant{&l.At}) {
		list = append(list, l)
	}
	return list
}
