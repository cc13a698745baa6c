package judge

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// progressSteps is the length of a progress bar.
const progressSteps = 1000

// newProgress returns a bar that shows on a terminal how far a first reading has come. In a pipe it is
// silent.
func newProgress(w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions(progressSteps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetVisibility(host.IsTerminal(w)),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(false))
}

// describe says what is read.
func describe(p source.Progress) string {
	text := fmt.Sprintf("reading %s, %s", p.Environment, report.Plural(p.Results, "result"))
	if !p.Oldest.IsZero() {
		text += " back to " + p.Oldest.Format(time.DateOnly)
	}
	return text
}

// steps returns how many of progressSteps were read of the time from now back to where the reading
// ends.
func steps(p source.Progress, now time.Time) int {
	whole := now.Sub(p.Horizon)
	if p.Oldest.IsZero() || whole <= 0 {
		return 0
	}
	return int(progressSteps * min(max(float64(now.Sub(p.Oldest))/float64(whole), 0), 1))
}
