package glass

import (
	"log/slog"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/oncelog"
	"github.com/fridaycounter/fridaycounter/engine/task"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

func newGlass(columns int) *Glass {
	g := New(task.NewGroup(), oncelog.New(slog.New(slog.DiscardHandler)), func() time.Duration { return time.Minute })
	g.Light(schema.Display{Columns: columns, Rows: 1}, nil)
	return g
}

// Pages take turns from the first one on, and one that scrolls passes as often as its time asks, whole.
func TestPagesInTurn(t *testing.T) {
	g := newGlass(2)
	if err := g.LayOut([]schema.Page{
		{Text: "42", For: 10 * time.Second},
		{Text: "hello world", Overflow: led.Scroll, For: time.Second},
	}, 42); err != nil {
		t.Fatal(err)
	}
	if got, want := g.Text(), "42, then hello world"; got != want {
		t.Errorf("got texts %q, want %q", got, want)
	}
	pass := time.Duration(g.lines[1].Steps()) * scrollStep
	for _, c := range []struct {
		after time.Duration // since the displays were lit
		text  string
		shift int
		stays time.Duration
	}{
		{0, "42", 0, 10 * time.Second},
		{9 * time.Second, "42", 0, time.Second},
		{10 * time.Second, "hello world", 0, scrollStep},
		{10*time.Second + 5*scrollStep/2, "hello world", 2, scrollStep / 2},
		{10*time.Second + pass - 1, "hello world", g.lines[1].Steps() - 1, 1},
		{10*time.Second + pass, "42", 0, 10 * time.Second},
	} {
		line, shift, stays := g.current(time.Minute + c.after)
		if line.Text != c.text || shift != c.shift || stays != c.stays {
			t.Errorf("after %s: got %q, shift %d for %s, want %q, %d, %s", c.after, line.Text, shift, stays, c.text, c.shift, c.stays)
		}
	}
}

// The bare number stands for pages that cannot be shown.
func TestPageThatDoesNotFit(t *testing.T) {
	g := newGlass(2)
	if err := g.LayOut([]schema.Page{{Text: "1", For: time.Second}, {Text: "too wide for it", For: time.Second}}, 345); err == nil {
		t.Error("got no error")
	}
	if got := g.Text(); got != "345" {
		t.Errorf("got %q, want the number", got)
	}
}

// The first entry with an open window counts, until the next of all windows opens or closes.
func TestBrightness(t *testing.T) {
	night := schema.Brightness{Level: led.Off, During: []rules.Window{{From: 22 * 60, To: 6 * 60}}}
	evening := schema.Brightness{Level: 2, During: []rules.Window{{From: 18 * 60, To: 23 * 60}}}
	for _, c := range []struct {
		at    string
		level led.Level
		until string
	}{
		{"12:00", 8, "18:00"}, {"18:00", 2, "22:00"}, {"22:30", led.Off, "23:00"}, {"23:30", led.Off, "06:00"},
	} {
		at, err := time.Parse("2006-01-02 15:04", "2026-11-30 "+c.at)
		if err != nil {
			t.Fatal(err)
		}
		level, until := Brightness([]schema.Brightness{night, evening, {Level: 8}}, time.UTC, at)
		if level != c.level || until.Format("15:04") != c.until {
			t.Errorf("at %s: got %d until %s, want %d until %s", c.at, level, until, c.level, c.until)
		}
	}
	if level, until := Brightness([]schema.Brightness{{Level: 8}}, time.UTC, time.Now()); level != 8 || !until.IsZero() {
		t.Errorf("without windows: got %d until %s, want 8 always", level, until)
	}
}
