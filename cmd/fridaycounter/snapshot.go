package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/schema"
)

// snapshot is what is to be drawn, and where to.
type snapshot struct {
	text    string
	own     bool // --text was given
	at      string
	modules int // 0: as the policy has it
	level   string
	pitch   int
	png     string
	svg     string
}

func (p *program) snapshotCommand() *cobra.Command {
	var s snapshot
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Draw what the wall shows as a picture",
		Long: `Draw what the wall shows as PNG or SVG: its first page, from what run has kept, as
explain reads it. With --text it draws that text, and needs neither a history nor a
policy: where there is a policy, the text gets as many modules as its wall has.

A file is replaced at once and whole, or not at all.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.own = cmd.Flags().Changed("text")
			if err := p.checkSnapshot(&s, cmd.Flags().Changed("modules")); err != nil {
				return err
			}
			return p.snapshot(cmd.Context(), &s)
		},
	}
	cmd.Flags().StringVar(&s.text, "text", "", "draw this `text`, not the number")
	cmd.Flags().StringVar(&s.at, "at", "", "draw the number as of this `time`, not now "+atUsage)
	cmd.Flags().StringVar(&s.png, "png", "", "write a PNG image to this `file`; - is standard output")
	cmd.Flags().StringVar(&s.svg, "svg", "", "write an SVG image to this `file`; - is standard output")
	cmd.Flags().IntVar(&s.modules, "modules", 0, "a row of this `number` of modules (default as the policy has them, else 4)")
	cmd.Flags().StringVar(&s.level, "level", "8", "`brightness` of 0 to 15, or off")
	cmd.Flags().IntVar(&s.pitch, "pitch", 16, "`pixels` from one LED to the next, 4 to 64")
	return cmd
}

// maxModules is the longest chain, as the schema has it.
const maxModules = 157

// checkSnapshot refuses flags that do not go together, before anything is asked.
func (p *program) checkSnapshot(s *snapshot, sized bool) error {
	switch {
	case s.png == "" && s.svg == "":
		return fmt.Errorf("name a file with --png or --svg, or both; - is standard output")
	case s.png == "-" && s.svg == "-":
		return fmt.Errorf("--png - and --svg -: standard output takes one of them")
	case s.own && s.at != "":
		return fmt.Errorf("--text and --at: a text is the same at any time; give one of them")
	case sized && (s.modules < 1 || s.modules > maxModules):
		return fmt.Errorf("--modules %d: want 1 to %d", s.modules, maxModules)
	case s.pitch == 0:
		return fmt.Errorf("--pitch 0: want 4 to 64")
	case s.png == "-" && isTerminal(p.stdout):
		return fmt.Errorf("--png - writes an image: redirect it to a file, or name one, as in fridaycounter snapshot --png wall.png")
	}
	_, err := parseLevel(s.level)
	return err
}

// parseLevel reads a brightness as the policy has it.
func parseLevel(text string) (led.Level, error) {
	if text == "off" {
		return led.Off, nil
	}
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || n > 15 {
		return 0, fmt.Errorf("--level %q: want 0 to 15, or off", text)
	}
	return led.Level(n), nil
}

// snapshot draws the glass and writes it.
func (p *program) snapshot(ctx context.Context, s *snapshot) error {
	draw := p.stored
	if s.own {
		draw = p.lettered
	}
	frame, title, err := draw(ctx, s)
	if err != nil {
		return err
	}
	level, err := parseLevel(s.level)
	if err != nil {
		return err
	}
	glass := picture.Glass{Frame: frame, Level: level, Pitch: s.pitch, Title: title}
	return writeImages(p.stdout, []image{{"--png", s.png, glass.WritePNG}, {"--svg", s.svg, glass.WriteSVG}})
}

// frame returns a dark frame of the modules that are asked for, or of the policy's.
func (s *snapshot) frame(d schema.Display) *led.Frame {
	if s.modules > 0 {
		return led.NewFrame(8*s.modules, 8)
	}
	return led.NewFrame(8*d.Columns, 8*d.Rows)
}

// lettered draws the text that is given. Its title is the text.
func (p *program) lettered(ctx context.Context, s *snapshot) (f *led.Frame, title string, err error) {
	display := schema.Display{Columns: 4, Rows: 1}
	if s.modules == 0 {
		if config, err := p.evaluate(ctx, p.configPath()); err == nil {
			display = config.Display
		}
	}
	f = s.frame(display)
	line, err := led.Fit(s.text, f.Width(), f.Height(), led.FontAuto, led.Saturate)
	if err != nil {
		return nil, "", tooWide(s.text, f, err)
	}
	line.Draw(f, 0)
	return f, s.text, nil
}

// tooWide says how many modules a text needs, if that is why it does not fit.
func tooWide(text string, f *led.Frame, err error) error {
	line, e := led.Fit(text, 8*len(text)+1, 8, led.FontNarrow, led.Saturate)
	if e != nil {
		return err
	}
	need := (line.Width() + 7) / 8
	return fmt.Errorf("--text %q needs %s, there are %d in a row (hint: --modules %d)", text, plural(need, "module"), f.Width()/8, need)
}

// stored draws what the wall shows by what is stored. Its title is the number and
// since when.
func (p *program) stored(ctx context.Context, s *snapshot) (*led.Frame, string, error) {
	a, err := p.askStored(ctx, s.at)
	if err != nil {
		return nil, "", err
	}
	defer a.close()
	file, refused, err := a.policy(p.configPath())
	if err != nil {
		return nil, "", err
	}
	v, f := a.docket.Judge(a.as), s.frame(a.config.Display)
	if !v.Lead.Known {
		led.Unknown.Draw(f)
	} else {
		pages, err := p.evaluator().Pages(ctx, p.configPath(), file, v.Live(a.stale()))
		if err == nil {
			err = drawPage(f, pages, v.Lead.Weeks)
		}
		if err != nil {
			return nil, "", err
		}
	}
	if a.stale() {
		led.Stale.Draw(f, true)
	}
	if refused {
		led.Refused.Draw(f, true)
	}
	if v.Lead.Known && v.Lead.AtLeast {
		led.AtLeast.Draw(f, true)
	}
	return f, sentence(v), nil
}

// drawPage draws the first page, a scrolling one as it stands at the left, or where
// there is none the bare number.
func drawPage(f *led.Frame, pages []schema.Page, weeks int) error {
	page := schema.Page{Text: strconv.Itoa(weeks)}
	if len(pages) > 0 {
		page = pages[0]
	}
	line, err := led.Fit(page.Text, f.Width(), f.Height(), page.Font, page.Overflow)
	if err != nil {
		return fmt.Errorf("draw the first page: %w", err)
	}
	line.Draw(f, f.Width())
	return nil
}

// policy returns the bytes of the policy that was judged by: those at path, or where
// these are refused, of the last good copy.
func (a *asked) policy(path string) (file []byte, refused bool, err error) {
	if file, err := readConfig(path); err == nil && hash(file) == a.config.Hash {
		return file, false, nil
	}
	if a.disk != nil {
		last, err := newLastGood(a.disk, path)
		if err != nil {
			return nil, false, err
		}
		if kept, err := last.Load(); err == nil && hash(kept.File) == a.config.Hash {
			return kept.File, true, nil
		}
	}
	return nil, false, fmt.Errorf("%s was saved just now: try again", path)
}

func hash(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// stale reports whether what is stored may have been overtaken: the last poll
// failed, or two are overdue. When polls were is written down once an hour.
func (a *asked) stale() bool {
	if a.polls.Good.IsZero() {
		return false // it was asked just now
	}
	every := time.Duration(0)
	for _, poll := range a.config.Poll {
		every = max(every, poll.Every)
	}
	failed := a.polls.Failed.After(a.polls.Good) && !a.as.Before(a.polls.Failed)
	return failed || a.as.Sub(a.polls.Good) > 2*every+time.Hour
}
