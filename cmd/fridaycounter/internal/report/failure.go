package report

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// PollFailure says why the last poll failed, or "". It names the server only in detail.
func PollFailure(status *engine.Status, detail bool) string {
	kind, err := status.Trouble()
	switch {
	case err == nil:
		return ""
	case detail:
		return err.Error()
	case kind == source.Login:
		return loginText
	case kind == source.Missing:
		return missingText
	case kind == source.Clock:
		return clockText
	case status.Policy != nil && !slices.ContainsFunc(status.Policy.Config.Sources, func(s schema.Source) bool { return s.Kind != "file" }):
		return "the file of deployments cannot be read"
	}
	return "the last poll of the CI server failed"
}

// Detailed reports whether the page, and what is sent elsewhere, may have what only those who run the counter need.
func Detailed(status *engine.Status) bool {
	return status.Policy != nil && status.Policy.Config.Display.Web != nil && status.Policy.Config.Display.Web.Detail
}

// Because says why numbers may be out of date. It names the CI server and paths only in
// detail.
func Because(status *engine.Status, detail bool) map[string][]facts.Reason {
	if detail {
		return status.Because
	}
	text := cmp.Or(PollFailure(status, false), "the last poll failed")
	public := map[string][]facts.Reason{}
	for rule, reasons := range status.Because {
		for _, r := range reasons {
			if r.Kind == "poll" {
				r.Text = text
			}
			public[rule] = append(public[rule], r)
		}
	}
	return public
}

const (
	loginText   = "there is no login for the CI server, or the server refused it"
	missingText = "an environment that the policy names is not there"
	clockText   = "this machine's clock is not trusted"
)

// FileFailure says why counter.cue is not in force as it was saved, or "". It names neither
// the CI server nor a path.
func FileFailure(status *engine.Status) string {
	rest := "; the one before is in force"
	if status.Policy == nil {
		rest = ", and none is in force"
	}
	_, refused := errors.AsType[*schema.Error](status.Refused)
	switch {
	case refused:
		return "refused" + rest
	case status.Refused != nil:
		return readFailure(status.Refused) + rest
	case status.Policy == nil:
		return "not read yet"
	case errors.Is(status.FileWarning, watch.ErrReplaced):
		return watch.ErrReplaced.Error()
	}
	return ""
}

// readFailure says why a file cannot be read, without its path.
func readFailure(err error) string {
	why := "the log says why"
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		why = errno.Error()
	}
	if errors.Is(err, watch.ErrHome) {
		why = watch.ErrHome.Error()
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if cause := errors.Unwrap(err); cause == source.ErrNotRegular || cause == source.ErrTooLong {
			why = err.Error() // what it is, and what is wanted in its place
		}
	}
	return "it cannot be read or evaluated: " + why
}

// maxRefusal bounds the mistakes of a file that are shown.
const maxRefusal = 20

// Refusal returns the lines that say why a file is refused. Without detail they give only the place
// of each mistake: its message may quote the file, and so a secret, a host or a path.
func Refusal(err error, detail bool) (lines []string) {
	file, ok := errors.AsType[*schema.Error](err)
	switch {
	case err == nil:
		return nil
	case !ok && detail:
		return []string{err.Error()}
	case !ok:
		return []string{readFailure(err)}
	}
	for i, d := range file.Diagnostics {
		if i == maxRefusal {
			return append(lines, fmt.Sprintf("… and %d more", len(file.Diagnostics)-i))
		}
		if !detail {
			d.Position.File = filepath.Base(d.Position.File)
			d.Path, d.Message, d.Hint, d.Line = "", "something is wrong here; the log says what", "", ""
		}
		lines = append(lines, d.String())
		if d.Line != "" {
			lines = append(lines, "    "+strings.TrimSpace(d.Line))
		}
	}
	return lines
}

// Glass says what the displays show, for those who do not see them.
func Glass(status *engine.Status) string {
	switch {
	case status.Policy == nil && status.Refused != nil:
		return "no good counter.cue"
	case status.Policy == nil:
		return "dark"
	case status.Level == led.Off:
		return "dark: brightness is off at this hour"
	case !status.Verdict.Lead.Known:
		return "--: the number is not known yet"
	case len(status.Pages) == 0:
		return strconv.Itoa(status.Verdict.Lead.Weeks) // it stands for the pages
	}
	return strings.Join(each(status.Pages, func(p schema.Page) string { return p.Text }), ", then ")
}

// Marks says what the marks and symbols on the displays mean.
func Marks(status *engine.Status) (list []string) {
	for _, mark := range status.Marks() {
		switch mark {
		case led.Stale:
			list = append(list, "top right pixel blinks: stale, the number may be out of date")
		case led.Refused:
			if status.Refused != nil {
				list = append(list, "bottom right pixel blinks: the saved counter.cue is refused")
			}
			if status.PagesErr != nil {
				list = append(list, "bottom right pixel blinks: a page cannot be shown, so the bare number is; the log says why")
			}
		case led.Faulty:
			for _, name := range status.Faulty {
				list = append(list, "top left pixel blinks: the display "+name+" does not work; the log says why")
			}
		case led.AtLeast:
			list = append(list, "bottom left pixel is lit: at least this many")
		}
	}
	switch status.Symbol() {
	case led.ConfigError:
		list = append(list, "braces around an exclamation mark: no good counter.cue since the start")
	case led.AuthError:
		list = append(list, "a padlock: "+loginText)
	case led.ClockError:
		list = append(list, "a clock face: "+clockText+", so the number is the last one that was stored")
	case led.Environment:
		text := "a magnifying glass: an environment is gone from its source"
		if kind, _ := status.Trouble(); kind == source.Missing || status.StaleFor("scope") {
			text = "a magnifying glass: " + missingText
		}
		list = append(list, text)
	}
	return list
}

// StatusLine says in a line what the displays show; file is the name of the policy file.
func StatusLine(status *engine.Status, file string) string {
	return text("status", 0, struct {
		*engine.Status
		File string
	}{status, file})
}
