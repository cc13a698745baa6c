package rules_test

import (
	"archive/zip"
	"crypto/sha256"
	"flag"
	"go/build"
	"io"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var seed = flag.Uint64("seed", 1, "of the worlds in TestOracleInEveryZone")

// zoneNames returns one name for every zone of the IANA database that differs
// from the others, read from the Go tree.
var zoneNames = sync.OnceValues(func() ([]string, error) {
	archive, err := zip.OpenReader(filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	var names []string
	seen := map[[32]byte]bool{}
	for _, file := range archive.File {
		if file.FileInfo().IsDir() || file.Name == "Factory" {
			continue
		}
		r, err := file.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(data); !seen[sum] {
			seen[sum] = true
			names = append(names, file.Name)
		}
	}
	return names, nil
})

// allZones fails rather than test nothing.
func allZones(tb testing.TB) []string {
	tb.Helper()
	names, err := zoneNames()
	if err != nil {
		tb.Fatalf("zones of the Go tree: %v", err)
	}
	if len(names) < 300 {
		tb.Fatalf("zones of the Go tree: got %d, want more than 300", len(names))
	}
	return names
}

// changes returns the instants of a year at which a zone's offset changes.
func changes(loc *time.Location, year int) []time.Time {
	offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
	var list []time.Time
	for t := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); t.Year() == year; t = t.AddDate(0, 0, 1) {
		low, high := t, t.AddDate(0, 0, 1)
		if offset(low) == offset(high) {
			continue
		}
		for high.Sub(low) > time.Second {
			if mid := low.Add(high.Sub(low) / 2); offset(mid) == offset(low) {
				low = mid
			} else {
				high = mid
			}
		}
		list = append(list, high.Truncate(time.Second))
	}
	return list
}

// The sampled years have changes of a day in the Pacific (1994, 2011), Ramadan in
// Morocco, the old rules of North America, and a leap year beyond the tables of
// the zones.
var sampledYears = []int{1978, 1994, 2011, 2026, 2112}

func TestOracleInEveryZone(t *testing.T) {
	t.Logf("-seed %d", *seed)
	tested, want, every := 0, 500, 1
	if testing.Short() {
		want, every = 60, 8
	}
	for i, name := range allZones(t) {
		if i%every != 0 {
			continue
		}
		loc := location(t, name)
		rnd := rand.New(rand.NewPCG(*seed, uint64(i)))
		for _, year := range sampledYears {
			list := changes(loc, year)
			if len(list) == 0 || list[0].Unix()%60 != 0 {
				continue
			}
			newWorld(rnd.IntN, loc, list[rnd.IntN(len(list))]).check(t, rnd.IntN)
			tested++
		}
	}
	if tested < want {
		t.Errorf("changes tested: got %d, want at least %d", tested, want)
	}
}

// oracleProperty is a world in any zone, around a change or not.
func oracleProperty(t *rapid.T, names []string) {
	pick := picker(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") })
	loc, err := time.LoadLocation(names[pick(len(names))])
	if err != nil {
		t.Fatal(err)
	}
	year := 1975 + pick(110)
	around := time.Date(year, time.January, 1+pick(365), 0, 0, 0, 0, time.UTC)
	if list := changes(loc, year); len(list) > 0 && !pick.yes(4) {
		around = list[pick(len(list))]
	}
	newWorld(pick, loc, around).check(t, pick)
}

func TestOracle(t *testing.T) {
	names := allZones(t)
	rapid.Check(t, func(t *rapid.T) { oracleProperty(t, names) })
}

func FuzzOracle(f *testing.F) {
	names := allZones(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { oracleProperty(t, names) }))
}
