package picture_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// lettered returns a frame of modules in a row with a text.
func lettered(tb testing.TB, text string, modules int) *led.Frame {
	tb.Helper()
	f := led.NewFrame(8*modules, 8)
	line, err := led.Fit(text, f.Width(), f.Height(), led.FontAuto, led.Saturate)
	if err != nil {
		tb.Fatal(err)
	}
	line.Draw(f, 0)
	return f
}

// full returns a frame of modules in a row, all lit.
func full(modules int) *led.Frame {
	f := led.NewFrame(8*modules, 8)
	for y := range f.Height() {
		for x := range f.Width() {
			f.Set(x, y, true)
		}
	}
	return f
}

// A glassPage is the SVG of a glass as a reader takes it in.
type glassPage struct {
	Label   string `xml:"aria-label,attr"`
	Class   string `xml:"class,attr"`
	Role    string `xml:"role,attr"`
	Width   int    `xml:"width,attr"`
	Height  int    `xml:"height,attr"`
	ViewBox string `xml:"viewBox,attr"`
	Paths   []struct {
		Class  string `xml:"class,attr"`
		D      string `xml:"d,attr"`
		Stroke string `xml:"stroke,attr"`
	} `xml:"path"`
}

// readGlass returns the SVG of a glass, and its lit LEDs.
func readGlass(tb failer, g picture.Glass) (p glassPage, d, stroke string) {
	tb.Helper()
	b, err := g.SVG()
	if err != nil {
		tb.Fatalf("%v", err)
	}
	checkMarkup(tb, b)
	if err := xml.Unmarshal(b, &p); err != nil {
		tb.Fatalf("%v", err)
	}
	lit := 0
	for _, path := range p.Paths {
		if path.Class == "lit" {
			lit, d, stroke = lit+1, path.D, path.Stroke
		}
	}
	if lit != 1 {
		tb.Fatalf("got %d paths of the class lit", lit)
	}
	return p, d, stroke
}

func TestGoldenGlass(t *testing.T) {
	g := picture.Glass{Frame: lettered(t, "42", 4), Level: 8, Title: "42 weeks"}
	b, err := g.SVG()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "glass.svg", string(b))
}

func TestGlassSVG(t *testing.T) {
	for _, c := range []struct {
		name          string
		glass         picture.Glass
		width, height int
		viewBox       string
		label, stroke string
		dark          bool
	}{
		{"four modules", picture.Glass{Frame: full(4), Level: 15}, 512, 128, "0 0 32 8", "LED display", "#ff5240", false},
		{"one module", picture.Glass{Frame: full(1), Pitch: 4, Title: `12 "weeks" & <more>` + "\x00"}, 32, 32, "0 0 8 8", `12 "weeks" & <more>` + "\uFFFD", "#c4241c", false},
		{"a grid", picture.Glass{Frame: led.NewFrame(16, 24), Pitch: 64}, 1024, 1536, "0 0 16 24", "LED display", "#c4241c", true},
		{"off", picture.Glass{Frame: full(2), Level: led.Off, Title: strings.Repeat("x", 81)}, 256, 128, "0 0 16 8", strings.Repeat("x", 80) + "…", "#371416", true},
		{"no whole module", picture.Glass{Frame: led.NewFrame(3, 1)}, 48, 16, "0 0 3 1", "LED display", "#c4241c", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, d, stroke := readGlass(t, c.glass)
			if p.Class != "glass" || p.Role != "img" || p.Label != c.label {
				t.Errorf("got class %q, role %q, label %q; want the label %q", p.Class, p.Role, p.Label, c.label)
			}
			if p.Width != c.width || p.Height != c.height || p.ViewBox != c.viewBox {
				t.Errorf("got %dx%d of %s, want %dx%d of %s", p.Width, p.Height, p.ViewBox, c.width, c.height, c.viewBox)
			}
			if stroke != c.stroke || (d == "") != c.dark {
				t.Errorf("got %q in %s; want it dark: %v, in %s", d, stroke, c.dark, c.stroke)
			}
		})
	}
}

// TestLitPath reads the path of any frame back.
func TestLitPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := led.NewFrame(rapid.IntRange(1, 40).Draw(t, "width"), rapid.IntRange(1, 16).Draw(t, "height"))
		for range rapid.IntRange(0, 60).Draw(t, "lit") {
			f.Set(rapid.IntRange(0, f.Width()-1).Draw(t, "x"), rapid.IntRange(0, f.Height()-1).Draw(t, "y"), true)
		}
		_, d, _ := readGlass(t, picture.Glass{Frame: f})
		if path := picture.LitPath(f); d != path {
			t.Fatalf("got %q in the SVG, %q of LitPath", d, path)
		}
		got := led.NewFrame(f.Width(), f.Height())
		for _, one := range strings.Split(d, "M")[1:] {
			var x, y float64
			if _, err := fmt.Sscanf(one, "%f %fh0", &x, &y); err != nil {
				t.Fatalf("%q of %q: %v", one, d, err)
			}
			if x-float64(int(x)) != .5 || y-float64(int(y)) != .5 {
				t.Fatalf("%q is not the middle of an LED", one)
			}
			got.Set(int(x), int(y), true)
		}
		if !got.Equal(f) {
			t.Fatalf("got\n%swant\n%s", got, f)
		}
	})
	if got := picture.LitPath(nil); got != "" {
		t.Errorf("nil: got %q", got)
	}
	f := led.NewFrame(3, 2)
	f.Set(0, 0, true)
	f.Set(2, 1, true)
	if got, want := picture.LitPath(f), "M.5 .5h0M2.5 1.5h0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestGlassSmall holds the largest chain to what a page can bear.
func TestGlassSmall(t *testing.T) {
	b, err := picture.Glass{Frame: full(157), Level: 15}.SVG()
	if err != nil {
		t.Fatal(err)
	}
	if len(b) >= 150_000 {
		t.Errorf("got %d bytes", len(b))
	}
}

// TestGlow holds each level to being brighter than the one below, and the lowest to
// standing out from the dark.
func TestGlow(t *testing.T) {
	hexes := regexp.MustCompile(`^#[0-9a-f]{6}$`)
	bright := func(level led.Level) int {
		s := picture.Glow(level)
		if !hexes.MatchString(s) {
			t.Fatalf("level %d: got %q", level, s)
		}
		var c color.RGBA
		if _, err := fmt.Sscanf(s, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
			t.Fatal(err)
		}
		return int(color.GrayModel.Convert(color.RGBA{c.R, c.G, c.B, 0xff}).(color.Gray).Y)
	}
	if off, lowest := bright(led.Off), bright(0); lowest < 2*off {
		t.Errorf("level 0 is %d, a dark LED %d", lowest, off)
	}
	for level := led.Level(1); level <= 15; level++ {
		if below, got := bright(level-1), bright(level); got <= below {
			t.Errorf("level %d is %d, the one below %d", level, got, below)
		}
	}
	if picture.Glow(16) != picture.Glow(15) || picture.Glow(127) != picture.Glow(15) || picture.Glow(-128) != picture.Glow(led.Off) {
		t.Error("a level out of range is not as the nearest")
	}
}

func glassImage(tb testing.TB, g picture.Glass) image.Image {
	tb.Helper()
	b, err := g.PNG()
	if err != nil {
		tb.Fatal(err)
	}
	again, err := g.PNG()
	if err != nil || !bytes.Equal(b, again) {
		tb.Errorf("the same glass gives other bytes: %v", err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		tb.Fatal(err)
	}
	return img
}

// TestGlassPNG looks at the middle of every LED, and at the corner between four.
func TestGlassPNG(t *testing.T) {
	f := lettered(t, "42", 4)
	for _, c := range []struct {
		level led.Level
		pitch int
	}{{8, 0}, {0, 4}, {15, 7}, {3, 33}, {led.Off, 16}} {
		img := glassImage(t, picture.Glass{Frame: f, Level: c.level, Pitch: c.pitch})
		pitch := c.pitch
		if pitch == 0 {
			pitch = 16
		}
		if got, want := img.Bounds(), image.Rect(0, 0, 32*pitch, 8*pitch); got != want {
			t.Fatalf("pitch %d: got %v, want %v", c.pitch, got, want)
		}
		for y := range f.Height() {
			for x := range f.Width() {
				lit := c.level >= 0 && f.At(x, y)
				got := hex(img.At(x*pitch+pitch/2, y*pitch+pitch/2))
				if (got == picture.Glow(c.level)) != lit && c.level >= 0 {
					t.Errorf("level %d, pitch %d: LED %d, %d is %s, want it lit: %v", c.level, c.pitch, x, y, got, lit)
				}
				if near := hex(img.At(x*pitch, y*pitch)); near == got {
					t.Errorf("level %d, pitch %d: LED %d, %d cannot be seen on %s", c.level, c.pitch, x, y, near)
				}
			}
		}
	}
}

// TestGlassDark shows nothing of the number when the display is off.
func TestGlassDark(t *testing.T) {
	for name, write := range map[string]func(picture.Glass) ([]byte, error){"SVG": picture.Glass.SVG, "PNG": picture.Glass.PNG} {
		got, err := write(picture.Glass{Frame: lettered(t, "42", 4), Level: led.Off})
		if err != nil {
			t.Fatal(err)
		}
		want, err := write(picture.Glass{Frame: led.NewFrame(32, 8), Level: led.Off})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: 42 differs from nothing, or %v", name, err)
		}
	}
}

// TestGlassEven holds the picture to being the same mirrored, at odd and even
// pitches, but for what the rasterizer rounds.
func TestGlassEven(t *testing.T) {
	f := led.NewFrame(8, 8)
	for i := range 8 {
		f.Set(3, i, true)
		f.Set(4, i, true)
	}
	for _, pitch := range []int{4, 5, 16, 33} {
		img := glassImage(t, picture.Glass{Frame: f, Level: 10, Pitch: pitch})
		side := img.Bounds().Dx()
		for y := range side {
			for x := range side {
				a, b := img.At(x, y).(color.RGBA), img.At(side-1-x, side-1-y).(color.RGBA)
				if differ(a.R, b.R) > 2 || differ(a.G, b.G) > 2 || differ(a.B, b.B) > 2 {
					t.Fatalf("pitch %d: %v at %d, %d, and %v at the other side", pitch, a, x, y, b)
				}
			}
		}
	}
}

func differ(a, b uint8) int { return max(int(a), int(b)) - min(int(a), int(b)) }

func TestGlassErrors(t *testing.T) {
	for _, c := range []struct {
		name     string
		glass    picture.Glass
		svg, png string
	}{
		{"nil", picture.Glass{}, "draw the glass: the frame has no LEDs", "draw the glass: the frame has no LEDs"},
		{"no columns", picture.Glass{Frame: led.NewFrame(0, 8)}, "draw the glass: the frame has no LEDs", "draw the glass: the frame has no LEDs"},
		{"the zero frame", picture.Glass{Frame: new(led.Frame)}, "draw the glass: the frame has no LEDs", "draw the glass: the frame has no LEDs"},
		{"a small pitch", picture.Glass{Frame: led.NewFrame(8, 8), Pitch: 3}, "draw the glass: pitch 3: want 4 to 64", "draw the glass: pitch 3: want 4 to 64"},
		{"a negative pitch", picture.Glass{Frame: led.NewFrame(8, 8), Pitch: -16}, "draw the glass: pitch -16: want 4 to 64", "draw the glass: pitch -16: want 4 to 64"},
		{"a large pitch", picture.Glass{Frame: led.NewFrame(8, 8), Pitch: 65}, "draw the glass: pitch 65: want 4 to 64", "draw the glass: pitch 65: want 4 to 64"},
		{"too many pixels", picture.Glass{Frame: led.NewFrame(1256, 8), Pitch: 64},
			"", "draw a PNG: 80384x512 pixels are more than 33 million: draw less, at a smaller pitch, or as SVG"},
		{"far too many pixels", picture.Glass{Frame: led.NewFrame(10000, 10000), Pitch: 64},
			"", "draw a PNG: 640000x640000 pixels are more than 33 million: draw less, at a smaller pitch, or as SVG"},
	} {
		_, err := c.glass.SVG()
		checkError(t, c.name+" as SVG", err, c.svg)
		_, err = c.glass.PNG()
		checkError(t, c.name+" as PNG", err, c.png)
	}
}

// checkError compares the text of an error; "" is none.
func checkError(t *testing.T, name string, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("%s: got %q, want %q", name, got, want)
	}
}
