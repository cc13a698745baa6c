package picture

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A sheet is a strip laid out, in units. It is drawn in this order. Its fields are
// exported for the template.
type sheet struct {
	Width, Height int
	Title, Desc   string
	Figures       []figure
	Labels        []label
}

// A figure is a cell, or one of the key.
type figure struct {
	Class, Title string // Class is safe in an attribute
	Shapes       []shape
}

// A label is a text on the sheet.
type label struct {
	Style  textStyle
	X, Y   int  // of the baseline; X is its start, or its end
	End    bool // X is its end
	Colour colour
	Text   string // clean, not ""
}

const (
	columns   = 53 // the weeks of a year, the last of one or two days
	cellSize  = 16
	pitch     = cellSize + 3 // from one week to the next
	round     = 3            // radius of a cell's corners
	overhang  = 5            // of a bar that goes on in another row
	margin    = 32
	gridLeft  = margin + 54 // after the years
	gridWidth = columns*pitch - (pitch - cellSize)
	monthLine = 134 // baseline of the months
	gridTop   = monthLine + 12
	rowGap    = 10       // between years
	afterGrid = 18       // before the tallies, with room for an overhang
	maxPixels = 32 << 20 // of a PNG: 128 MiB of memory
)

func (sh *sheet) text(style textStyle, x, y int, c colour, text string) {
	if text != "" {
		sh.Labels = append(sh.Labels, label{style, x, y, false, c, text})
	}
}

// joined returns two texts with a colon between them, or the one that there is.
func joined(a, b string) string {
	return strings.Join(slices.DeleteFunc([]string{a, b}, func(s string) bool { return s == "" }), ": ")
}

//go:embed *.svg
var drawings embed.FS

var templates = sync.OnceValue(func() *template.Template { return template.Must(template.ParseFS(drawings, "*")) })

// execute returns what a template makes of data. One that fails is a bug.
func execute(name string, data any) []byte {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, name, data); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// png returns the sheet as an image.
func (sh *sheet) png() ([]byte, error) {
	const scale = 2 // pixels for each unit
	img, err := newImage(sh.Width*scale, sh.Height*scale)
	if err != nil {
		return nil, err
	}
	bar(img.Rect, 0, paper).fill(img, 1)
	for _, f := range sh.Figures {
		for _, s := range f.Shapes {
			s.fill(img, scale)
		}
	}
	for _, l := range sh.Labels {
		l.fill(img, scale)
	}
	return encode(img)
}

// newImage refuses a size that would take too much memory.
func newImage(width, height int) (*image.RGBA, error) {
	if int64(width)*int64(height) > maxPixels {
		return nil, fmt.Errorf("draw a PNG: %dx%d pixels are more than 33 million: draw less, at a smaller pitch, or as SVG", width, height)
	}
	return image.NewRGBA(image.Rect(0, 0, width, height)), nil
}

func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// fill letters a label in the wall's dots.
func (l label) fill(img draw.Image, scale int) {
	text := l.Style.line(l.Text)
	f := led.NewFrame(text.Width(), 8)
	text.Draw(f, 0)
	side := l.Style.dot * scale / 2
	left, top := l.X*scale, l.Y*scale-7*side
	if l.End {
		left -= f.Width() * side
	}
	radius := 0
	if l.Style == heading {
		radius = side / 2 // as LEDs
	}
	for y := range f.Height() {
		for x := range f.Width() {
			if f.At(x, y) {
				bar(box(left+x*side, top+y*side, side, side), radius, l.Colour).fill(img, 1)
			}
		}
	}
}
