package glass

import (
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// line is a page laid out.
type line struct {
	led.Line
	stays time.Duration
}

// scrollStep is how long a scrolling text stays at one pixel.
const scrollStep = 60 * time.Millisecond

// LayOut makes the pages what is shown, or the bare number where there are none or one cannot
// be laid out, which is the error.
func (g *Glass) LayOut(pages []schema.Page, number int) (err error) {
	width, height := g.frame.Width(), g.frame.Height()
	g.lines = g.lines[:0]
	for _, page := range pages {
		var fit led.Line
		if fit, err = led.Fit(page.Text, width, height, page.Font, page.Overflow); err != nil {
			g.lines = g.lines[:0]
			break
		}
		g.lines = append(g.lines, line{fit, stay(fit, page.For)})
	}
	if len(g.lines) == 0 {
		if fit, err := led.Fit(strconv.Itoa(number), width, height, led.FontAuto, led.Saturate); err == nil {
			g.lines = append(g.lines, line{fit, time.Hour})
		}
	}
	return err
}

// Text returns the texts that take turns, as they are shown.
func (g *Glass) Text() string {
	var texts []string
	for _, line := range g.lines {
		texts = append(texts, line.Text)
	}
	return strings.Join(texts, ", then ")
}

// stay returns how long a line is shown: whole passes if it scrolls.
func stay(l led.Line, least time.Duration) time.Duration {
	if !l.Scrolls() {
		return least
	}
	pass := time.Duration(l.Steps()) * scrollStep
	return (least + pass - 1) / pass * pass
}

// current returns the line to show and its shift in pixels, and how long the picture stays
// like that; 0: there is no line.
func (g *Glass) current(uptime time.Duration) (shown led.Line, shift int, stays time.Duration) {
	var turn time.Duration // of all lines
	for _, line := range g.lines {
		turn += line.stays
	}
	if turn == 0 {
		return led.Line{}, 0, 0
	}
	at := (uptime - g.since) % turn
	i := 0
	for ; at >= g.lines[i].stays; i++ {
		at -= g.lines[i].stays
	}
	line := g.lines[i]
	if !line.Scrolls() {
		return line.Line, 0, line.stays - at
	}
	return line.Line, int(at/scrollStep) % line.Steps(), scrollStep - at%scrollStep
}
