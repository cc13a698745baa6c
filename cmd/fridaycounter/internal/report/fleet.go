package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Wall is a wall that shows what a counter published, or the counter itself.
type Wall struct {
	Name    string     `json:"name"`
	State   string     `json:"state"` // online, stale, diverged, offline
	Text    string     `json:"text"`  // that it shows; "": nothing is known of it
	Since   *time.Time `json:"since"` // when it began to show it
	Version string     `json:"version"`
}

// WallStates are those in which a wall can be. Only the first is well.
func WallStates() []string { return []string{"online", "stale", "diverged", "offline"} }

// Fleet is the JSON of the command fleet.
type Fleet struct {
	Topic   string `json:"topic"`
	Counter Wall   `json:"counter"`
	Walls   []Wall `json:"walls"` // by name
}

// Text returns the table: the counter, unless it is offline, then the walls.
func (f *Fleet) Text() string {
	rows := f.Walls
	if f.Counter.State != "offline" {
		counter := f.Counter
		counter.Name += " (counter)"
		rows = append([]Wall{counter}, rows...)
	}
	if len(rows) == 0 {
		return ""
	}
	table := text("fleet", 2, rows)
	if len(f.Walls) == 0 {
		table += "no wall has connected yet\n"
	}
	return table
}

// Err says who is not well; nil: all are.
func (f *Fleet) Err() error {
	var errs []error
	switch f.Counter.State {
	case "online":
	case "offline":
		errs = append(errs, fmt.Errorf("no counter publishes on %s (hint: fridaycounter run on its machine, then fridaycounter doctor)", f.Topic))
	default:
		errs = append(errs, fmt.Errorf("the counter %s is %s (hint: fridaycounter explain there)", f.Counter.Name, f.Counter.State))
	}
	var bad []string
	for _, w := range f.Walls {
		if w.State != "online" {
			bad = append(bad, w.Name+" is "+w.State)
		}
	}
	if n := len(bad); n > 0 {
		if n > maxItems {
			bad = append(slices.Clip(bad[:maxItems]), "…")
		}
		are := "are"
		if n == 1 {
			are = "is"
		}
		errs = append(errs, fmt.Errorf("%d of %s %s not well: %s", n, Plural(len(f.Walls), "wall"), are, strings.Join(bad, ", ")))
	}
	return errors.Join(errs...)
}
