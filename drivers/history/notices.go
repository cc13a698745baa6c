package history

import (
	"context"
	"time"
)

// Notices are what webhooks were told, and what they are to be told still.
type Notices struct {
	Marks string // as the caller encodes them; "": none were saved
	Owed  []Owed // in their order
}

// Owed is an event that a webhook is to be told of.
type Owed struct {
	Webhook string // where its URL is, as the caller names it
	Event   string
	Due     time.Time // when it was noticed
	Until   time.Time // when it is given up
	Body    string    // what is sent
}

// SaveNotices replaces the notices, all or nothing.
func (s *Store) SaveNotices(ctx context.Context, n Notices) error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.update(ctx, "write", func(t *tx) {
		t.exec("INSERT INTO told (told, marks) VALUES (1, ?) ON CONFLICT DO UPDATE SET marks = excluded.marks", n.Marks)
		t.exec("DELETE FROM owed")
		for _, o := range n.Owed {
			t.exec("INSERT INTO owed (webhook, event, due, until, body) VALUES (?, ?, ?, ?, ?)", o.Webhook, o.Event, stamp(o.Due), stamp(o.Until), o.Body)
		}
	})
}

// Notices returns what was saved last.
func (s *Store) Notices(ctx context.Context) (n Notices, err error) {
	err = s.view(ctx, "read", func(t *tx) { n = t.notices() })
	return n, err
}

func (t *tx) notices() (n Notices) {
	t.one("SELECT marks FROM told", nil, &n.Marks)
	var o Owed
	for range t.rows("SELECT webhook, event, due, until, body FROM owed ORDER BY owed", nil,
		&o.Webhook, &o.Event, instant{&o.Due}, instant{&o.Until}, &o.Body) {
		n.Owed = append(n.Owed, o)
	}
	return n
}
