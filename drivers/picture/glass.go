package picture

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A Glass is a frame as the wall shows it: black housings of 8x8 modules, and on
// them every LED, the dark ones too.
type Glass struct {
	Frame *led.Frame
	Level led.Level // beyond 15 as 15; below 0 as [led.Off]: all is dark
	Pitch int       // pixels from one LED to the next, 4 to 64; 0: 16
	Title string    // what a screen reader says; "": "LED display"
}

// SVG returns the glass as SVG, as large as the PNG would be. Its units are LEDs, and
// all lit ones are the path of the class "lit": a script shows another frame by setting
// its d to [LitPath] and its stroke to [Glow]. Its filter "led-glow" is the same in every
// glass, so that several may be in one page; where the first of them is not displayed,
// the others need not glow. Errors: no LEDs, and a pitch out of range.
func (g Glass) SVG() ([]byte, error) {
	pitch, err := g.check()
	if err != nil {
		return nil, err
	}
	w, h := g.Frame.Width(), g.Frame.Height()
	lit := ""
	if g.Level >= 0 {
		lit = LitPath(g.Frame)
	}
	return execute("glass.svg", map[string]any{
		"Title": cmp.Or(brief(g.Title), "LED display"), "Width": w * pitch, "Height": h * pitch,
		"Columns": w, "Rows": h, "Last": w - 1, "Upright": seams(w), "Level": seams(h),
		"Housing": housing, "Seam": seam, "Dark": darkLED, "Lit": lit, "Glow": Glow(g.Level),
	}), nil
}

// seams returns where modules meet along some LEDs.
func seams(length int) (at []int) {
	for i := 8; i < length; i += 8 {
		at = append(at, i)
	}
	return at
}

// check returns the pitch.
func (g Glass) check() (pitch int, err error) {
	pitch = cmp.Or(g.Pitch, 16)
	if g.Frame == nil || g.Frame.Width() == 0 || g.Frame.Height() == 0 {
		return 0, errors.New("draw the glass: the frame has no LEDs")
	}
	if pitch < 4 || pitch > 64 {
		return 0, fmt.Errorf("draw the glass: pitch %d: want 4 to 64", pitch)
	}
	return pitch, nil
}

// LitPath returns the lit pixels of a frame as the d of an SVG path in LEDs,
// M.5 .5h0M1.5 .5h0: row by row a line without a length for each, which round ends
// make a dot. "" for a dark or a nil frame.
func LitPath(f *led.Frame) string {
	if f == nil {
		return ""
	}
	var b []byte
	for y := range f.Height() {
		for x := range f.Width() {
			if f.At(x, y) {
				b = fmt.Appendf(b, "M%s %sh0", middle(x), middle(y))
			}
		}
	}
	return string(b)
}

// middle writes n and a half.
func middle(n int) string { return strings.TrimPrefix(fmt.Sprint(n, ".5"), "0") }

const (
	housing   colour = 0x131214
	seam      colour = 0x2b292d
	darkLED   colour = 0x371416
	dimmest   colour = 0xc4241c // lit at level 0
	brightest colour = 0xff5240
)

// Glow returns the colour of an LED at a level, as #rrggbb: that of a dark one for
// [led.Off] and whatever is below 0. At that a script empties the path as well, or
// the text could still be guessed.
func Glow(level led.Level) string { return glow(level).String() }

func glow(level led.Level) colour {
	const most = 15
	if level < 0 {
		return darkLED
	}
	l, mixed := colour(min(level, most)), colour(0)
	for shift := 0; shift <= 16; shift += 8 {
		from, to := dimmest>>shift&0xff, brightest>>shift&0xff
		mixed |= (from*(most-l) + to*l + most/2) / most << shift
	}
	return mixed
}

// PNG returns the glass as a PNG image. Errors: those of SVG, and more than 33 million
// pixels.
func (g Glass) PNG() ([]byte, error) {
	pitch, err := g.check()
	if err != nil {
		return nil, err
	}
	f := g.Frame
	img, err := newImage(f.Width()*pitch, f.Height()*pitch)
	if err != nil {
		return nil, err
	}
	bar(img.Rect, 0, housing).fill(img, 1)
	thick := max(1, pitch/10)
	for _, i := range seams(max(f.Width(), f.Height())) {
		bar(box(i*pitch-thick/2, 0, thick, img.Rect.Dy()), 0, seam).fill(img, 1)
		bar(box(0, i*pitch-thick/2, img.Rect.Dx(), thick), 0, seam).fill(img, 1)
	}
	const ledRadius = .38                                 // of a pitch, as in glass.svg
	one := image.NewAlpha(image.Rect(0, 0, pitch, pitch)) // an LED
	fillHull(one, 0, circle{float64(pitch) / 2, float64(pitch) / 2, ledRadius * float64(pitch)})
	var lit []image.Point
	for y := range f.Height() {
		for x := range f.Width() {
			if at := image.Pt(x*pitch, y*pitch); g.Level >= 0 && f.At(x, y) {
				lit = append(lit, at)
			} else {
				draw.DrawMask(img, one.Rect.Add(at), darkLED.uniform(), image.Point{}, one, image.Point{}, draw.Over)
			}
		}
	}
	light := halo(pitch, g.Level)
	for _, at := range lit {
		draw.Draw(img, light.Rect.Add(at), light, light.Rect.Min, draw.Over)
	}
	for _, at := range lit {
		draw.DrawMask(img, one.Rect.Add(at), glow(g.Level).uniform(), image.Point{}, one, image.Point{}, draw.Over)
	}
	return encode(img)
}

// halo returns the light about an LED that lies at (0, 0), three pitches wide. Its
// alpha is 0, so that [draw.Over] adds it to what is there. It falls with the square
// of the square of the distance, in whole numbers, so that every machine draws the same.
func halo(pitch int, level led.Level) *image.RGBA {
	img := image.NewRGBA(image.Rect(-pitch, -pitch, 2*pitch, 2*pitch))
	from := glow(level).rgba()
	strength := 14 + 2*int64(min(level, 15)) // of 256
	radius := int64(9 * pitch * pitch)
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			dx, dy := int64(2*x+1-pitch), int64(2*y+1-pitch) // from the middle, doubled
			left := max(0, radius-dx*dx-dy*dy) * 256 / radius
			part := left * left * strength // of 256 * 256 * 256
			share := func(v uint8) uint8 { return uint8(int64(v) * part >> 24) }
			img.SetRGBA(x, y, color.RGBA{share(from.R), share(from.G), share(from.B), 0})
		}
	}
	return img
}
