package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A snapshot is what is drawn, and where to.
type snapshot struct {
	picture.Glass
	text     string
	modules  int    // 0: as the policy has it
	page     int    // from 1
	level    string // brightness, or "off"
	png, svg string
	watch    bool
	refused  error // why the policy is refused, if its last good copy was drawn
}

func snapshotCommand(g *globals) *cobra.Command {
	var s snapshot
	cmd := &cobra.Command{
		Use: "snapshot",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.check(cmd, g.at); err != nil {
				return err
			}
			draw := g.drawNumber
			if cmd.Flags().Changed("text") {
				draw = g.drawText
			}
			if s.watch {
				return g.watchSnapshot(cmd, &s, draw)
			}
			if err := draw(cmd, &s); err != nil {
				return err
			}
			return s.write(cmd)
		},
	}
	cmd.Flags().StringVar(&s.text, "text", "", "draw this `text`, not the number")
	cmd.Flags().StringVar(&g.at, "at", "", "draw the number as of this `time`, not now "+query.InstantUsage)
	cmd.Flags().StringVar(&s.png, "png", "", "write a PNG image to this `file`; - is standard output")
	cmd.Flags().StringVar(&s.svg, "svg", "", "write an SVG image to this `file`; - is standard output")
	cmd.Flags().IntVar(&s.page, "page", 1, "draw the page of this `number`, in the order of the policy")
	cmd.Flags().BoolVar(&s.watch, "watch", false, "show it here, and draw it again at each save of the policy, until Ctrl-C")
	cmd.Flags().IntVar(&s.modules, "modules", 0, "a row of this `number` of modules (default as the policy has them, else 4)")
	cmd.Flags().StringVar(&s.level, "level", "8", "`brightness` of 0 to 15, or off")
	cmd.Flags().IntVar(&s.Pitch, "pitch", 16, "`pixels` from one LED to the next, 4 to 64")
	return cmd
}

// write writes the images that are asked for.
func (s *snapshot) write(cmd *cobra.Command) error {
	if err := writeImage(cmd, "--png", s.png, s.PNG); err != nil {
		return err
	}
	return writeImage(cmd, "--svg", s.svg, s.SVG)
}

// writeImage draws an image to where a flag says: "" is nowhere, "-" standard output.
func writeImage(cmd *cobra.Command, flag, path string, draw func() ([]byte, error)) error {
	if path == "" {
		return nil
	}
	data, err := draw()
	switch {
	case err != nil:
	case path == "-":
		_, err = cmd.OutOrStdout().Write(data)
	default:
		err = replaceFile(path, data)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", flag, path, err)
	}
	return nil
}

// maxModules is the longest chain, as the schema has it.
const maxModules = 157

// check refuses flags that do not go together, before anything is asked.
func (s *snapshot) check(cmd *cobra.Command, at string) error {
	switch {
	case s.watch && (s.png == "-" || s.svg == "-"):
		return fmt.Errorf("--watch shows the picture on standard output: name a file with --png or --svg, or leave them out")
	case s.png == "" && s.svg == "" && !s.watch:
		return fmt.Errorf("name a file with --png or --svg, or both; - is standard output")
	case s.png == "-" && s.svg == "-":
		return fmt.Errorf("--png - and --svg -: standard output takes one of them")
	case cmd.Flags().Changed("text") && at != "":
		return fmt.Errorf("--text and --at: a text is the same at any time; give one of them")
	case cmd.Flags().Changed("modules") && (s.modules < 1 || s.modules > maxModules):
		return fmt.Errorf("--modules %d: want 1 to %d", s.modules, maxModules)
	case s.page < 1:
		return fmt.Errorf("--page %d: want 1 or more", s.page)
	case s.Pitch == 0:
		return fmt.Errorf("--pitch 0: want 4 to 64")
	case s.png == "-" && host.IsTerminal(cmd.OutOrStdout()):
		return fmt.Errorf("--png - writes an image: redirect it to a file, or name one, as in fridaycounter snapshot --png wall.png")
	}
	s.Level = led.Off
	if s.level != "off" {
		n, err := strconv.ParseUint(s.level, 10, 8)
		if err != nil || n > 15 {
			return fmt.Errorf("--level %q: want 0 to 15, or off", s.level)
		}
		s.Level = led.Level(n)
	}
	return nil
}

// begin begins a dark frame of the modules that are asked for, or of the policy's.
func (s *snapshot) begin(d schema.Display, title string) *led.Frame {
	if s.modules > 0 {
		d.Columns, d.Rows = s.modules, 1
	}
	s.Frame, s.Title = led.NewFrame(8*d.Columns, 8*d.Rows), title
	return s.Frame
}

// drawText draws the text that is given, also where there is no good policy.
func (g *globals) drawText(cmd *cobra.Command, s *snapshot) error {
	display := schema.Display{Columns: 4, Rows: 1}
	if s.modules == 0 {
		if policy, err := readPolicy(cmd, g.policyPath()); err == nil {
			display = policy.Config.Display
		}
	}
	f := s.begin(display, s.text)
	line, err := led.Fit(s.text, f.Width(), f.Height(), led.FontAuto, led.Saturate)
	if err != nil {
		return tooWide(s.text, f, err)
	}
	line.Draw(f, 0)
	return nil
}

// drawNumber draws a page, a scrolling one as it stands at the left, or where there is none
// the bare number, by what the history has, and the marks of the wall.
func (g *globals) drawNumber(cmd *cobra.Command, s *snapshot) error {
	c, err := g.judgeInForce(cmd)
	if err != nil {
		return err
	}
	s.refused = c.Policy.Refused
	v := c.Verdict()
	f := s.begin(c.Policy.Config.Display, report.Sentence(v.Lead))
	if v.Lead.Known {
		pages, err := policyfile.Evaluator().Pages(cmd.Context(), g.policyPath(), c.Policy.File, v.Live(c.Stale))
		if err != nil {
			return err
		}
		if len(pages) == 0 {
			pages = []schema.Page{{Text: strconv.Itoa(v.Lead.Weeks)}}
		}
		if s.page > len(pages) {
			return fmt.Errorf("--page %d: the policy has %d", s.page, len(pages))
		}
		page := pages[s.page-1]
		line, err := led.Fit(page.Text, f.Width(), f.Height(), page.Font, page.Overflow)
		if err != nil {
			return fmt.Errorf("draw page %d: %w", s.page, err)
		}
		line.Draw(f, f.Width())
	} else {
		led.Unknown.Draw(f)
	}
	wall := engine.Status{Verdict: v, Stale: len(c.Stale) > 0, Refused: c.Policy.Refused}
	for _, m := range wall.Marks() {
		m.Draw(f, true)
	}
	return nil
}

// tooWide says how many modules a text needs, if that is why it does not fit.
func tooWide(text string, f *led.Frame, err error) error {
	line, e := led.Fit(text, 8*len(text)+1, 8, led.FontNarrow, led.Saturate)
	if e != nil {
		return err
	}
	need := (line.Width() + 7) / 8
	return fmt.Errorf("--text %q needs %s, there are %d in a row (hint: --modules %d)", text, report.Plural(need, "module"), f.Width()/8, need)
}

// replaceFile replaces a file at once and whole, behind a link the one that it leads to. It refuses
// what is no file, such as /dev/null: it would be gone.
func replaceFile(path string, data []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return errors.New("it is there, and not a file")
	}
	return renameio.WriteFile(path, data, 0o644, renameio.WithTempDir(filepath.Dir(path)), renameio.WithExistingPermissions())
}
