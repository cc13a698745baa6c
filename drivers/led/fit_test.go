package led_test

import (
	"os"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		text          string
		width, height int
		font          led.Font
		overflow      led.Overflow
		want          led.Line // Text and Font
		pixels        int
	}{
		{"7", 8, 8, "", "", led.Line{Text: "7", Font: led.Font8x8}, 8},
		{"12", 8, 8, "auto", "saturate", led.Line{Text: "12", Font: led.FontNarrow}, 7},
		{"12", 16, 8, "auto", "saturate", led.Line{Text: "12", Font: led.Font8x8}, 16},
		{"12", 16, 8, "narrow", "saturate", led.Line{Text: "12", Font: led.FontNarrow}, 7},
		{"100", 16, 8, "auto", "saturate", led.Line{Text: "100", Font: led.FontNarrow}, 11},
		{"100", 16, 8, "8x8", "saturate", led.Line{Text: "9+", Font: led.Font8x8}, 16},
		{"1000", 24, 8, "8x8", "saturate", led.Line{Text: "99+", Font: led.Font8x8}, 24},
		{"100", 8, 8, "auto", "saturate", led.Line{Text: "9+", Font: led.FontNarrow}, 7},
		{"10000", 16, 8, "auto", "saturate", led.Line{Text: "999+", Font: led.FontNarrow}, 15},
		{"2147483648", 16, 8, "auto", "", led.Line{Text: "999+", Font: led.FontNarrow}, 15},
		{"100", 16, 8, "8x8", "scroll", led.Line{Text: "100", Font: led.Font8x8}, 24},
		{"12", 16, 8, "8x8", "scroll", led.Line{Text: "12", Font: led.Font8x8}, 16},
		{"a b", 16, 16, "", "scroll", led.Line{Text: "a b", Font: led.FontNarrow}, 10},
		{"12", 32, 16, "", "", led.Line{Text: "12", Font: led.Font8x8}, 32},
		{"12", 32, 20, "", "", led.Line{Text: "12", Font: led.Font8x8}, 32},
		{"12", 48, 24, "", "", led.Line{Text: "12", Font: led.Font8x8}, 48},
		{"12 weeks", 64, 8, "", "", led.Line{Text: "12 weeks", Font: led.Font8x8}, 64},
	} {
		got, err := led.Fit(tt.text, tt.width, tt.height, tt.font, tt.overflow)
		if err != nil {
			t.Errorf("%q on %dx%d: %v", tt.text, tt.width, tt.height, err)
			continue
		}
		if got.Text != tt.want.Text || got.Font != tt.want.Font || got.Width() != tt.pixels {
			t.Errorf("%q on %dx%d in %q: got %q, %s, %d pixels; want %q, %s, %d", tt.text, tt.width, tt.height, tt.font,
				got.Text, got.Font, got.Width(), tt.want.Text, tt.want.Font, tt.pixels)
		}
		if scrolls := tt.pixels > tt.width; got.Scrolls() != scrolls {
			t.Errorf("%q on %dx%d: got scrolls %t, want %t", tt.text, tt.width, tt.height, got.Scrolls(), scrolls)
		}
		steps := 1
		if got.Scrolls() {
			steps = tt.width + tt.pixels
		}
		if got.Steps() != steps {
			t.Errorf("%q on %dx%d: got %d steps, want %d", tt.text, tt.width, tt.height, got.Steps(), steps)
		}
	}
}

func TestFitErrors(t *testing.T) {
	for _, tt := range []struct {
		text          string
		width, height int
		font          led.Font
		overflow      led.Overflow
		want          string
	}{
		{"", 16, 8, "", "", `lay out a text: it is empty`},
		{"3 ü", 32, 8, "", "", `lay out "3 ü": the character 'ü' has no picture: want printable ASCII`},
		{"1\n2", 32, 8, "", "scroll", `lay out "1\n2": the character '\n' has no picture: want printable ASCII`},
		{"\xff", 32, 8, "", "", `lay out "\xff": the character '�' has no picture: want printable ASCII`},
		{"12", 16, 7, "", "", `lay out "12": a frame of 16x7 is smaller than a character, 8 pixels high`},
		{"12", 0, 8, "", "scroll", `lay out "12": a frame of 0x8 is smaller than a character, 8 pixels high`},
		{"12", 16, 8, "bold", "", `lay out "12": font "bold": want "auto", "8x8" or "narrow"`},
		{"12", 16, 8, "", "wrap", `lay out "12": overflow "wrap": want "saturate" or "scroll"`},
		{"12 weeks", 16, 8, "", "", `lay out "12 weeks": it is 32 pixels wide in the font "narrow", the frame 16: take more modules or let it scroll`},
		{"-100", 8, 8, "", "", `lay out "-100": it is 15 pixels wide in the font "narrow", the frame 8: take more modules or let it scroll`},
		{"12", 8, 8, "8x8", "", `lay out "12": it is 16 pixels wide in the font "8x8", the frame 8: take more modules or let it scroll`},
		{"100", 4, 8, "", "", `lay out "100": it is 11 pixels wide in the font "narrow", the frame 4: take more modules or let it scroll`},
	} {
		_, err := led.Fit(tt.text, tt.width, tt.height, tt.font, tt.overflow)
		if err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}

// TestEveryCharacter: all of printable ASCII, and no two alike.
func TestEveryCharacter(t *testing.T) {
	for _, font := range []led.Font{led.Font8x8, led.FontNarrow} {
		seen := make(map[string]rune)
		for r := ' '; r <= '~'; r++ {
			line, err := led.Fit(string(r), 8, 8, font, "")
			if err != nil {
				t.Errorf("%s: %v", font, err)
				continue
			}
			f := led.NewFrame(line.Width(), 8)
			line.Draw(f, 0)
			if other, ok := seen[f.String()]; ok {
				t.Errorf("%s: %q looks like %q", font, r, other)
			}
			seen[f.String()] = r
			if blank := !strings.Contains(f.String(), "#"); blank != (r == ' ') {
				t.Errorf("%s: %q: blank %t", font, r, blank)
			}
		}
	}
}

// TestMarksAreReadable: over any number, on any wall, a mark blinks alone, and costs the
// digits one pixel at most, that of a faulty display three.
func TestMarksAreReadable(t *testing.T) {
	for _, size := range []struct{ width, height int }{{8, 8}, {16, 8}, {24, 8}, {16, 16}, {32, 16}} {
		for _, text := range numbers() {
			line, err := led.Fit(text, size.width, size.height, led.FontAuto, led.Saturate)
			if err != nil {
				t.Fatal(err)
			}
			for m := led.AtLeast; m <= led.Faulty; m++ {
				plain, lit, dark := led.NewFrame(size.width, size.height), led.NewFrame(size.width, size.height), led.NewFrame(size.width, size.height)
				for _, f := range []*led.Frame{plain, lit, dark} {
					line.Draw(f, 0)
				}
				m.Draw(lit, true)
				m.Draw(dark, false)
				cost := 1
				if m == led.Faulty { // a narrow digit may begin in its corner
					cost = 3
				}
				if differ(lit, dark) != 1 || differ(plain, dark) > cost || differ(plain, lit) > cost+1 || differ(plain, lit) == 0 {
					t.Fatalf("%s, mark %d:\nplain\n%s\nlit\n%s\ndark\n%s", text, m, plain, lit, dark)
				}
			}
		}
	}
}

// numbers are texts with every digit at both ends.
func numbers() []string {
	var all []string
	for _, a := range "0123456789" {
		all = append(all, string(a))
		for _, b := range "0123456789" {
			all = append(all, string(a)+string(b))
		}
		all = append(all, string(a)+"1"+string(a), string(a)+"12345"+string(a))
	}
	return all
}

func differ(f, g *led.Frame) int {
	n := 0
	for y := range f.Height() {
		for x := range f.Width() {
			if f.At(x, y) != g.At(x, y) {
				n++
			}
		}
	}
	return n
}

// TestScrollPassesEverything: in one pass every column of the text crosses every
// column of the frame once, and the pass repeats.
func TestScrollPassesEverything(t *testing.T) {
	line, err := led.Fit("scroll", 16, 8, "", led.Scroll)
	if err != nil {
		t.Fatal(err)
	}
	whole := led.NewFrame(line.Width(), 8)
	still, err := led.Fit("scroll", line.Width(), 8, line.Font, "")
	if err != nil {
		t.Fatal(err)
	}
	still.Draw(whole, 0)
	for shift := -line.Steps(); shift < 2*line.Steps(); shift++ {
		f := led.NewFrame(16, 8)
		line.Draw(f, shift)
		at := (shift + line.Steps()) % line.Steps()
		for x := range 16 {
			for y := range 8 {
				if got, want := f.At(x, y), whole.At(x-16+at, y); got != want {
					t.Fatalf("shift %d, pixel %d,%d: got %t, want %t", shift, x, y, got, want)
				}
			}
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("12", 16, 8, "auto", "saturate")
	f.Add("weeks: 100", 32, 16, "narrow", "scroll")
	f.Add("99999999999999999999", 9, 8, "8x8", "")
	f.Fuzz(func(t *testing.T, text string, width, height int, font, overflow string) {
		width, height = width%200, height%60
		line, err := led.Fit(text, width, height, led.Font(font), led.Overflow(overflow))
		if err != nil {
			return
		}
		if line.Scrolls() != (line.Width() > width) {
			t.Errorf("%q: scrolls %t, %d pixels on %d", text, line.Scrolls(), line.Width(), width)
		}
		if line.Text != text && (line.Text[len(line.Text)-1] != '+' || len(line.Text) >= len(text)) {
			t.Errorf("%q became %q", text, line.Text)
		}
		frame := led.NewFrame(width, height)
		line.Draw(frame, len(text))
		if !line.Scrolls() && strings.Trim(text, " ") != "" && !strings.Contains(frame.String(), "#") {
			t.Errorf("%q: nothing on %dx%d", text, width, height)
		}
	})
}

// TestDrawings: every band has a cell for each character in each of its eight lines,
// and the rows of a character are as wide as its first, at most 8.
func TestDrawings(t *testing.T) {
	for _, name := range []string{"8x8.txt", "narrow.txt", "symbols.txt"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for n, line := range lines {
			names, ok := strings.CutPrefix(line, ": ")
			if !ok {
				continue
			}
			first := strings.Fields(lines[n+1])
			for y := n + 1; y <= n+8; y++ {
				cells := strings.Fields(lines[y])
				if len(cells) != len(strings.Fields(names)) {
					t.Fatalf("%s:%d: got %d cells for %s", name, y+1, len(cells), names)
				}
				for i, cell := range cells {
					if len(cell) != len(first[i]) || len(cell) > 8 || strings.Trim(cell, ".#") != "" {
						t.Errorf("%s:%d: %q is not a row of its character", name, y+1, cell)
					}
				}
			}
		}
	}
}
