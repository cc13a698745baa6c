package report

import (
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/schema"
)

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
	}
	return strings.Join(each(status.Pages, func(p schema.Page) string { return p.Text }), ", then ")
}

// Marks says what the marks and symbols on the displays mean.
func Marks(status *engine.Status) (list []string) {
	if status.Stale {
		list = append(list, "top right pixel blinks: stale, the number may be out of date")
	}
	if status.Refused != nil {
		list = append(list, "bottom right pixel blinks: the saved counter.cue is refused")
	}
	for _, name := range status.Faulty {
		list = append(list, "top left pixel blinks: the display "+name+" cannot be shown on; the log says why")
	}
	if status.Policy != nil && status.Verdict.Lead.Known && status.Verdict.Lead.AtLeast {
		list = append(list, "bottom left pixel is lit: at least this many")
	}
	kind, failed := status.Trouble()
	switch {
	case status.Policy == nil && status.Refused != nil:
		list = append(list, "braces around an exclamation mark: no good counter.cue since the start")
	case failed != nil && kind == source.Login:
		list = append(list, "a padlock: "+loginText)
	case status.Policy != nil && status.Clock != engine.ClockTrusted:
		list = append(list, "a clock face: "+clockText+", so the number is the last one that was stored")
	case failed != nil && kind == source.Missing, staleFor(status, "scope"):
		list = append(list, "a magnifying glass: "+missingText)
	case staleFor(status, "gone"):
		list = append(list, "a magnifying glass: an environment is gone from its source")
	}
	return list
}

// staleFor reports whether a rule is stale for a reason of that kind.
func staleFor(status *engine.Status, kind string) bool {
	for _, reasons := range status.Because {
		if slices.ContainsFunc(reasons, func(r facts.Reason) bool { return r.Kind == kind }) {
			return true
		}
	}
	return false
}

// StatusLine says in a line what the displays show; name is that of the policy file.
func StatusLine(status *engine.Status, name string) string {
	if status.Policy == nil {
		return name + " is refused, and there is none in force"
	}
	line := "the number is not known yet"
	if status.Verdict.Lead.Known {
		line = Sentence(status.Verdict)
	}
	if status.Stale {
		line += "; stale"
	}
	if status.Refused != nil {
		line += "; " + name + " is refused"
	}
	return line
}
