package history

import (
	"cmp"
	"context"
	"slices"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// SaveLockouts replaces the logins that were refused, all or nothing. The same ones again
// write nothing. Each has a fingerprint of its own.
func (s *Store) SaveLockouts(ctx context.Context, list []source.Lockout) error {
	s.write.Lock()
	defer s.write.Unlock()
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b source.Lockout) int { return cmp.Compare(a.Fingerprint, b.Fingerprint) })
	return s.update(ctx, "write", func(t *tx) error {
		old, err := t.lockouts()
		same := func(a, b source.Lockout) bool {
			return a.Fingerprint == b.Fingerprint && a.Status == b.Status && a.At.Equal(b.At)
		}
		if err != nil || slices.EqualFunc(old, list, same) {
			return err
		}
		if err := t.exec("DELETE FROM lockout"); err != nil {
			return err
		}
		for _, l := range list {
			if err := t.exec("INSERT INTO lockout (fingerprint, status, at) VALUES (?, ?, ?)", l.Fingerprint, l.Status, stamp(l.At)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Lockouts returns the logins that were refused, by fingerprint.
func (s *Store) Lockouts(ctx context.Context) (list []source.Lockout, err error) {
	err = s.view(ctx, "read", func(t *tx) error {
		list, err = t.lockouts()
		return err
	})
	return list, err
}

func (t *tx) lockouts() (list []source.Lockout, err error) {
	var l source.Lockout
	err = t.each("SELECT fingerprint, status, at FROM lockout ORDER BY fingerprint", nil, []any{&l.Fingerprint, &l.Status, instant{&l.At}}, func() error {
		list = append(list, l)
		return nil
	})
	return list, err
}
