package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Without a policy, what cannot be checked is named.
func TestWithoutPolicy(t *testing.T) {
	o := Options{Machine: fakeMachine(tree(nil)), Policy: filepath.Join(t.TempDir(), "none.cue"), History: filepath.Join(t.TempDir(), "history.db"), Getenv: os.Getenv}
	got := map[string]Result{}
	err := Run(t.Context(), o, func(f Finding) error {
		got[f.Check] = f.Result
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range []string{"spi", "spi access", "spi speed", "spi message", "spi users", "power", "time zone", "web", "source"} {
		if got[check] != Skip {
			t.Errorf("%s: got %q, want skip", check, got[check])
		}
	}
}

// Ctrl-C ends Run, before the first check.
func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := Options{Machine: fakeMachine(tree(nil)), Policy: filepath.Join(t.TempDir(), "none.cue"), History: filepath.Join(t.TempDir(), "history.db"), Getenv: func(string) string { return "" }}
	found := 0
	err := Run(ctx, o, func(Finding) error {
		found++
		return nil
	})
	if !errors.Is(err, context.Canceled) || found > 0 {
		t.Errorf("got %v and %d findings, want an error and nothing", err, found)
	}
}
