package web

import (
	"bytes"
	"fmt"
	"html/template"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A chart is what the wall showed over the days of the year: stairs, with a fall at
// each breach.
//
// Its curves are stretched to the width of the page; the words are not, so that they
// can be read on a phone. Hence the places in percent.
type chart struct {
	days []rules.Day
	runs []Run
	top  int // weeks
	step int // between the lines
}

const (
	perDay      = 10 // units along the days
	chartHeight = 150
	chartTop    = 14
	chartLeft   = 7 // percent, for the weeks
)

// newChart returns nil without days, and where none of them has a run.
func newChart(v *View) *chart {
	days := v.latestDays()
	if len(days) == 0 {
		return nil
	}
	c := &chart{days: days}
	most := 0
	for _, r := range v.Year.Runs {
		r.Start, r.End = r.Start.In(v.At.Location()), r.End.In(v.At.Location())
		if r.Current || r.End.IsZero() {
			r.End = v.At
		}
		if c.day(r.End) >= 0 {
			c.runs, most = append(c.runs, r), max(most, r.Weeks)
		}
	}
	if len(c.runs) == 0 {
		return nil
	}
	c.step = lineStep(most)
	c.top = max(1, (most+c.step-1)/c.step) * c.step
	return c
}

// lineStep returns the weeks from one line to the next, for at most four lines.
func lineStep(most int) int {
	for step := 1; ; step *= 10 {
		for _, s := range []int{step, 2 * step, 5 * step} {
			if 4*s >= most {
				return s
			}
		}
	}
}

// day returns how many days after the first midnight the wall's clock reads t. A
// day of 23 hours is as wide as any other.
func (c *chart) day(t time.Time) float64 {
	y, m, d := t.Date()
	wall := time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, time.UTC)
	return wall.Sub(noon(c.days[0].Date)).Hours()/24 + 0.5
}

// Chart returns "" where there is nothing to draw.
func (p page) Chart() template.HTML {
	c := newChart(p.View)
	if c == nil {
		return ""
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg class="chart" width="100%%" height="%d" role="img" aria-labelledby="chart-title chart-desc">`, chartTop+chartHeight+24)
	fmt.Fprintf(&b, `<title id="chart-title">Weeks that the wall showed</title><desc id="chart-desc">%s</desc>`, template.HTMLEscapeString(c.describe()))
	fmt.Fprintf(&b, `<svg x="%d%%" y="%d" width="%d%%" height="%d" viewBox="0 -2 %d %d" preserveAspectRatio="none">`, chartLeft, chartTop, 100-chartLeft, chartHeight+8, perDay*len(c.days), chartHeight+8)
	fmt.Fprintf(&b, `<path class="line" d="%s"/>`, c.lines())
	c.stairs(&b)
	b.WriteString("</svg>")
	c.weeks(&b)
	c.months(&b)
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func (c *chart) y(weeks int) int { return chartHeight - weeks*chartHeight/c.top }

func (c *chart) lines() string {
	var d []byte
	for weeks := 0; weeks <= c.top; weeks += c.step {
		d = fmt.Appendf(d, "M0 %dH%d", c.y(weeks), perDay*len(c.days))
	}
	return string(d)
}

// stairs draws the runs, the current one apart, and a tick where one ended.
func (c *chart) stairs(b *bytes.Buffer) {
	var ended, current, ends []byte
	for i := range c.runs {
		if r := &c.runs[i]; r.Current {
			current = c.run(current, r)
		} else {
			ended = c.run(ended, r)
			ends = fmt.Appendf(ends, "M%d %dv6", c.x(c.day(r.End)), chartHeight)
		}
	}
	fmt.Fprintf(b, `<path class="run" d="%s"/><path class="run now" d="%s"/><path class="end" d="%s"/>`, ended, current, ends)
}

func (c *chart) x(day float64) int {
	return int(perDay * min(max(day, 0), float64(len(c.days))))
}

// run appends the stairs of a run; one that never reached a week has none.
func (c *chart) run(d []byte, r *Run) []byte {
	if r.Weeks <= 0 {
		return d
	}
	start, end := c.day(r.Start), c.day(r.End)
	every := 7.0
	if fit := (end - start) / float64(r.Weeks); fit < 7 || fit >= 14 {
		every = fit // it counts something other than seven days
	}
	d = fmt.Appendf(d, "M%d %d", c.x(start+every), chartHeight)
	for k := 1; k <= r.Weeks; k++ {
		if next := start + float64(k+1)*every; next < 0 {
			continue // before the year
		}
		d = fmt.Appendf(d, "H%dV%d", c.x(start+float64(k)*every), c.y(k))
	}
	return fmt.Appendf(d, "H%dV%d", c.x(end), chartHeight)
}

func (c *chart) weeks(b *bytes.Buffer) {
	for weeks := 0; weeks <= c.top; weeks += c.step {
		fmt.Fprintf(b, `<text class="weeks" x="%d%%" dx="-6" y="%d">%d</text>`, chartLeft, chartTop+c.y(weeks)+6, weeks)
	}
}

// months names the months where they begin; on a phone every second one.
func (c *chart) months(b *bytes.Buffer) {
	n := 0
	for i := range c.days {
		d := c.days[i].Date
		if d.Day != 1 || len(c.days)-i < 14 {
			continue // no room
		}
		at := chartLeft + float64(100-chartLeft)*float64(i)/float64(len(c.days))
		class := ""
		if n++; n%2 == 0 {
			class = ` class="even"`
		}
		fmt.Fprintf(b, `<text%s x="%.1f%%" y="%d">%s</text>`, class, at, chartTop+chartHeight+22, d.Month.String()[:3])
	}
}

// describe says the chart to those who do not see it.
func (c *chart) describe() string {
	longest, current := 0, "none goes on"
	for _, r := range c.runs {
		if longest = max(longest, r.Weeks); r.Current {
			current = "the current one has " + picture.Count(r.Weeks, "week", "weeks")
		}
	}
	return fmt.Sprintf("%s from %s to %s. The longest had %s; %s.", picture.Count(len(c.runs), "run", "runs"),
		noon(c.days[0].Date).Format(date), noon(c.days[len(c.days)-1].Date).Format(date), picture.Count(longest, "week", "weeks"), current)
}
