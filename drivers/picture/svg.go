package picture

import (
	"bytes"
	"encoding/xml"
	"fmt"

	"github.com/fridaycounter/fridaycounter/rules"
)

// svg returns the sheet as one SVG element.
func (sh *sheet) svg() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">`+"\n", sh.width, sh.height)
	element(&b, "title", sh.title)
	element(&b, "desc", sh.desc)
	b.WriteString("\n")
	writeShape(&b, sh.paper())
	b.WriteString("\n")
	for i := range sh.cells {
		sh.cells[i].svg(&b)
	}
	for _, l := range sh.labels {
		l.svg(&b)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// paper is the ground, so that the strip can be read on any page.
func (sh *sheet) paper() bar {
	return bar{rect: rect{0, 0, sh.width, sh.height}, ink: paper}
}

func (d *drawn) svg(b *bytes.Buffer) {
	fmt.Fprintf(b, `<g class="%s">`, d.class)
	if d.title != "" {
		element(b, "title", d.title)
	}
	for _, s := range d.shapes {
		writeShape(b, s)
	}
	b.WriteString("</g>\n")
}

// className returns a fate as a word that is safe in an attribute.
func className(f rules.Fate) string {
	for _, known := range fates() {
		if f == known {
			return string(known)
		}
	}
	return string(rules.FateUnknown)
}

func (l label) svg(b *bytes.Buffer) {
	if l.text == "" {
		return
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%d" fill="%s"`, l.x, l.y, l.size(), l.ink)
	if l.end {
		b.WriteString(` text-anchor="end"`)
	}
	if l.lettering == heading {
		b.WriteString(` font-weight="700"`)
	}
	b.WriteString(">")
	escape(b, l.text)
	b.WriteString("</text>\n")
}

func element(b *bytes.Buffer, name, text string) {
	b.WriteString("<" + name + ">")
	escape(b, text)
	b.WriteString("</" + name + ">")
}

// escape writes a text; what XML cannot have becomes a replacement character.
func escape(b *bytes.Buffer, text string) {
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
}

func writeShape(b *bytes.Buffer, s shape) {
	switch s := s.(type) {
	case bar:
		s.svg(b)
	case stroke:
		fmt.Fprintf(b, `<path d="M%d %dL%d %d" stroke="%s" stroke-width="%d" stroke-linecap="round"/>`, s.x1, s.y1, s.x2, s.y2, s.ink, s.width)
	}
}

func (b bar) svg(w *bytes.Buffer) {
	if b.left == b.right {
		fmt.Fprintf(w, `<rect x="%d" y="%d" width="%d" height="%d"`, b.x, b.y, b.w, b.h)
		if b.left > 0 {
			fmt.Fprintf(w, ` rx="%d"`, b.left)
		}
		fmt.Fprintf(w, ` fill="%s"/>`, b.ink)
		return
	}
	corner := func(radius, dx, dy int) string {
		if radius == 0 {
			return ""
		}
		return fmt.Sprintf("a%d %[1]d 0 0 1 %d %d", radius, dx*radius, dy*radius)
	}
	l, r := b.left, b.right
	fmt.Fprintf(w, `<path d="M%d %dh%d%sv%d%sh%d%sv%d%sz" fill="%s"/>`,
		b.x+l, b.y, b.w-l-r, corner(r, 1, 1), b.h-2*r, corner(r, -1, 1),
		l+r-b.w, corner(l, -1, -1), 2*l-b.h, corner(l, 1, -1), b.ink)
}
