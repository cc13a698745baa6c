package history_test

import (
	"errors"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// The last program of version 2 wrote 2.db.
func TestVersion2(t *testing.T) {
	path := fixture(t, "2.db")
	_, err := history.OpenRead(ctx, path, history.Opts{})
	wantKind(t, err, history.Older, path)
	s := open(t, path)
	known := load(t, s, source.Key{Name: "file", Address: "/tmp/v2/deployments.jsonl"})
	var got []string
	for _, d := range known.Environments[0].Deployments {
		got = append(got, d.ID+" "+d.Version+" "+d.Started.UTC().Format(time.RFC3339))
	}
	want := []string{"1 release-1 2026-03-13T16:40:00Z", "2 release-2 2026-03-16T10:00:00Z"}
	if diff(got, want) != "" || known.Good.IsZero() {
		t.Errorf("got %q, good %v, want %q", got, known.Good, want)
	}
	if good, ok, err := s.LastGood(ctx); !ok || err != nil || good.Path != "/tmp/v2/counter.cue" {
		t.Errorf("last good: got %v, %v, %v", good.Path, ok, err)
	}
	if n, err := s.Notices(ctx); err != nil || diff(n, history.Notices{}) != "" {
		t.Errorf("got %v, %v, want none", n, err)
	}
	if err := errors.Join(s.Check(ctx), s.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := history.OpenRead(ctx, path, history.Opts{}) // it is of this version now
	if err != nil {
		t.Fatal(err)
	}
	closed(t, r)
}

// Notices are replaced as a whole, and are there after the file was closed.
func TestNotices(t *testing.T) {
	path := memory(t) + "/history.db"
	owed := func(webhook, body string, due time.Time) history.Owed {
		return history.Owed{Webhook: webhook, Event: "breach", Due: due, Until: due.AddDate(0, 0, 1), Body: body}
	}
	for _, want := range []history.Notices{
		{},
		{Marks: `{"told":["a"]}`, Owed: []history.Owed{owed("credential slack", "{}", noon), owed("file /etc/url", `{"text":"é"}`, noon.Add(1)), owed("credential slack", "{}", noon)}},
		{Marks: `{"told":["a","b"]}`, Owed: []history.Owed{owed("env URL", "{}", time.Time{})}},
		{Marks: `{"told":["a","b"]}`},
	} {
		s := open(t, path)
		if want.Marks != "" {
			if err := s.SaveNotices(ctx, want); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Check(ctx); err != nil {
			t.Fatal(err)
		}
		closed(t, s)
		r, err := history.OpenRead(ctx, path, history.Opts{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Notices(ctx); err != nil || diff(got, want) != "" {
			t.Errorf("got, want: %s %v", diff(got, want), err)
		}
		wantKind(t, r.SaveNotices(ctx, want), history.ReadOnly, path)
		closed(t, r)
	}
}
