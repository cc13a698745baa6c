package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Damage that a merge meets, or that is met while the source is asked, makes the
// answer worthless: it has only what was not known before.
func TestStoreForgets(t *testing.T) {
	at := time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	e := rules.Environment{ID: "1", Name: "Production", Project: "shop", CompleteFrom: at.AddDate(-1, 0, 0)}
	d := rules.Deployment{ID: "7", EnvironmentID: "1", Environment: "Production", Project: "shop", Version: "release-7",
		Started: at, Executed: at, Finished: at.Add(time.Minute), State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished}
	answer := engine.Answer{Environments: []rules.Environment{e}, Deployments: []rules.Deployment{d}}
	for _, c := range []struct {
		name string
		meet func(t *testing.T, s *diskStore) // beforehand
	}{
		{"by the merge", func(*testing.T, *diskStore) {}},
		{"while the source is asked", func(t *testing.T, s *diskStore) {
			if _, _, err := s.Deployment(t.Context(), "a", "1", "7"); err == nil {
				t.Fatal("the damage was not met")
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.db")
			open := func() *diskStore {
				s, err := openStore(t.Context(), path, func() time.Time { return at }, func(text string) { t.Log(text) })
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			s := open()
			if _, err := s.Merge(t.Context(), "a", answer, nil, at); err != nil {
				t.Fatal(err)
			}
			if err := s.close(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, bytes.ReplaceAll(data, []byte("release-7"), []byte("release-8")), 0o640); err != nil {
				t.Fatal(err)
			}
			s = open()
			spare := engine.NewSpare(s)
			spare.Known(t.Context(), "a")
			c.meet(t, s)
			_, err = spare.Merge(t.Context(), "a", answer, nil, at)
			if _, forgot := errors.AsType[*engine.ForgottenError](err); !forgot {
				t.Errorf("merge: got %v, want that the store has forgotten", err)
			}
			if known, err := spare.Coverage(t.Context(), "a"); err != nil || len(known.Environments) != 0 {
				t.Errorf("coverage after: got %v, %v, want none", known, err)
			}
			spare.Known(t.Context(), "a") // the next poll
			if _, err := spare.Merge(t.Context(), "a", answer, nil, at); err != nil {
				t.Errorf("the next merge: got %v, want none", err)
			}
			if err := s.close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What is said of a file that is set aside names what was wrong with it.
func TestStoreTellsTheDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	noise := make([]byte, 8192)
	for i := range noise {
		noise[i] = byte(i*i>>3 + 7*i)
	}
	if err := os.WriteFile(path, noise, 0o640); err != nil {
		t.Fatal(err)
	}
	var said []string
	s, err := openStore(t.Context(), path, clock, func(text string) { said = append(said, text) })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(said, "\n")
	if !strings.HasSuffix(got, "the source is asked for everything again (file is not a database (26))") {
		t.Errorf("got %q", got)
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
		{"with what closing said", errors.Join(damage, errors.New("closed already")), cause},
		{"within another", fmt.Errorf("look: %w", damage), cause},
		{"without a cause", bare, bare},
		{"of another kind", cause, cause},
	} {
		if got := causeOf(c.err); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
