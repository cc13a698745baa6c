// Package pixelclock has the slot of a clock with AWTRIX 3, and what it shows of engine.Status.
package pixelclock

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/awtrix"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Clock is what every pixel clock shows.
type Clock struct {
	Context context.Context // of the counter: its end ends what waits for a clock that is away
	last    atomic.Pointer[engine.Status]
}

// Update takes a new status of the loop. It does not wait.
func (c *Clock) Update(status engine.Status) { c.last.Store(&status) }

// Slots lists the clock, if a geometry has one.
func (c *Clock) Slots(display schema.Display) []glass.Slot {
	if display.AWTRIX == nil {
		return nil
	}
	a := *display.AWTRIX
	return []glass.Slot{{
		Name: "awtrix " + a.App,
		Key:  a,
		Open: func() (glass.Display, error) {
			content := func() awtrix.Content { return content(c.last.Load(), a.Text) }
			return awtrix.New(awtrix.Opts{URL: a.URL, App: a.App, Color: a.Color, Content: content, Context: c.Context}), nil
		},
		Refresh: awtrix.Refresh,
	}}
}

// content returns what a clock shows of a status, which may be nil. text has {weeks} in it.
func content(status *engine.Status, text string) awtrix.Content {
	if status == nil {
		status = &engine.Status{}
	}
	c := awtrix.Content{Text: strings.ReplaceAll(text, "{weeks}", report.Bare(status)), Lifetime: 2 * status.Every}
	marks := status.Marks()
	c.Indicators = [3]bool{
		slices.Contains(marks, led.Stale), slices.Contains(marks, led.Refused),
		status.Verdict.Forbidden && status.Clock == engine.ClockTrusted, // else nobody knows what time it is
	}
	return c
}
