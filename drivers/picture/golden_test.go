package picture_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("u", false, "rewrite the goldens")

// golden compares a text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), rewrite with -u:\n%s", path, diff)
	}
}

// TestGoldenStrips is how each team's years are laid out.
func TestGoldenStrips(t *testing.T) {
	var all []string
	for _, c := range teams() {
		all = append(all, sketch(t, svg(t, c.strip(t))))
	}
	golden(t, "strips.txt", strings.Join(all, "\n"))
}

// TestGoldenSVG is one whole file, to see what changes in it.
func TestGoldenSVG(t *testing.T) {
	golden(t, "freezes.svg", string(svg(t, named(t, "freezes"))))
}
