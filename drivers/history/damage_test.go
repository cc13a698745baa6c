package history_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// everything is all that a history holds.
type everything struct {
	Deployments  []rules.Deployment
	Environments []history.Environment
	Interrupted  time.Time // how far back a reading of environment 8 came
	Polls        history.Polls
	LastGood     history.LastGood
	Latch        []byte
}

// read reads it in the ways of a service.
func read(s *history.Store) (e everything, err error) {
	var errs [6]error
	e.Deployments, errs[0] = readAll(s, "bamboo")
	e.Environments, errs[1] = s.Environments(ctx, "bamboo")
	e.Polls, errs[2] = s.Polls(ctx, "bamboo")
	e.LastGood, _, errs[3] = s.LastGood(ctx)
	e.Latch, errs[4] = s.Latch(ctx)
	known := s.Known(ctx, "bamboo")
	e.Interrupted, _, _ = known.Complete("8")
	errs[5] = known.Err()
	return e, errors.Join(errs[:]...)
}

// sample returns the content of a history of some thirty pages, and what is in it.
func sample(t *testing.T) ([]byte, everything) {
	s, path := fresh(t)
	var found []rules.Deployment
	for i := range 300 {
		d := deployed(fmt.Sprint(1000+i), noon.Add(time.Duration(i)*time.Hour))
		switch i {
		case 77:
			d.Started = time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC)
		case 78:
			d.ID = "deploy/1078"
		}
		found = append(found, d)
	}
	found = append(found, under("2000", noon))
	a := history.Answer{Environments: []rules.Environment{production()}, Interrupted: cutOff(), Deployments: found, Failure: "timeout"}
	merge(t, s, "bamboo", a, noon)
	merge(t, s, "bamboo", history.Answer{}, noon.Add(2*time.Hour))
	if err := errors.Join(
		s.SaveLastGood(ctx, history.LastGood{Path: "/etc/counter.cue", File: []byte("package counter\n"), Hash: "ab", Config: []byte("{}"), Program: "v1", Saved: noon}),
		s.SaveLatch(ctx, []byte("latch")),
	); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	want, err := read(openRead(t, path))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b, want
}

// placed writes a file as a history into a directory of its own.
func placed(t *testing.T, dir string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, "history.db")
	old, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// refused fails unless err is an error of the file's kind, which names it, and
// says what to do.
func refused(t *testing.T, err error, path string) {
	t.Helper()
	e, ok := errors.AsType[*history.Error](err)
	if !ok || e.Path != path || !strings.Contains(err.Error(), path) || e.Hint() == "" {
		t.Fatalf("got %v, want an error that names %s and says what to do", err, path)
	}
	if !slices.Contains([]history.Kind{history.Damaged, history.Newer, history.Foreign}, e.Kind) {
		t.Fatalf("got kind %d: %v", e.Kind, err)
	}
}

// A file that ends early is refused, wherever it ends, and stays as it is.
func TestTruncated(t *testing.T) {
	whole, _ := sample(t)
	dir := memory(t)
	cuts := []int{0, 1, 15, 16, 99, 100, 101, 511, 512, 4095, 4097, len(whole) - 1}
	for page := 4096; page < len(whole); page += 4096 {
		cuts = append(cuts, page)
	}
	for _, n := range cuts {
		path := placed(t, dir, whole[:n])
		_, err := history.OpenRead(ctx, path, history.Opts{})
		refused(t, err, path)
		_, err = history.Open(ctx, path, history.Opts{})
		refused(t, err, path)
		if got := content(t, path); got != string(whole[:n]) {
			t.Fatalf("cut to %d: the file was changed", n)
		}
	}
	t.Logf("%d places of %d pages", len(cuts), len(whole)/4096)
}

// A flipped bit is refused by whatever reads it, or it is where nothing is.
func TestFlippedBits(t *testing.T) {
	whole, want := sample(t)
	dir := memory(t)
	random := rand.New(rand.NewPCG(1, 2))
	n := often(1500, 5000)
	intact, opened := 0, 0
	for i := range n {
		b := slices.Clone(whole)
		at := random.IntN(len(b) * 8)
		if i < n/4 {
			at = random.IntN(100 * 8) // the header
		}
		b[at/8] ^= 1 << (at % 8)
		path := placed(t, dir, b)
		s, err := history.OpenRead(ctx, path, history.Opts{})
		if err != nil {
			refused(t, err, path)
			continue
		}
		opened++
		got, err := read(s)
		if err == nil {
			intact++
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("bit %d of byte %d: got, want: %s", at%8, at/8, cmp.Diff(got, want))
			}
		} else {
			for _, e := range joined(err) {
				refused(t, e, path)
			}
			if s.Check(ctx) == nil {
				t.Fatalf("bit %d of byte %d: %v, but the check finds nothing", at%8, at/8, err)
			}
		}
		closed(t, s)
		if content(t, path) != string(b) {
			t.Fatalf("bit %d of byte %d: the file was changed", at%8, at/8)
		}
	}
	t.Logf("%d flipped bits: %d refused when opened, %d when read, %d where nothing is", n, n-opened, opened-intact, intact)
}

func joined(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

// Damage that a writer meets is refused too, or does not touch what it writes;
// nothing that was there is lost, and a service goes on in an empty file.
func TestRecover(t *testing.T) {
	whole, want := sample(t)
	dir := memory(t)
	random := rand.New(rand.NewPCG(3, 4))
	aside, sound := 0, 0
	for range often(150, 500) {
		b := slices.Clone(whole)
		for range 3 {
			b[random.IntN(len(b))] ^= byte(1 + random.IntN(255))
		}
		path := placed(t, dir, b)
		s, name, err := history.Recover(ctx, path, history.Opts{}, noon)
		if err != nil {
			refused(t, err, path) // of another program, or a newer one
			if content(t, path) != string(b) {
				t.Fatal("the file was changed")
			}
			continue
		}
		got, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case name == "":
			sound++
			if diff := cmp.Diff(got, want); diff != "" {
				t.Fatalf("got, want: %s", diff)
			}
		default:
			aside++
			if want := path + ".damaged-20260313T120000Z"; name != want || content(t, want) != string(b) {
				t.Fatalf("set aside as %s, want it whole as %s", name, want)
			}
			if len(got.Deployments)+len(got.Environments) != 0 {
				t.Fatalf("the new one is not empty: %v", got)
			}
			merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
		}
		closed(t, s)
	}
	if aside == 0 {
		t.Error("nothing was set aside")
	}
	t.Logf("%d set aside, %d sound", aside, sound)
}

// A second damaged file does not take the first one's name.
func TestRecoverTwice(t *testing.T) {
	dir := memory(t)
	for _, want := range []string{"", "-2", "-3"} {
		path := filepath.Join(dir, "history.db")
		if err := os.WriteFile(path, []byte("damaged"+want), 0o640); err != nil {
			t.Fatal(err)
		}
		s, got, err := history.Recover(ctx, path, history.Opts{}, noon)
		if err != nil {
			t.Fatal(err)
		}
		closed(t, s)
		if want := path + ".damaged-20260313T120000Z" + want; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
