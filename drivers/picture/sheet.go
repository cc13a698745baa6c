package picture

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/draw"
	"image/png"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A sheet is a strip or a calendar laid out, in units. It is drawn in this order.
type sheet struct {
	width, height int
	title, desc   string
	figures       []figure
	labels        []label
}

// A figure is a cell, or one of the key.
type figure struct {
	class, title string // class is safe in an attribute
	shapes       []shape
}

// A label is a text on the sheet.
type label struct {
	style  textStyle
	x, y   int  // of the baseline; x is its start, or its end
	end    bool // x is its end
	colour colour
	text   string // clean, not ""
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
		sh.labels = append(sh.labels, label{style, x, y, false, c, text})
	}
}

// rowName writes a text that ends before the grid, at the height of a row of cells.
func (sh *sheet) rowName(y int, c colour, text string) {
	sh.labels = append(sh.labels, label{small, gridLeft - 14, y + cellSize - 3, true, c, text})
}

// head writes what it is about, such as the rule's name, and the number.
func (sh *sheet) head(name, number string) {
	name, number = heading.fit(name, sh.width-2*margin), sentence.fit(number, sh.width-2*margin)
	sh.text(heading, margin, 58, black, name)
	sh.text(sentence, margin, 90, grey, number)
	sh.title = joined(name, number)
}

// joined returns two texts with a colon between them, or the one that there is.
func joined(a, b string) string {
	return strings.Join(slices.DeleteFunc([]string{a, b}, func(s string) bool { return s == "" }), ": ")
}

// key explains a figure at a place, and returns where the next may begin.
func (sh *sheet) key(x, y int, class, word string, shapes []shape) int {
	sh.figures = append(sh.figures, figure{class: class, shapes: shapes})
	x += cellSize + 8
	sh.text(small, x, y+cellSize-3, black, word)
	return x + small.width(word) + 20
}

// note ends the sheet with a note below the key.
func (sh *sheet) note(y int, text string) {
	y += cellSize + 28
	sh.text(small, gridLeft, y, grey, small.fit(text, sh.width-margin-gridLeft))
	sh.height = y + margin
}

// ground lies below all, so that the sheet can be read on any page.
func (sh *sheet) ground() shape { return bar(image.Rect(0, 0, sh.width, sh.height), 0, paper) }

// svg returns the sheet as one SVG element.
func (sh *sheet) svg() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">
<title>%[3]s</title><desc>%[4]s</desc>
`, sh.width, sh.height, html.EscapeString(sh.title), html.EscapeString(sh.desc))
	sh.ground().svg(&b)
	b.WriteString("\n")
	for _, f := range sh.figures {
		fmt.Fprintf(&b, `<g class="%s">`, f.class)
		if f.title != "" {
			fmt.Fprintf(&b, "<title>%s</title>", html.EscapeString(f.title))
		}
		for _, s := range f.shapes {
			s.svg(&b)
		}
		b.WriteString("</g>\n")
	}
	for _, l := range sh.labels {
		more := ""
		if l.end {
			more += ` text-anchor="end"`
		}
		if l.style == heading {
			more += ` font-weight="700"`
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="%d" fill="%s"%s>%s</text>`+"\n", l.x, l.y, l.style.size, l.colour, more, html.EscapeString(l.text))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// png returns the sheet as an image.
func (sh *sheet) png() ([]byte, error) {
	const scale = 2 // pixels for each unit
	img, err := newImage(sh.width*scale, sh.height*scale)
	if err != nil {
		return nil, err
	}
	sh.ground().fill(img, scale)
	for _, f := range sh.figures {
		for _, s := range f.shapes {
			s.fill(img, scale)
		}
	}
	for _, l := range sh.labels {
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
	text := l.style.line(l.text)
	f := led.NewFrame(text.Width(), 8)
	text.Draw(f, 0)
	side := l.style.dot * scale / 2
	left, top := l.x*scale, l.y*scale-7*side
	if l.end {
		left -= f.Width() * side
	}
	radius := 0
	if l.style == heading {
		radius = side / 2 // as LEDs
	}
	for y := range f.Height() {
		for x := range f.Width() {
			if f.At(x, y) {
				bar(box(left+x*side, top+y*side, side, side), radius, l.colour).fill(img, 1)
			}
		}
	}
}
