package state

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// What is logged of a file that is set aside names what was wrong with it.
func TestOpenLogsTheDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	noise := make([]byte, 8192)
	for i := range noise {
		noise[i] = byte(i*i>>3 + 7*i)
	}
	if err := os.WriteFile(path, noise, 0o640); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	s, err := Open(t.Context(), path, "counter.cue", time.Now, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(log.String(), `error="file is not a database (26)"`+"\n") {
		t.Errorf("got %s", log.String())
	}
}

func TestCauseOf(t *testing.T) {
	cause := errors.New("block 7 is not what was written")
	damage := &history.Error{Path: "history.db", Kind: history.Damaged, Op: "read", Err: cause}
	bare := &history.Error{Path: "history.db", Kind: history.Damaged, Op: "read"}
	for _, c := range []struct {
		name      string
		err, want error
	}{
		{"alone", damage, cause},
		{"joined with the error of closing", errors.Join(damage, errors.New("closed already")), cause},
		{"within another", fmt.Errorf("look: %w", damage), cause},
		{"without a cause", bare, bare},
		{"of another kind", cause, cause},
	} {
		if got := causeOf(c.err); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// A login that was refused is not sent by the next run either, also where the history was replaced.
func TestSaveStoresRefusedLogins(t *testing.T) {
	path, log := filepath.Join(t.TempDir(), "history.db"), slog.New(slog.DiscardHandler)
	refused := []source.Lockout{{Fingerprint: "f", Status: http.StatusUnauthorized, At: time.Date(2026, 3, 13, 0, 0, 0, 0, time.UTC)}}
	key := source.Key{Name: "bamboo", Address: "ci.example.com"}
	known := source.Known{Key: key}
	for _, damage := range []bool{false, true} {
		s, err := Open(t.Context(), path, "counter.cue", time.Now, log)
		if err != nil {
			t.Fatal(err)
		}
		s.Lockouts(t.Context()).Restore(refused)
		if damage {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("S"), 0o640); err != nil {
				t.Fatal(err)
			}
		}
		if replaced, err := s.Save(t.Context(), &known, source.Changes{Key: key}); err != nil || replaced != damage {
			t.Fatal(replaced, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, err = Open(t.Context(), path, "counter.cue", time.Now, log)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Lockouts(t.Context()).Snapshot(); !slices.Equal(got, refused) {
			t.Errorf("damage %v: got %+v", damage, got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Logins of earlier runs that could not be read stay stored.
func TestSaveKeepsRefusedLoginsThatWereNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	refused := []source.Lockout{{Fingerprint: "f", Status: http.StatusUnauthorized, At: time.Date(2026, 3, 13, 0, 0, 0, 0, time.UTC)}}
	if err := Write(t.Context(), path, func(file *history.Store) error { return file.SaveLockouts(t.Context(), refused) }); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, "counter.cue", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	known := source.Known{Key: source.Key{Name: "bamboo", Address: "ci.example.com"}}
	_, err = s.Save(t.Context(), &known, source.Changes{Key: known.Key})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	err = Read(t.Context(), path, func(file *history.Store) error {
		got, err := file.Lockouts(t.Context())
		if !slices.Equal(got, refused) {
			t.Errorf("got %+v", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// What webhooks were told stays known when the file is damaged while the counter runs.
func TestNoticesOutliveDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s, err := Open(t.Context(), path, "counter.cue", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	want := history.Notices{Marks: "{}", Owed: []history.Owed{{Webhook: "env HOOK", Event: "breach", Body: "{}"}}}
	if err := s.SaveNotices(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	saved := want.Owed[0]
	want.Owed[0].Body = "the caller's again"
	if err := os.WriteFile(path, make([]byte, 8192), 0o640); err != nil {
		t.Fatal(err)
	}
	known := source.Known{Key: source.Key{Name: "bamboo", Address: "ci.example.com"}}
	if replaced, err := s.Save(t.Context(), &known, source.Changes{Key: known.Key}); err != nil || !replaced {
		t.Fatal(replaced, err)
	}
	got, err := s.Notices(t.Context())
	if err != nil || got.Marks != want.Marks || len(got.Owed) != 1 || got.Owed[0] != saved {
		t.Errorf("got %+v, %v, want %+v", got, err, saved)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
