package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	"github.com/fridaycounter/fridaycounter/schema"
)

// snapshot is what is to be drawn, and where to.
type snapshot struct {
	text       string
	at         string
	modules    int    // 0: as the policy has it
	brightness string // --level
	level      led.Level
	pitch      int
	png, svg   string
}

func snapshotCommand(g *globals) *cobra.Command {
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
			if err := s.check(cmd); err != nil {
				return err
			}
			draw := g.drawNumber
			if cmd.Flags().Changed("text") {
				draw = g.drawText
			}
			frame, title, err := draw(cmd, &s)
			if err != nil {
				return err
			}
			glass := picture.Glass{Frame: frame, Level: s.level, Pitch: s.pitch, Title: title}
			return writeImages(cmd.OutOrStdout(), []image{{"--png", s.png, glass.WritePNG}, {"--svg", s.svg, glass.WriteSVG}})
		},
	}
	cmd.Flags().StringVar(&s.text, "text", "", "draw this `text`, not the number")
	cmd.Flags().StringVar(&s.at, "at", "", "draw the number as of this `time`, not now "+query.InstantUsage)
	cmd.Flags().StringVar(&s.png, "png", "", "write a PNG image to this `file`; - is standard output")
	cmd.Flags().StringVar(&s.svg, "svg", "", "write an SVG image to this `file`; - is standard output")
	cmd.Flags().IntVar(&s.modules, "modules", 0, "a row of this `number` of modules (default as the policy has them, else 4)")
	cmd.Flags().StringVar(&s.brightness, "level", "8", "`brightness` of 0 to 15, or off")
	cmd.Flags().IntVar(&s.pitch, "pitch", 16, "`pixels` from one LED to the next, 4 to 64")
	return cmd
}

// maxModules is the longest chain, as the schema has it.
const maxModules = 157

// check refuses flags that do not go together, before anything is asked.
func (s *snapshot) check(cmd *cobra.Command) (err error) {
	switch {
	case s.png == "" && s.svg == "":
		return fmt.Errorf("name a file with --png or --svg, or both; - is standard output")
	case s.png == "-" && s.svg == "-":
		return fmt.Errorf("--png - and --svg -: standard output takes one of them")
	case cmd.Flags().Changed("text") && s.at != "":
		return fmt.Errorf("--text and --at: a text is the same at any time; give one of them")
	case cmd.Flags().Changed("modules") && (s.modules < 1 || s.modules > maxModules):
		return fmt.Errorf("--modules %d: want 1 to %d", s.modules, maxModules)
	case s.pitch == 0:
		return fmt.Errorf("--pitch 0: want 4 to 64")
	case s.png == "-" && host.IsTerminal(cmd.OutOrStdout()):
		return fmt.Errorf("--png - writes an image: redirect it to a file, or name one, as in fridaycounter snapshot --png wall.png")
	}
	s.level, err = parseLevel(s.brightness)
	return err
}

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

// frame returns a dark frame of the modules that are asked for, or of the policy's.
func (s *snapshot) frame(d schema.Display) *led.Frame {
	if s.modules > 0 {
		return led.NewFrame(8*s.modules, 8)
	}
	return led.NewFrame(8*d.Columns, 8*d.Rows)
}

// drawText draws the text that is given. Its title is the text.
func (g *globals) drawText(cmd *cobra.Command, s *snapshot) (f *led.Frame, title string, err error) {
	display := schema.Display{Columns: 4, Rows: 1}
	if s.modules == 0 {
		if policy, err := readPolicy(cmd, g.policyPath()); err == nil {
			display = policy.Config.Display
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
	return fmt.Errorf("--text %q needs %s, there are %d in a row (hint: --modules %d)", text, report.Plural(need, "module"), f.Width()/8, need)
}

// drawNumber draws what the wall shows by what the history has. Its title is the number and since
// when.
func (g *globals) drawNumber(cmd *cobra.Command, s *snapshot) (*led.Frame, string, error) {
	c, err := g.judgeInForce(cmd, s.at)
	if err != nil {
		return nil, "", err
	}
	v, f := c.Verdict(), s.frame(c.Policy.Config.Display)
	if !v.Lead.Known {
		led.Unknown.Draw(f)
	} else {
		stale := func(rule string) bool { return c.Stale[rule] != nil }
		pages, err := policyfile.Evaluator().Pages(cmd.Context(), g.policyPath(), c.Policy.File, v.Live(stale))
		if err == nil {
			err = drawPage(f, pages, v.Lead.Weeks)
		}
		if err != nil {
			return nil, "", err
		}
	}
	if len(c.Stale) > 0 {
		led.Stale.Draw(f, true)
	}
	if c.Policy.Refused {
		led.Refused.Draw(f, true)
	}
	if v.Lead.Known && v.Lead.AtLeast {
		led.AtLeast.Draw(f, true)
	}
	return f, report.Sentence(v), nil
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

// image is a picture and where it goes.
type image struct {
	flag, path string // "": nowhere; "-": standard output
	write      func(io.Writer) error
}

// writeImages draws all images, and then writes them.
func writeImages(stdout io.Writer, images []image) error {
	var writes []func() error
	for _, i := range images {
		if i.path == "" {
			continue
		}
		var data bytes.Buffer
		path, err := i.file()
		if err = errors.Join(err, i.write(&data)); err != nil {
			return fmt.Errorf("%s %s: %w", i.flag, i.path, err)
		}
		writes = append(writes, func() (err error) {
			if i.path == "-" {
				_, err = stdout.Write(data.Bytes())
				return err
			}
			return renameio.WriteFile(path, data.Bytes(), 0o644, renameio.WithTempDir(filepath.Dir(path)), renameio.WithExistingPermissions())
		})
	}
	for _, write := range writes {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// file returns the file that an image is to replace, behind a link the one that it leads to. It
// refuses what is no file, such as /dev/null: it would be gone.
func (i image) file() (string, error) {
	path := i.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", errors.New("it is there, and not a file")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return path, nil
}
