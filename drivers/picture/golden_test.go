package picture_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	stddraw "image/draw"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
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

// TestGoldenPixels holds every machine to drawing the same PNGs. Look at the pictures
// before the checksums are rewritten.
func TestGoldenPixels(t *testing.T) {
	var all strings.Builder
	sum := func(name string, img image.Image) {
		rgba := image.NewRGBA(img.Bounds())
		stddraw.Draw(rgba, rgba.Rect, img, image.Point{}, stddraw.Src)
		fmt.Fprintf(&all, "%x %v %s\n", sha256.Sum256(rgba.Pix), rgba.Rect.Max, name)
	}
	for _, name := range []string{"no-friday-deploys", "calm-weekends", "freezes", "always", "nothing is known"} {
		sum(name, decode(t, named(t, name)))
	}
	for _, g := range []picture.Glass{{Level: 8}, {Level: 15, Pitch: 33}, {Level: 0, Pitch: 5}, {Level: led.Off, Pitch: 64}} {
		g.Frame = lettered(t, "42", 4)
		sum(fmt.Sprintf("glass, level %d, pitch %d", g.Level, g.Pitch), glassImage(t, g))
	}
	golden(t, "pixels.txt", all.String())
}
