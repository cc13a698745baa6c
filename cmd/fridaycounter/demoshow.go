package main

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

// demoShow tells the demo's story under the glass, and shows the page.
type demoShow struct {
	glass  *term.Dev
	page   *dashboard.Dashboard
	clock  *demoClock
	url    string // of the Bamboo
	served string // the URL of the page; "": it is not served
	end    context.CancelFunc
	stays  bool // when the story is over, for somebody at the terminal
	over   bool
	err    error
}

// panels implements the Slots of engine.Options. The page goes to another port where
// its own is taken.
func (s *demoShow) panels(d schema.Display) []engine.Slot {
	return []engine.Slot{
		{Name: "terminal", Key: "terminal", Open: func() (engine.Display, error) { return s.glass, nil }},
		{Name: "web", Key: "web", Open: func() (engine.Display, error) {
			display, err := s.page.Listen(d.Web.Listen)
			if err != nil {
				display, err = s.page.Listen("127.0.0.1:0")
			}
			if err == nil {
				s.served = fmt.Sprintf("http://%s/", display.Addr())
			}
			return display, err
		}},
	}
}

// report implements the Report of engine.Options.
func (s *demoShow) report(status engine.Status) {
	s.page.Update(status)
	lead := status.Verdict.Lead
	at := status.Verdict.At
	text := fmt.Sprintf("%s  a week a second, Bamboo at %s", at.Format("Mon 2 Jan 2006"), s.url)
	switch {
	case !lead.Known:
		text += "\nreading the first page"
	case lead.Breach != nil && !lead.Breach.At.Before(demoEmergency()):
		d := lead.Breach.Deployment
		text += fmt.Sprintf("\n%s of %s to %s on %s resets the number",
			d.Version, d.Project, d.Environment, report.Day(lead.Breach.At.In(at.Location())))
		s.finish()
	default:
		text += "\n" + report.Sentence(status.Verdict)
	}
	if s.served != "" {
		text += "\nthe same in a browser: " + s.served
	}
	if s.over && s.stays {
		text += ", until Ctrl-C"
	}
	if err := s.glass.Caption(text); s.err == nil {
		s.err = err
	}
	if lead.Known && len(status.Pages) == 1 && status.Pages[0].Text == strconv.Itoa(lead.Weeks) {
		s.clock.shown(at)
	}
}

// finish goes on in real time, and where nobody is at a terminal ends after a moment.
func (s *demoShow) finish() {
	if s.over {
		return
	}
	s.over = true
	s.clock.slow()
	if !s.stays {
		time.AfterFunc(demoRest, s.end)
	}
}
