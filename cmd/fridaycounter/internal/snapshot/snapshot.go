// Package snapshot draws what the wall shows as a picture, and writes pictures to files.
package snapshot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/google/renameio/v2"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/judge"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Number draws the first page of a policy file on a dark frame, with the marks of the wall.
func Number(ctx context.Context, f *led.Frame, path string, c *judge.Case) error {
	v := c.Verdict()
	if !v.Lead.Known {
		led.Unknown.Draw(f)
	} else {
		stale := func(rule string) bool { return c.Stale[rule] != nil }
		pages, err := policyfile.Evaluator().Pages(ctx, path, c.Policy.File, v.Live(stale))
		if err == nil {
			err = drawPage(f, pages, v.Lead.Weeks)
		}
		if err != nil {
			return err
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
	return nil
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

// Text draws a text on a dark frame.
func Text(f *led.Frame, text string) error {
	line, err := led.Fit(text, f.Width(), f.Height(), led.FontAuto, led.Saturate)
	if err != nil {
		return tooWide(text, f, err)
	}
	line.Draw(f, 0)
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

// WriteFile replaces a file at once and whole, behind a link the one that it leads to. It refuses
// what is no file, such as /dev/null: it would be gone.
func WriteFile(path string, data []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return errors.New("it is there, and not a file")
	}
	return renameio.WriteFile(path, data, 0o644, renameio.WithTempDir(filepath.Dir(path)), renameio.WithExistingPermissions())
}
