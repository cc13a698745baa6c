package state

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
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
