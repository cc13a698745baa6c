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

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// contents are all that a history holds.
type contents struct {
	Known    []source.Known
	LastGood history.LastGood
	Lockouts []source.Lockout
}

// readEverything reads it in the ways of a service.
func readEverything(s *history.Store) (c contents, err error) {
	keys, err := s.Sources(ctx)
	if err != nil {
		return c, err
	}
	for _, key := range keys {
		known, err := s.Load(ctx, key)
		if err != nil {
			return c, err
		}
		c.Known = append(c.Known, known)
	}
	if c.LastGood, _, err = s.LastGood(ctx); err != nil {
		return c, err
	}
	c.Lockouts, err = s.Lockouts(ctx)
	return c, err
}

// sample returns the content of a history of some thirty pages, and what is in it.
func sample(t *testing.T) ([]byte, contents) {
	s, path := fresh(t)
	k := wide()
	e := k.Environment("7")
	for i := range 300 {
		e.Deployments = append(e.Deployments, deployed(fmt.Sprint(1000+i), noon.Add(time.Duration(i)*time.Hour)))
	}
	slices.SortFunc(e.Deployments, source.CompareRuns)
	want := contents{
		Known:    []source.Known{*k},
		LastGood: history.LastGood{Path: "/etc/counter.cue", File: []byte("package counter\n"), Hash: "ab", Config: []byte("{}"), Program: "v1", Saved: noon},
		Lockouts: []source.Lockout{{Fingerprint: "ab", Status: 401, At: noon}},
	}
	saved(t, s, k, everything(k))
	if err := errors.Join(s.SaveLastGood(ctx, want.LastGood), s.SaveLockouts(ctx, want.Lockouts), s.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := readEverything(openRead(t, path))
	if err != nil || diff(got, want) != "" {
		t.Fatalf("%v: got, want: %s", err, diff(got, want))
	}
	return []byte(content(t, path)), got
}

// refused fails unless an error is one of a file that is not to be used, and helps.
func refused(t *testing.T, err error, path string) {
	t.Helper()
	e, ok := errors.AsType[*history.Error](err)
	if !ok || e.Kind != history.Damaged || !strings.Contains(err.Error(), path) || e.Hint() == "" {
		t.Fatalf("got %v, want an error that calls %s damaged and says what to do", err, path)
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

// Where bits flip, nothing panics, a reader changes nothing, and what SQLite sees is
// damage. Where it sees nothing, no deployment is missing: a value is another one, or
// nothing is there.
func TestFlippedBitsInPages(t *testing.T) {
	whole, want := sample(t)
	dir := memory(t)
	random := rand.New(rand.NewPCG(1, 2))
	n := often(1500, 5000)
	opened, intact, other := 0, 0, 0
	for i := range n {
		b := slices.Clone(whole)
		at := random.IntN(len(b) * 8)
		if i < n/4 {
			at = random.IntN(100 * 8) // the header
		}
		if 60 <= at/8 && at/8 < 64 {
			continue // the version is believed
		}
		b[at/8] ^= 1 << (at % 8)
		path := placed(t, dir, b)
		s, err := history.OpenRead(ctx, path, history.Opts{})
		if err != nil {
			refused(t, err, path)
			continue
		}
		opened++
		got, err := readEverything(s)
		checked := s.Check(ctx)
		switch {
		case err != nil:
			refused(t, err, path)
			refused(t, checked, path)
		case checked != nil:
			refused(t, checked, path)
		case count(got) < count(want):
			t.Fatalf("bit %d of byte %d: got %d deployments, want %d, and the check finds nothing", at%8, at/8, count(got), count(want))
		case reflect.DeepEqual(got, want):
			intact++
		default:
			other++
		}
		closed(t, s)
		if content(t, path) != string(b) {
			t.Fatalf("bit %d of byte %d: the file was changed", at%8, at/8)
		}
	}
	t.Logf("%d flipped bits: %d refused when opened, %d when checked, %d where nothing is, %d values that nobody can tell",
		n, n-opened, opened-intact-other, intact, other)
}

func count(c contents) (n int) {
	for i := range c.Known {
		n += len(runs(&c.Known[i]))
	}
	return n
}

// Damage that a writer meets is refused too, or does not touch what it writes;
// nothing that was there is lost, and a service goes on in an empty file.
func TestRecover(t *testing.T) {
	whole, want := sample(t)
	dir := memory(t)
	random := rand.New(rand.NewPCG(3, 4))
	damaged, sound := 0, 0
	for range often(600, 600) {
		b := slices.Clone(whole)
		for range 3 {
			b[random.IntN(len(b))] ^= byte(1 + random.IntN(255))
		}
		path := placed(t, dir, b)
		s, name, err := history.Recover(ctx, path, history.Opts{}, noon)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readEverything(s)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case name == "":
			sound++
			if count(got) < count(want) {
				t.Fatalf("got %d deployments, want %d", count(got), count(want))
			}
		default:
			damaged++
			if want := path + ".damaged-20260313T120000Z"; name != want || content(t, want) != string(b) {
				t.Fatalf("set aside as %s, want it whole as %s", name, want)
			}
			if diff(got, contents{}) != "" {
				t.Fatalf("the new one is not empty: %v", got)
			}
		}
		if err := errors.Join(save(s, noon, deployed("1", noon)), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if damaged == 0 {
		t.Error("nothing was set aside")
	}
	t.Logf("%d set aside, %d that SQLite calls sound", damaged, sound)
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
