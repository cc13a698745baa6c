package led_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

var update = flag.Bool("u", false, "rewrite the goldens")

// golden compares pictures with testdata/name, one after another with a title each.
func golden(t *testing.T, name string, pictures []string) {
	t.Helper()
	got := strings.Join(pictures, "\n")
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

func draw(t *testing.T, text string, width, height int, font led.Font) string {
	t.Helper()
	line, err := led.Fit(text, width, height, font, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	f := led.NewFrame(width, height)
	line.Draw(f, 0)
	return fmt.Sprintf("%s on %dx%d: %q in %s\n%s", text, width, height, line.Text, line.Font, f)
}

func TestGoldenDigits(t *testing.T) {
	golden(t, "digits.txt", []string{
		draw(t, "0123456789", 80, 8, led.Font8x8),
		draw(t, "0123456789", 39, 8, led.FontNarrow),
	})
}

func TestGoldenAlphabet(t *testing.T) {
	var pictures []string
	for _, text := range []string{
		"ABCDEFGHIJKLM", "NOPQRSTUVWXYZ", "abcdefghijklm", "nopqrstuvwxyz",
		` !"#$%&'()`, "*+,-./:;<=>?@", "[\\]^_`{|}~",
	} {
		for _, font := range []led.Font{led.Font8x8, led.FontNarrow} {
			pictures = append(pictures, draw(t, text, 8*len(text), 8, font))
		}
	}
	golden(t, "alphabet.txt", pictures)
}

// TestGoldenWalls is what hangs on walls of several sizes.
func TestGoldenWalls(t *testing.T) {
	var pictures []string
	for _, size := range []struct{ width, height int }{{8, 8}, {16, 8}, {32, 8}, {16, 16}, {32, 16}} {
		for _, text := range []string{"0", "7", "12", "100", "1234", "123456789"} {
			pictures = append(pictures, draw(t, text, size.width, size.height, led.FontAuto))
		}
	}
	golden(t, "walls.txt", pictures)
}

func TestGoldenSymbolsAndMarks(t *testing.T) {
	var pictures []string
	for s, name := range []string{"unknown", "auth error", "clock error", "environment missing", "config error"} {
		for _, size := range []struct{ width, height int }{{8, 8}, {16, 8}, {32, 16}} {
			f := led.NewFrame(size.width, size.height)
			led.Symbol(s).Draw(f)
			pictures = append(pictures, fmt.Sprintf("%s on %dx%d\n%s", name, size.width, size.height, f))
		}
	}
	for _, text := range []string{"57", "88", "12"} {
		for _, width := range []int{8, 16} {
			for _, lit := range []bool{true, false} {
				line, err := led.Fit(text, width, 8, led.FontAuto, led.Saturate)
				if err != nil {
					t.Fatal(err)
				}
				f := led.NewFrame(width, 8)
				line.Draw(f, 0)
				for m := led.AtLeast; m <= led.Faulty; m++ {
					m.Draw(f, lit)
				}
				pictures = append(pictures, fmt.Sprintf("%s with all marks, lit %t\n%s", text, lit, f))
			}
		}
	}
	golden(t, "symbols.txt", pictures)
}

func TestGoldenScroll(t *testing.T) {
	line, err := led.Fit("Hi!", 16, 8, led.Font8x8, led.Scroll)
	if err != nil {
		t.Fatal(err)
	}
	var pictures []string
	for shift := 0; shift < line.Steps(); shift += 5 {
		f := led.NewFrame(16, 8)
		line.Draw(f, shift)
		pictures = append(pictures, fmt.Sprintf("%s shifted by %d of %d\n%s", line.Text, shift, line.Steps(), f))
	}
	golden(t, "scroll.txt", pictures)
}
