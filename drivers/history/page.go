package history

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Cursor is a place between two pages. The zero Cursor is before the first page.
type Cursor struct{ latest, deployment int64 }

// IsZero reports whether the cursor is the zero one, which a last page returns.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// String returns a text that [ParseCursor] reads.
func (c Cursor) String() string { return fmt.Sprintf("%d.%d", c.latest, c.deployment) }

// ParseCursor reads a cursor that String wrote.
func ParseCursor(text string) (c Cursor, err error) {
	latest, deployment, ok := strings.Cut(text, ".")
	if c.latest, err = strconv.ParseInt(latest, 10, 64); err == nil {
		c.deployment, err = strconv.ParseInt(deployment, 10, 64)
	}
	if err != nil || !ok || c.String() != text {
		return Cursor{}, fmt.Errorf("%q is not the place of a page", text)
	}
	return c, nil
}

// Page returns at most limit deployments after a cursor, whole and in the order
// of [Store.Scan], and the cursor of the next page, zero after the last. Each page
// is of its own state of the file, so a deployment that changed in between may be
// on two or on none. The filter's Whole does not matter.
func (s *Store) Page(ctx context.Context, source string, f Filter, after Cursor, limit int) (page []rules.Deployment, next Cursor, err error) {
	f.Whole = false // the rows that do not fit need no text
	var last Cursor
	var unread error
	err = s.scan(ctx, source, &f, after, func(r *Row) bool {
		if len(page) == limit {
			next = last
			return false
		}
		unread = r.Load()
		page, last = append(page, r.Deployment), r.at
		return unread == nil
	})
	if err = errors.Join(err, unread); err != nil {
		return nil, Cursor{}, err
	}
	return page, next, nil
}

// Count returns how many deployments of a source a filter selects. Without a
// filter it reads one row.
func (s *Store) Count(ctx context.Context, source string, f Filter) (n int64, err error) {
	if f.From.IsZero() && f.Until.IsZero() && f.Environment == nil {
		err = s.view(ctx, "read", func(t *tx) error {
			from, err := t.source(source)
			n = from.count
			return err
		})
		return n, err
	}
	f.Whole = false
	err = s.scan(ctx, source, &f, Cursor{}, func(*Row) bool {
		n++
		return true
	})
	return n, err
}
