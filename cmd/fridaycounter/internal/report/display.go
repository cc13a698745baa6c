package report

import (
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
)

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
	texts := make([]string, len(status.Pages))
	for i, p := range status.Pages {
		texts[i] = p.Text
	}
	return strings.Join(texts, ", then ")
}

// Marks says what marks and symbols on the glass mean.
func Marks(status *engine.Status) []string {
	var words []string
	if status.Stale {
		words = append(words, "top right pixel blinks: stale, the number may have been overtaken")
	}
	if status.Refused != nil {
		words = append(words, "bottom right pixel blinks: the saved counter.cue is refused")
	}
	for _, name := range status.Faulty {
		words = append(words, "top left pixel blinks: the display "+name+" cannot be shown on; the log says why")
	}
	if status.Policy != nil && status.Verdict.Lead.Known && status.Verdict.Lead.AtLeast {
		words = append(words, "bottom left pixel is lit: at least this many")
	}
	kind, failed := status.Trouble()
	switch {
	case status.Policy == nil && status.Refused != nil:
		words = append(words, "braces around an exclamation mark: no good counter.cue since the start")
	case failed != nil && kind == source.Login:
		words = append(words, "a padlock: there is no login for the CI server, or it refused it")
	case status.Policy != nil && status.Clock != engine.ClockTrusted:
		words = append(words, "a clock face: this machine's clock is not trusted, so the number is the last one that was stored")
	case failed != nil && kind == source.Missing:
		words = append(words, "a magnifying glass: a configured environment is not there")
	}
	return words
}

// PollFailure says why the last poll failed, with the server's name only if details are
// told.
func PollFailure(status *engine.Status, kind source.Kind, err error, detail bool) string {
	switch {
	case detail:
		return err.Error()
	case kind == source.Login:
		return "there is no login for the CI server, or it refused it"
	case kind == source.Missing:
		return "a configured environment is not there"
	case kind == source.Clock:
		return "this machine's clock is not trusted"
	case status.Policy != nil && status.Policy.Config.Source.File != nil:
		return "the file of deployments could not be read"
	}
	return "the CI server could not be asked"
}

// StatusLine says in a line what the wall shows; name is that of the policy file.
func StatusLine(s engine.Status, name string) string {
	if s.Policy == nil {
		return name + " is refused, and there is none in force"
	}
	line := "the number is not known yet"
	if s.Verdict.Lead.Known {
		line = Sentence(s.Verdict)
	}
	if s.Stale {
		line += "; stale"
	}
	if s.Refused != nil {
		line += "; " + name + " is refused"
	}
	return line
}
