package history_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// old is what each file of testdata holds: VERSION.db was written by the first
// program of that version and never changes.
func old() everything {
	found := []rules.Deployment{deployed("81", noon), deployed("deploy/82", noon.Add(time.Hour)), under("83", noon.Add(2*time.Hour))}
	found[1].Started = time.Date(1600, 1, 1, 0, 0, 0, 1, time.UTC)
	found[1].State, found[1].URL = rules.StateFailed, ""
	return everything{
		Deployments:  sorted(found),
		Environments: []history.Environment{{Environment: production(), FirstSeen: noon, LastSeen: noon}},
		Interrupted:  cutOff()[0].CompleteFrom,
		Polls:        history.Polls{Failed: noon, Failure: "timeout"},
		LastGood:     history.LastGood{Path: "/etc/counter.cue", File: []byte("package counter\n"), Hash: "ab", Config: []byte("{}"), Program: "v1", Saved: noon},
		Latch:        []byte("{}"),
	}
}

// TestVersions opens a file of every version. For a new one, set NEW_FIXTURE once.
func TestVersions(t *testing.T) {
	steps, err := history.Released()
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version <= len(steps); version++ {
		name := filepath.Join("testdata", fmt.Sprint(version)+".db")
		if os.Getenv("NEW_FIXTURE") != "" && version == len(steps) {
			writeFixture(t, name)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		path := placed(t, memory(t), b)
		s := open(t, path)
		got, err := read(s)
		if err := errors.Join(err, s.Check(ctx), s.Close()); err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if diff := cmp.Diff(got, old()); diff != "" {
			t.Errorf("version %d: got, want: %s", version, diff)
		}
	}
}

func writeFixture(t *testing.T, name string) {
	if _, err := os.Stat(name); err == nil {
		t.Fatalf("%s is there, and never changes", name)
	}
	s, path := fresh(t)
	o := old()
	a := history.Answer{
		Environments: []rules.Environment{production()}, Interrupted: cutOff(), Deployments: o.Deployments, Failure: o.Polls.Failure,
	}
	merge(t, s, "bamboo", a, noon)
	if err := errors.Join(s.SaveLastGood(ctx, o.LastGood), s.SaveLatch(ctx, o.Latch), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content(t, path)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A conversion is whole or did not happen, and cannot be undone.
func TestConversion(t *testing.T) {
	steps, err := history.Released()
	if err != nil {
		t.Fatal(err)
	}
	whole, want := sample(t)
	path := placed(t, memory(t), whole)
	next := append(slices.Clone(steps), "ALTER TABLE latch ADD COLUMN more TEXT; UPDATE latch SET more = 'x'")
	broken := append(slices.Clone(next), "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)")

	_, err = history.OpenReadSteps(ctx, path, history.Opts{}, next)
	wantKind(t, err, history.Older, path)
	_, err = history.OpenSteps(ctx, path, history.Opts{}, append(slices.Clone(steps), broken[len(broken)-1]))
	wantKind(t, err, history.Damaged, path)
	if content(t, path) != string(whole) {
		t.Error("a conversion that failed changed the file")
	}
	s, err := history.OpenSteps(ctx, path, history.Opts{}, next)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(s)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("converted: got, want: %s", diff)
	}
	_, err = history.Open(ctx, path, history.Opts{})
	wantKind(t, err, history.Newer, path)
}

// What survives a power cut is SQLite's promise for these.
func TestDurability(t *testing.T) {
	s, _ := fresh(t)
	const full = 2
	if journal, synchronous, err := s.Durability(); journal != "truncate" || synchronous != full || err != nil {
		t.Errorf("got %s, %d, %v, want truncate, %d", journal, synchronous, err, full)
	}
	closed(t, s)
}
