package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The budgets, in lines of Go that is no test, comments and fakes included. Size is a feature: who
// needs more room finds something to take away first.
const (
	maxTotal       = 35_600 // of the module without .ci; the aim is 30,500
	maxCommand     = 2_000  // of this package
	maxPackage     = 2_900
	maxFile        = 350
	minMedianFile  = 100
	maxMedianFile  = 250
	maxDocOfEngine = 400 // lines of go doc -all
	maxDocOfRules  = 400
)

func TestBudgets(t *testing.T) {
	files := countLines(t, filepath.Join("..", ".."))
	total, packages := 0, map[string]int{}
	for file, n := range files {
		total += n
		packages[filepath.ToSlash(filepath.Dir(file))] += n
	}
	largest := slices.SortedFunc(maps.Keys(packages), func(a, b string) int { return cmp.Compare(packages[b], packages[a]) })
	lengths := slices.Sorted(maps.Values(files))
	median := lengths[len(lengths)/2]

	var table strings.Builder
	row := func(name string, n, limit int) {
		fmt.Fprintf(&table, "%6d of %6d  %s\n", n, limit, name)
		if n > limit {
			t.Errorf("%s: %d lines, want at most %d", name, n, limit)
		}
	}
	row("the module", total, maxTotal)
	row("cmd/fridaycounter", packages["cmd/fridaycounter"], maxCommand)
	for _, p := range largest {
		if p != "cmd/fridaycounter" {
			row(p, packages[p], maxPackage)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if n := files[file]; n > maxFile {
			row(file, n, maxFile)
		}
	}
	row("the longest file", lengths[len(lengths)-1], maxFile)
	row("the median file", median, maxMedianFile)
	row("go doc -all ./engine", docLines(t, "engine"), maxDocOfEngine)
	row("go doc -all ./rules", docLines(t, "rules"), maxDocOfRules)
	if median < minMedianFile {
		t.Errorf("the median file has %d lines, want %d at least", median, minMedianFile)
	}
	t.Logf("lines of %d files:\n%s", len(files), table.String())
}

// countLines returns how many lines each Go file has that counts, by its path in the module.
func countLines(t *testing.T, root string) map[string]int {
	t.Helper()
	lines := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		lines[rel] = bytes.Count(data, []byte("\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// docLines returns how long the documentation of a package is.
func docLines(t *testing.T, name string) int {
	t.Helper()
	cmd := exec.Command("go", "doc", "-all", "./"+name)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go doc -all ./%s: %v", name, err)
	}
	return bytes.Count(out, []byte("\n"))
}
