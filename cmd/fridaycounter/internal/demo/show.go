package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/term"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A show has the demo's displays: the terminal, with a caption below the digits that says what
// happens, and the page.
type show struct {
	terminal *term.Dev
	page     *dashboard.Dashboard
	clock    *clock
	bamboo   string // URL
	pageURL  string // "": the page is not served
	end      context.CancelFunc
	stays    bool // goes on after the reset, for somebody at the terminal
	over     bool // the number was reset
	err      error
}

// slots implements the Slots of engine.Options. The page goes to another port where its own is
// taken.
func (s *show) slots(d schema.Display) []engine.Slot {
	return []engine.Slot{
		{Name: "terminal", Key: "terminal", Open: func() (engine.Display, error) { return s.terminal, nil }},
		{Name: "web", Key: "web", Open: func() (engine.Display, error) {
			display, err := s.page.Listen(d.Web.Listen)
			if err != nil {
				display, err = s.page.Listen("127.0.0.1:0")
			}
			if err == nil {
				s.pageURL = fmt.Sprintf("http://%s/", display.Addr())
			}
			return display, err
		}},
	}
}

// report implements the Report of engine.Options.
func (s *show) report(status engine.Status) {
	s.page.Update(status)
	lead, at := status.Verdict.Lead, status.Verdict.At
	text := fmt.Sprintf("%s  a week a second, Bamboo at %s", at.Format("Mon 2 Jan 2006"), s.bamboo)
	switch {
	case !lead.Known:
		text += "\nreading the first page"
	case lead.Breach != nil && !lead.Breach.At.Before(Emergency()):
		d := lead.Breach.Deployment
		text += fmt.Sprintf("\n%s of %s to %s on %s resets the number", d.Version, d.Project, d.Environment, report.Day(lead.Breach.At.In(at.Location())))
		s.finish()
	default:
		text += "\n" + report.Sentence(status.Verdict)
	}
	if s.pageURL != "" {
		text += "\nthe same in a browser: " + s.pageURL
	}
	if s.over && s.stays {
		text += ", until Ctrl-C"
	}
	if err := s.terminal.Caption(text); s.err == nil {
		s.err = err
	}
	if lead.Known && len(status.Pages) == 1 && status.Pages[0].Text == strconv.Itoa(lead.Weeks) {
		s.clock.shown(at)
	}
}

// finish comes with the reset. From then on time is real, and where nobody is at the terminal
// the demo ends a moment later.
func (s *show) finish() {
	if s.over {
		return
	}
	s.over = true
	s.clock.slow()
	if !s.stays {
		time.AfterFunc(endAfter, s.end)
	}
}
